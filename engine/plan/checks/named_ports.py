"""Checks settings that name ports: what is marked as optional, pinned, or stands in after a failure must be one, and
what stands in must hold a value (S1, S8, S12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from engine.base.suggest import did_you_mean
from engine.graph.records import Node
from engine.plan.facts import Facts
from engine.plan.problem import Problem, error, warning


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of `optional`, `pinned.ports` and `on_error.ports`."""
    for node, kind, config in facts.known:
        ports = facts.ports.get(node.id)
        if ports is None or (not config.optional and config.pinned is None and config.on_error is None):
            continue
        yield from _empty(node, "pinned", config.pinned)
        yield from _empty(node, "on_error", config.on_error)
        inputs, outputs = [port.name for port in ports.inputs], [port.name for port in ports.outputs]
        yield from _unknown(node, "optional", config.optional, inputs, "input")
        if kind.manages:  # what its specialists came to is pinned with it (S7)
            outputs += [f"team.{edge.target}" for edge in facts.teams.get(node.id, ())]
        yield from _unknown(node, "pinned.ports", _named(config.pinned), outputs, "output")
        yield from _unknown(node, "on_error.ports", _named(config.on_error), outputs, "output")


def _empty(node: Node, key: str, stands_in: Mapping[str, Any] | None) -> Iterator[Problem]:
    if stands_in is not None and not stands_in.keys() & {"value", "ports"}:
        yield error(
            "stands_for_nothing",
            node.id,
            f"“{key}” of “{node.name}” holds neither “value” nor “ports”, so nothing would stand for its result.",
            'Write it as {"value": ...}, or as {"ports": {"NAME": ...}} for several ports.',
            place=f"config.{key}",
        )


def _named(stands_in: Mapping[str, Any] | None) -> Iterable[str]:
    ports = (stands_in or {}).get("ports")
    return ports if isinstance(ports, Mapping) else ()


def _unknown(node: Node, key: str, names: Iterable[str], there: Sequence[str], side: str) -> Iterator[Problem]:
    for name in names:
        if name not in there:
            known = f"It has {', '.join(there[:8])}." if there else f"It has no {side}s."
            yield warning(
                "unknown_port",
                node.id,
                f"“{node.name}” names “{name}” under “{key}”, but has no such {side}: that does nothing.",
                did_you_mean(name, there) or f"{known} Correct the name, or remove it.",
                place=f"config.{key}",
            )


CHECK = look
