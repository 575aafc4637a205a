"""The wire that a port asks for by its name: from the node that is called like it."""

from __future__ import annotations

from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.kinds.contract import ERROR
from engine.plan.facts import Facts
from engine.plan.ports import find, refusal


def namesake(facts: Facts, node: str, port: str) -> Edge | None:
    """The edge from the node whose id is the name of an input port; None where none fits or it would make a circle."""
    mine, theirs = facts.ports.get(node), facts.ports.get(port)
    into = find(mine.inputs, port) if mine else None
    if into is None or theirs is None or port in _after(facts.graph, node):
        return None
    outputs = (each for each in theirs.outputs if each.name != ERROR.name and not each.delegates)
    out = next((each for each in outputs if not refusal(each, into)), None)
    return Edge(port, out.name, node, into.name) if out else None


def _after(graph: Graph, node: str) -> set[str]:
    seen, todo = {node}, [node]
    while todo:
        for edge in graph.outgoing(todo.pop()):
            if edge.target not in seen:
                seen.add(edge.target)
                todo.append(edge.target)
    return seen
