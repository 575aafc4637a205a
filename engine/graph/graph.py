"""A graph at one moment: immutable tables of records, and the questions that everybody asks of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Final

from engine.graph.records import Edge, Frame, GraphSettings, Json, Node, Note

Place = tuple[float, float]
Bends = tuple[Place, ...]
"""The points that an edge is led through, from its output on, in canvas units."""
Outlook = tuple[float, float, float]
"""A view that was marked: the canvas point in its middle, and the zoom."""
TABLES: Final = ("head", "nodes", "edges", "places", "bends", "frames", "notes", "bookmarks")


class Wiring:
    """Edges looked up by node: made once for a table of edges and shared by all snapshots that have it."""

    def __init__(self, edges: Mapping[str, Edge]) -> None:
        self.incoming: dict[str, list[Edge]] = {}
        self.outgoing: dict[str, list[Edge]] = {}
        for edge in edges.values():
            self.incoming.setdefault(edge.target, []).append(edge)
            self.outgoing.setdefault(edge.source, []).append(edge)


@dataclass(frozen=True)
class Graph:
    """A snapshot. Tables keep the order of the file: order of nodes breaks ties, order of edges is meaning (S1).

    Attributes:
        head: the top-level keys of the file but nodes, edges and layout: name, description, settings, tool_servers
            and whatever this version does not know.
        nodes: id -> Node.
        edges: Edge.key -> Edge; may name nodes that are not there (check says so, nothing is swallowed).
        places: id -> position of the node's top left corner, in canvas units.
        bends: Edge.key -> the points that the edge is led through; an edge without an entry finds its own way.
        frames: id -> Frame.
        notes: id -> Note.
        bookmarks: name -> the view to go back to.
        read_only: why it cannot be saved back (a newer file), or "".
    """

    head: Mapping[str, Any] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    edges: Mapping[str, Edge] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    frames: Mapping[str, Frame] = field(default_factory=dict)
    notes: Mapping[str, Note] = field(default_factory=dict)
    layout_extra: Json = field(default_factory=dict)
    read_only: str = field(default="", compare=False)
    bends: Mapping[str, Bends] = field(default_factory=dict)
    bookmarks: Mapping[str, Outlook] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return str(self.head.get("name") or "")

    @property
    def description(self) -> str:
        return str(self.head.get("description") or "")

    @property
    def settings(self) -> GraphSettings:
        """The graph's limits; what is missing or of a wrong type has its default (check reports the latter)."""
        given = self.head.get("settings")
        known = {item.name: item.default for item in fields(GraphSettings)}
        if not isinstance(given, Mapping):
            return GraphSettings()
        return GraphSettings(**{key: given[key] for key in known if given.get(key) is not None})

    @cached_property
    def wiring(self) -> Wiring:
        return Wiring(self.edges)

    def incoming(self, node: str) -> list[Edge]:
        """Edges into a node, in edge order."""
        return self.wiring.incoming.get(node, [])

    def outgoing(self, node: str) -> list[Edge]:
        """Edges out of a node, in edge order."""
        return self.wiring.outgoing.get(node, [])

    def with_tables(self, **tables: Mapping[str, Any]) -> Graph:
        """The same graph with some tables exchanged; what is unchanged is shared, the wiring too."""
        known: dict[str, Any] = dict(tables)
        new = replace(self, **known)
        if new.edges is self.edges and "wiring" in self.__dict__:
            new.__dict__["wiring"] = self.wiring
        return new

    def table(self, name: str) -> Mapping[str, Any]:
        """One of `TABLES` by name."""
        found: Mapping[str, Any] = getattr(self, name)
        return found
