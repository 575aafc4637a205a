"""A graph being made of another tool's file: nodes by their names there, references to wire later, and the report.

Other tools say "then" with an edge and hand values on by naming them; here an edge is a value. So what names a value
gets an edge from there, and a mere "then" becomes a port that prints nothing and only waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.base.errors import BatonError
from engine.base.ids import id_from, unique_id
from engine.base.pasted import masked
from engine.export.finishing import Then, ordered, unrolled, without_secrets
from engine.export.importing import How, Imported, Line
from engine.graph.graph import Graph, Place
from engine.graph.records import Edge, Node, Note

MOST_NODES: Final = 3_000
"""Nodes of another tool's file that are read; what people draw by hand has a few hundred."""
MOST_EDGES: Final = 6_000
GIVES: Final[Mapping[str, str]] = {
    "input": "value", "agent": "text", "manager": "text", "template": "text", "merge": "value", "http": "body",
    "review": "approved", "router": "default", "map": "items", "files": "files",
}  # fmt: skip
"""The port that a kind's result leaves by; a placeholder's is `output`."""


@dataclass(frozen=True, slots=True)
class _Wire:
    """An edge to come: from a node's output by their names there, to a port of a node here."""

    source: str
    handle: str
    target: str
    port: str


class Draft:
    """Collects what an importer finds. Names there are `keys`; ids here come from the titles.

    Args:
        source: the tool's name for people.
        scale: how much wider things stand here than there.
    """

    def __init__(self, source: str, name: str = "", description: str = "", *, scale: float = 1.0) -> None:
        self.source, self._scale = source, scale
        self._head: dict[str, Any] = {
            "name": name.strip()[:200],
            **({"description": description.strip()} if description else {}),
        }
        self._nodes: dict[str, Node] = {}
        self._places: dict[str, Place] = {}
        self._notes: dict[str, Note] = {}
        self._ids: dict[str, str] = {}
        self._gives: dict[tuple[str, str], tuple[str, str]] = {}
        self._wires: list[_Wire] = []
        self._teams: list[Edge] = []
        self._then: list[tuple[str, str, str]] = []
        self._report: list[Line] = []
        self._ended: set[str] = set()

    # What there is

    def add(
        self, key: str, kind: str, title: str = "", config: Mapping[str, Any] | None = None, at: Any = None,
        *, why: str = "", what: str = "", wanted: str = "", how: How | None = None,
    ) -> str:  # fmt: skip
        """A node. Returns its id.

        Args:
            at: where it stands there: `[x, y]` or `{"x", "y"}`.
            why: for the report, what it is not: such a node is approximated, any other exact.
        """
        node_id = unique_id(id_from(wanted or title or key or kind)[:48].rstrip("_"), self._nodes)
        if len(self._nodes) >= MOST_NODES:
            raise BatonError(f"The file has more than {MOST_NODES:,} nodes.", "Split it into several.")
        self._nodes[node_id] = Node(node_id, kind, title[:200], dict(config or {}))
        self._ids.setdefault(key, node_id)
        place = _place(at)
        if place:
            self._places[node_id] = (round(place[0] * self._scale), round(place[1] * self._scale))
        self.say(how or ("approximated" if why else "exact"), what or title or key, why, node_id)
        return node_id

    def placeholder(self, key: str, sort: str, title: str, config: Any, at: Any, why: str = "") -> str:
        """A node of a sort that is not here: it keeps its settings, so that somebody can rebuild it."""
        kept = config if isinstance(config, Mapping) else {}
        words = why or "There is no counterpart; put another node in its place."
        kind = f"{self.source.lower().replace(' ', '')}.{sort.rpartition('.')[2] or 'node'}"
        return self.add(key, kind, title, kept, at, how="placeholder", why=words, what=f"{title or key} ({sort})")

    def stands_for(self, key: str, other: str, handle: str = "", port: str = "") -> None:
        """What leads to or from `key` means the node made for `other`; with a handle, only that output does."""
        if not handle:
            self._ids.setdefault(key, self._ids.get(other, ""))
        elif other in self._ids:
            self._gives[(key, handle)] = (self._ids[other], port or self._main(self._ids[other]))

    def gives(self, key: str, handle: str, port: str) -> None:
        """Names the port here of an output there."""
        if key in self._ids:
            self._gives[(key, handle)] = (self._ids[key], port)

    def id_of(self, key: str) -> str:
        """The id of the node made for a key, or ""."""
        return self._ids.get(key, "")

    def source_of(self, key: str, handle: str = "") -> str:
        """The id of the node that an output there leaves from here, or ""."""
        start = self._start(key, handle)
        return start[0] if start else ""

    def kind_of(self, key: str) -> str:
        """The kind of the node made for a key, or ""."""
        node = self._nodes.get(self._ids.get(key, ""))
        return node.kind if node else ""

    def kind_of_id(self, node_id: str) -> str:
        """The kind of a node here, or ""."""
        return self._nodes[node_id].kind if node_id in self._nodes else ""

    def config_of(self, node_id: str) -> Mapping[str, Any]:
        """The settings of a node here."""
        return self._nodes[node_id].config

    def title_of(self, node_id: str) -> str:
        """What people call a node here."""
        return self._nodes[node_id].name

    def become(self, node_id: str, kind: str) -> None:
        """Makes a node one of another kind that takes the same settings."""
        self._nodes[node_id] = replace(self._nodes[node_id], kind=kind)

    def serve(self, name: str, server: Mapping[str, Any]) -> str:
        """A tool server of the graph. Returns what it is called, which is one name for each that differs."""
        servers: dict[str, Any] = self._head.setdefault("tool_servers", {})
        known = next((key for key, other in servers.items() if other == server), "")
        made = known or unique_id(name[:48], servers)
        servers[made] = dict(server)
        return made

    def delegate(self, manager: str, node_id: str, port: str) -> None:
        """Makes a node the specialist of a manager, unless it manages that one itself; both by their ids here."""
        self._count()
        below, todo = {node_id}, [node_id]
        while todo:
            found = {edge.target for edge in self._teams if edge.source == todo[-1]} - below
            del todo[-1]
            below |= found
            todo += found
        if manager in below:
            self.say("left out", f"{node_id} as a specialist of {manager}", "It is above it, so it cannot be below it.")
        else:
            self._teams.append(Edge(manager, "team", node_id, port))

    def configure(self, node_id: str, **config: Any) -> None:
        """Sets some of a node's config."""
        node = self._nodes[node_id]
        self._nodes[node_id] = replace(node, config={**node.config, **config})

    def note(self, text: str, at: Any, size: tuple[float, float] = (280, 160)) -> None:
        """Free text on the canvas."""
        if text.strip():
            place = _place(at) or (0.0, 0.0)
            note_id = unique_id("note", self._notes)
            x, y = place[0] * self._scale, place[1] * self._scale
            self._notes[note_id] = Note(note_id, text, (round(x), round(y), *size))
            self.say("exact", "a note")

    # How it hangs together

    def wire(self, source: str, handle: str, node_id: str, port: str) -> None:
        """A value: from an output of `source` to a port of a node here."""
        self._count()
        self._wires.append(_Wire(source, handle, node_id, port))

    def then(self, source: str, handle: str, target: str) -> None:
        """An order: `target` comes after an output of `source`."""
        self._count()
        self._then.append((source, handle, target))

    def _count(self) -> None:
        if len(self._wires) + len(self._then) >= MOST_EDGES:
            raise BatonError(f"The file has more than {MOST_EDGES:,} edges.", "Split it into several.")

    def say(self, how: How, what: str, why: str = "", node: str = "") -> None:
        """A line of the report."""
        self._report.append(Line(how, masked(what[:200]), masked(why), node))

    # The end of it

    def finish(self) -> Imported:
        """The graph and the report."""
        graph = Graph(head=self._head, nodes=self._nodes, places=self._places, notes=self._notes)
        graph = ordered(self._wired(graph), self._orders(graph), self.say)
        graph = unrolled(without_secrets(graph, self.say), self.say)
        return Imported(graph, self.source, tuple(self._report))

    def end(self, key: str, handle: str = "", name: str = "") -> None:
        """An output node for what leaves a node that nothing follows."""
        if key in self._ids and key not in self._ended:
            self._ended.add(key)
            place = self._places.get(self._ids[key])
            at = (place[0] / self._scale + 280, place[1] / self._scale) if place else None
            node = self.add(f"{key}/end", "output", wanted=name or "answer", at=at, what="the answer")
            self.wire(key, handle, node, "value")

    def body(self) -> dict[str, Any]:
        """The graph as the body of a container; the report goes on in the one that it belongs to."""
        from engine.files.format import graph_to_json

        return {key: value for key, value in graph_to_json(self.finish().graph).items() if key != "baton"}

    def take_report(self, inner: Draft, place: str) -> None:
        """The report of a graph inside a node."""
        self._report += [replace(line, what=f"{place} / {line.what}", node="") for line in inner._report]

    def _main(self, node_id: str) -> str:
        return GIVES.get(self._nodes[node_id].kind, "output")

    def _start(self, key: str, handle: str) -> tuple[str, str] | None:
        found = self._gives.get((key, handle))
        if found is not None:
            return found
        node_id = self._ids.get(key, "")
        if node_id not in self._nodes:
            return None
        known = self._nodes[node_id].kind in GIVES
        return node_id, self._main(node_id) if known or not handle else id_from(handle)

    def _wired(self, graph: Graph) -> Graph:
        edges: dict[str, Edge] = {}
        for wire in self._wires:
            start = self._start(wire.source, wire.handle)
            if start is None or start[0] == wire.target:
                self.say("left out", f"the edge from {wire.source} to {wire.target}", "One of its ends is not here.")
                continue
            edge = Edge(*start, wire.target, wire.port)
            edges.setdefault(edge.key, edge)
        return graph.with_tables(edges=edges | {edge.key: edge for edge in self._teams})

    def _orders(self, graph: Graph) -> Iterator[Then]:
        for source, handle, target in self._then:
            start, end = self._start(source, handle), self._ids.get(target, "")
            if start is None or end not in graph.nodes:
                self.say("left out", f"the edge from {source} to {target}", "One of its ends is not here.")
            else:
                yield Then(*start, end)


def _place(at: Any) -> Place | None:
    pair: Iterable[Any] = ()
    if isinstance(at, Mapping):
        pair = (at.get("x"), at.get("y"))
    elif isinstance(at, list | tuple):
        pair = at
    numbers = [float(n) for n in pair if isinstance(n, int | float) and not isinstance(n, bool) and abs(n) < 1e7]
    return (numbers[0], numbers[1]) if len(numbers) == 2 else None
