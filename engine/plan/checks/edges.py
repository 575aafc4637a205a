"""Checks the edges: both ends are there, the ports fit, and every port that needs a value gets one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from engine.base.suggest import did_you_mean
from engine.graph.records import Edge
from engine.plan.facts import Facts
from engine.plan.namesake import namesake
from engine.plan.ports import refusal
from engine.plan.problem import Problem, error

SEARCHED: Final = 100
"""Edges behind a node that are looked at for a wire to offer: there may be as many nodes without one as there are."""


def look(facts: Facts) -> Iterator[Problem]:
    """Problems of edges and of required ports without one."""
    for edge in facts.graph.edges.values():
        source, target = facts.source_port(edge), facts.target_port(edge)
        if source is None or target is None or refusal(source, target):
            yield from _edge(facts, edge)
    yield from _unwired(facts)


def _edge(facts: Facts, edge: Edge) -> Iterator[Problem]:
    nodes = facts.graph.nodes
    for end, other in ((edge.source, edge.target), (edge.target, edge.source)):
        if end not in nodes:
            yield error(
                "dangling_edge",
                other if other in nodes else "",
                f"The edge from {edge.start} to {edge.end} ends in the air: there is no node “{end}”.",
                did_you_mean(end, nodes) or "Delete the edge or add the node.",
                edge=edge.key,
                offer="delete_edge",
            )
            return
    source, target = facts.source_port(edge), facts.target_port(edge)
    if source is None and (ports := facts.ports.get(edge.source)):
        yield _no_port(facts, edge, edge.source, "output", edge.source_port, [port.name for port in ports.outputs])
    if target is None and (ports := facts.ports.get(edge.target)):
        yield _no_port(facts, edge, edge.target, "input", edge.target_port, [port.name for port in ports.inputs])
    if source and target and (reason := refusal(source, target)):
        yield error(
            "impossible_edge",
            edge.target,
            f"{edge.start} cannot be joined to {edge.end}: {reason}",
            "Delete the edge, or put a node between that converts the value.",
            edge=edge.key,
            offer="delete_edge",
        )


def _no_port(facts: Facts, edge: Edge, node: str, side: str, port: str, known: list[str]) -> Problem:
    name = facts.graph.nodes[node].name
    there = f"It has {', '.join(known[:8])}." if known else f"It has no {side}s."
    if side == "input" and known and facts.delegates(edge):
        there = f"Its brief arrives at “{known[0]}”."
    return error(
        "dangling_edge",
        node,
        f"“{name}” has no {side} “{port}”, where an edge {_ends(edge, side)}.",
        did_you_mean(port, known) or f"{there} Delete the edge or use one of its ports.",
        edge=edge.key,
        offer="delete_edge",
    )


def _ends(edge: Edge, side: str) -> str:
    return f"from {edge.start} ends" if side == "input" else f"to {edge.end} begins"


def _unwired(facts: Facts) -> Iterator[Problem]:
    for node_id, ports in facts.ports.items():
        for port in ports.inputs:
            if (node_id, port.name) not in facts.wired and facts.required(node_id, port):
                name = facts.graph.nodes[node_id].name
                yield error(
                    "unwired_port",
                    node_id,
                    f"The input “{port.label or port.name}” of “{name}” gets nothing.",
                    "Draw an edge to it, or mark it as optional.",
                    place=port.name,
                    offer="join_namesake" if namesake(facts, node_id, port.name, most=SEARCHED) else "",
                )


CHECK = look
