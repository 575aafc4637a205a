"""Every text of a graph where a key may have been pasted, for check and for export (trust.md T3)."""

from __future__ import annotations

from collections.abc import Iterator

from engine.base.pasted import pasted_in, pasted_key
from engine.graph.graph import Graph
from engine.graph.records import Node

IN_BODIES = ("body", "graph")
"""Config keys whose graphs check looks at by themselves when it goes down into them."""


def pasted_keys(graph: Graph, *, deep: bool = False) -> Iterator[tuple[str, str, str]]:
    """What looks like a key in a graph: (node id or "", the field, what it seems to be).

    Args:
        deep: looks into embedded graphs too.
    """
    for name, value in graph.head.items():
        yield from (("", place, title) for place, title in pasted_in(value, name))
    for node in graph.nodes.values():
        yield from ((node.id, place, title) for place, title in _in_node(node, deep))
    yield from (("", place, title) for place, title in _beside_nodes(graph))


def _in_node(node: Node, deep: bool) -> Iterator[tuple[str, str]]:
    if title := pasted_key(node.title):
        yield "title", title
    for key, value in node.config.items():
        if isinstance(value, str):
            if title := pasted_key(value):
                yield f"config.{key}", title
        elif deep or key not in IN_BODIES:
            yield from pasted_in(value, f"config.{key}")
    if node.extra:
        yield from pasted_in(dict(node.extra))


def _beside_nodes(graph: Graph) -> Iterator[tuple[str, str]]:
    for note in graph.notes.values():
        yield from pasted_in({"text": note.text, **note.extra}, f"note {note.id}")
    for frame in graph.frames.values():
        yield from pasted_in({"title": frame.title, **frame.extra}, f"frame {frame.id}")
    for edge in graph.edges.values():
        if edge.extra:
            yield from pasted_in(dict(edge.extra), f"edge {edge.key}")
    yield from pasted_in(dict(graph.layout_extra), "layout")
