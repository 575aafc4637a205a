"""The wire that a port asks for by its name: from the node that is called like it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.kinds.contract import ERROR
from engine.plan.facts import Facts
from engine.plan.ports import find, refusal


def namesake(facts: Facts, node: str, port: str, *, most: int | None = None) -> Edge | None:
    """The edge from the node whose id is the name of an input port; None where none fits or it would make a circle.

    Args:
        most: how many edges behind the node to look at; None is all. Where there are more, None may be the answer too.
    """
    mine, theirs = facts.ports.get(node), facts.ports.get(port)
    into = find(mine.inputs, port) if mine else None
    if into is None or theirs is None or not _may_lead(facts, port, node, most):
        return None
    outputs = (each for each in theirs.outputs if each.name != ERROR.name and not each.delegates)
    out = next((each for each in outputs if not refusal(each, into)), None)
    return Edge(port, out.name, node, into.name) if out else None


def _may_lead(facts: Facts, first: str, node: str, most: int | None) -> bool:
    """Whether a node surely does not follow from another."""
    if first in facts.places and node in facts.places and facts.places[first] < facts.places[node]:
        return True
    behind = _behind(facts.graph, node)
    return first not in islice(behind, most) and next(behind, None) is None


def _behind(graph: Graph, node: str) -> Iterator[str]:
    """A node and all behind it, some more than once."""
    yield node
    seen, waiting = {node}, [node]
    while waiting:
        for edge in graph.outgoing(waiting.pop()):
            yield edge.target
            if edge.target not in seen:
                seen.add(edge.target)
                waiting.append(edge.target)
