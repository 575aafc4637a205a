"""What differs between two graphs, for people: nodes, their settings, edges, and what only concerns the drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from engine.graph.graph import Graph
from engine.graph.records import Node


@dataclass(frozen=True, slots=True)
class Comparison:
    """The differences that lead from one graph to another; false when there are none.

    Attributes:
        changed: id of a node in both -> what of it differs: `kind`, `title`, `muted`, `bypassed` or `config.KEY`.
        edges_added: keys of edges, as `a.text->b.task`; `edges_removed` likewise.
        reordered: ends (`node.port`) whose edges come in another order, which is meaning (semantics.md S1).
        head: top-level keys that differ, such as `name`.
        nodes_reordered: the nodes that both have stand in another order.
        moved: ids of nodes that stand elsewhere.
        marks: ids of frames, notes and bookmarks that differ, and keys of edges that bend otherwise.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    edges_added: tuple[str, ...] = ()
    edges_removed: tuple[str, ...] = ()
    edges_changed: tuple[str, ...] = ()
    reordered: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    nodes_reordered: bool = False
    moved: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()

    @property
    def logic(self) -> bool:
        """Whether anything differs beside the drawing."""
        parts = (self.added, self.removed, self.changed, self.edges_added, self.edges_removed, self.edges_changed)
        return any(parts) or bool(self.reordered or self.head or self.nodes_reordered)

    def __bool__(self) -> bool:
        return self.logic or bool(self.moved or self.marks)

    def sentences(self) -> list[str]:
        """One line for each difference."""
        return [
            *(f"{key} of the graph changed" for key in self.head),
            *(f"node {key} added" for key in self.added),
            *(f"node {key} removed" for key in self.removed),
            *(f"node {key} changed: {', '.join(what)}" for key, what in self.changed.items()),
            *(f"edge {key} added" for key in self.edges_added),
            *(f"edge {key} removed" for key in self.edges_removed),
            *(f"edge {key} changed" for key in self.edges_changed),
            *(f"edges into {key} in another order" for key in self.reordered),
            *(["nodes in another order"] if self.nodes_reordered else []),
            *([f"{len(self.moved)} moved: {', '.join(self.moved[:5])}"] if self.moved else []),
            *(f"{key} is drawn otherwise" for key in self.marks),
        ]


def compare(old: Graph, new: Graph) -> Comparison:
    """The differences that lead from `old` to `new`; nodes are known by their ids."""
    changed = {key: what for key in old.nodes if key in new.nodes if (what := _of_node(old.nodes[key], new.nodes[key]))}
    tables = ("bends", "frames", "notes", "bookmarks")
    marks = {key: None for table in tables for key in _differing(old.table(table), new.table(table))}
    if old.layout_extra != new.layout_extra:
        marks["layout"] = None
    return Comparison(
        added=tuple(key for key in new.nodes if key not in old.nodes),
        removed=tuple(key for key in old.nodes if key not in new.nodes),
        changed=changed,
        edges_added=tuple(key for key in new.edges if key not in old.edges),
        edges_removed=tuple(key for key in old.edges if key not in new.edges),
        edges_changed=tuple(key for key in old.edges if key in new.edges and old.edges[key] != new.edges[key]),
        reordered=tuple(_reordered(old, new)),
        head=tuple(_differing(old.head, new.head)),
        nodes_reordered=[key for key in old.nodes if key in new.nodes]
        != [key for key in new.nodes if key in old.nodes],
        moved=tuple(key for key in _differing(old.places, new.places) if key in old.nodes and key in new.nodes),
        marks=tuple(marks),
    )


def together(old: Graph, new: Graph) -> Graph:
    """Two versions in one drawing: the new one, with what it no longer has where that stood. It is to look at only."""
    places = {key: place for key, place in old.places.items() if key in old.nodes and key not in new.nodes}
    return replace(
        new,
        nodes={**new.nodes, **{key: node for key, node in old.nodes.items() if key not in new.nodes}},
        edges={**new.edges, **{key: edge for key, edge in old.edges.items() if key not in new.edges}},
        places={**new.places, **places},
        read_only="it shows two versions held against each other.",
    )


def _of_node(old: Node, new: Node) -> tuple[str, ...]:
    if old == new:
        return ()
    names = [name for name in ("kind", "title") if getattr(old, name) != getattr(new, name)]
    if old.aside != new.aside:
        names.append(new.aside or old.aside)
    config = [f"config.{key}" for key in _differing(old.config, new.config)]
    return (*names, *config, *_differing(old.extra, new.extra))


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, None]:
    """The keys whose values differ, those of `old` first."""
    missing = object()
    return {key: None for key in {**old, **new} if old.get(key, missing) != new.get(key, missing)}


def _reordered(old: Graph, new: Graph) -> Iterator[str]:
    """Ends whose edges, as far as both graphs have them, come in another order."""
    before, after = _by_end(old, new), _by_end(new, old)
    return (end for end, keys in before.items() if after.get(end) != keys)


def _by_end(graph: Graph, other: Graph) -> dict[str, list[str]]:
    ends: dict[str, list[str]] = {}
    for key, edge in graph.edges.items():
        if key in other.edges:
            ends.setdefault(edge.end, []).append(key)
    return ends
