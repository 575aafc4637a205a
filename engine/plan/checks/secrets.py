"""Checks that no key was pasted into the graph: only the names of secrets belong there (trust.md T3)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.plan.facts import Facts
from engine.plan.pasted import pasted_keys
from engine.plan.problem import Problem, warning


def look(facts: Facts) -> Iterator[Problem]:
    """One problem for each field that seems to hold a key. Says where and what, never the key."""
    for node, place, title in pasted_keys(facts.graph):
        where = f"“{facts.graph.nodes[node].name}”, {place}," if node else f"The graph's {place}"
        yield warning(
            "pasted_secret",
            node,
            f"{where} seems to contain {title}.",
            "Store the key in the settings or the environment and write its name, as secret://NAME.",
            place=place,
            offer="store_secret",
        )


CHECK = look
