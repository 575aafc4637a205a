"""Checks what bypassed nodes pass on: a value that fits, by the one port that has it."""

from __future__ import annotations

from collections.abc import Iterator

from engine.graph.records import Node
from engine.plan.facts import Facts
from engine.plan.ports import refusal
from engine.plan.problem import Problem, warning


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of bypassed nodes."""
    for node in facts.graph.nodes.values():
        ports = facts.ports.get(node.id)
        if node.aside == "bypassed" and ports and ports.outputs:
            yield from _passing(facts, node, ports.outputs[0].name)


def _passing(facts: Facts, node: Node, gives: str) -> Iterator[Problem]:
    inputs = facts.ports[node.id].inputs
    into = facts.graph.incoming(node.id)
    first = next((edge for port in inputs for edge in into if edge.target_port == port.name), None)
    source = facts.source_port(first) if first else None
    for edge in facts.graph.outgoing(node.id):
        target = facts.target_port(edge)
        if edge.source_port != gives:
            message = (
                f"“{node.name}” is bypassed and passes on by “{gives}” alone: nothing comes from “{edge.source_port}”."
            )
            yield warning("bypass", node.id, message, "Mute it, or bring it back.")
        elif source and target and (why := refusal(source, target)):
            yield warning("bypass", node.id, f"“{node.name}” is bypassed: {why}", "Mute it, or bring it back.")


CHECK = look
