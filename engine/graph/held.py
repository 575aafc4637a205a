"""Bodies in a merge: a node that one side removed and the other still works on stays, with the edges at it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from engine.graph.conflicts import Side, keyed, touches

Body = Mapping[str, Any]
"""The graph inside a container, as JSON."""


class Held(NamedTuple):
    """A node of a body that one side removed: as both began with it, and as `keeper` has it now."""

    node: str
    base: Body
    kept: Body
    keeper: Side


def held(base: Body, ours: Body, theirs: Body) -> tuple[Body, Body, list[Held]]:
    """Ours and theirs as if neither had removed what the other works on, and what was removed; other values as is."""
    parts = [_parts(side) for side in (base, ours, theirs)]
    if None in parts:
        return ours, theirs, []
    start, left, right = (part for part in parts if part is not None)
    by_us, by_them = list(_removed(start, left, right, "theirs")), list(_removed(start, right, left, "ours"))
    return _restored(ours, left, start, by_us), _restored(theirs, right, start, by_them), [*by_us, *by_them]


class _Parts(NamedTuple):
    nodes: dict[str, Any]
    edges: dict[str, Any]


def _parts(body: Body) -> _Parts | None:
    nodes, edges = keyed(body.get("nodes")), keyed(body.get("edges", ()))
    return None if nodes is None or edges is None else _Parts(nodes, edges)


def _removed(base: _Parts, removing: _Parts, keeping: _Parts, keeper: Side) -> Iterator[Held]:
    for node, was in base.nodes.items():
        if node in keeping.nodes and node not in removing.nodes:
            joined = any(touches(edge, node) for key, edge in keeping.edges.items() if base.edges.get(key) != edge)
            if joined or keeping.nodes[node] != was:
                yield Held(node, was, keeping.nodes[node], keeper)


def _restored(body: Body, parts: _Parts, base: _Parts, gone: list[Held]) -> Body:
    """A body with the removed nodes in it again, and the edges that went with them."""
    if not gone:
        return body
    nodes = {**parts.nodes, **{each.node: each.base for each in gone}}
    away = base.nodes.keys() - nodes.keys()
    edges = {key: edge for key, edge in base.edges.items() if any(touches(edge, each.node) for each in gone)
             and not any(touches(edge, node) for node in away)}  # fmt: skip
    return {**body, "nodes": list(nodes.values()), "edges": list({**parts.edges, **edges}.values())}
