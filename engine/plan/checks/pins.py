"""Checks pinned outputs: whether what they were made of has changed since (semantics.md S12)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.plan.facts import Facts
from engine.plan.pins import stale_pins
from engine.plan.problem import Problem, warning


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of pins."""
    if not any("pinned" in node.config for node in facts.graph.nodes.values()):
        return
    for node in stale_pins(facts):
        yield warning(
            "stale_pin",
            node,
            f"The pinned output of “{facts.graph.nodes[node].name}” is older than its settings, or than what leads "
            "to it.",
            "Unpin it and run it again, or pin it anew.",
            place="config.pinned",
            offer="unpin",
        )


CHECK = look
