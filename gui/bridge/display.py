"""The faces of all nodes and edges in the run being watched; events change only those they touch."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.run.children import DelegationView
from engine.run.events import Event
from engine.run.view import View
from gui.bridge.cells import part_words
from gui.bridge.faces import EDGE_REST, EdgeFace, Face, delegated_face, edge_face, node_face, passed
from gui.bridge.laid import Laid

INSIDE: Final = ("node.queued", "node.started", "model.response", "text")
"""Events inside a container after which it looks different."""


@dataclass(slots=True)
class Fresh:
    """What looks different after an update: node ids and edge keys."""

    nodes: set[str] = field(default_factory=set)
    edges: set[str] = field(default_factory=set)


class Display(Laid):
    """What the canvas shows beside the document: a run, and problems found at rest.

    A node that is not in the run's graph (it was added since) shows no state.
    """

    def __init__(self) -> None:
        super().__init__()
        self._view: View | None = None
        self._graph = Graph()
        self._scope = self._prefix = ""
        self._live = False
        self._now: Callable[[], float] = time.monotonic
        self._faces: dict[str, Face] = {}
        self._grown: set[str] = set()
        """Nodes of which only the text has grown since their face was made."""
        self._edges: dict[str, EdgeFace] = {}
        self.moving: set[str] = set()
        """Nodes that change with time alone."""
        self.flowing: set[str] = set()
        """Edges that dots travel along."""

    @property
    def watching(self) -> bool:
        """Whether a run is shown."""
        return self._view is not None

    @property
    def live(self) -> bool:
        """Whether the run is going on; a stored one stands still at its last moment."""
        return self._live

    @property
    def clock(self) -> float:
        """Monotonic seconds on the run's clock: now while it is live, else when its last event was."""
        if self._view is None:
            return time.monotonic()
        return max(self._now(), self._view.now) if self._live else self._view.now

    def face(self, node: str) -> Face:
        """How a node looks."""
        if node in self._grown:
            self._nodes_again((node,), self._crew())
        return self.outline(node)

    def outline(self, node: str) -> Face:
        """The same, though what it says may have grown since: enough where no text is drawn."""
        return self._over_node(node, self._faces.get(node))

    def edge(self, key: str) -> EdgeFace:
        """How an edge looks."""
        return self._over_edge(key, self._edges.get(key))

    def passed(self, edge: Edge) -> str | None:
        """The value that passed along an edge, as text; None when none did (yet)."""
        view = self._view
        fate = view.edges.get(self._prefix + edge.key) if view else None
        return (
            passed(view, self._prefix + edge.source, edge.source_port)
            if view and fate and fate.fate == "live"
            else None
        )

    def show(
        self, view: View | None, graph: Graph | None, *, live: bool, scope: str = "",
        now: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """Shows another run, or none, from its beginning up to now.

        Args:
            graph: the snapshot that the run runs on, or the graph inside a container of it.
            live: it is going on.
            scope: the item or pass to show of that container: `map1[3]`.
            now: the present moment on the clock of the run, in seconds.
        """
        same = view is not None and view is self._view and graph is self._graph and scope == self._scope
        self._live, self._now = live and view is not None, now
        if same:  # its faces have followed each event: only whether it goes on is new
            self.versions.all()
            return
        self._view, self._graph = view, graph or Graph()
        self._scope, self._prefix = scope, f"{scope}/" if scope else ""
        self._faces.clear()
        self._grown.clear()
        self._edges.clear()
        self.moving.clear()
        self.flowing.clear()
        self.versions.all()
        if view is not None and not (view.nodes or view.edges):  # it has just begun: all wait for their turn
            waiting = node_face(view, "")
            self._faces = dict.fromkeys(self._graph.nodes, waiting)
        elif view is not None:
            crew = self._crew()
            self._edges_again(self._graph.edges, crew)
            self._nodes_again(self._graph.nodes, crew)

    def move(self, view: View, events: Iterable[Event]) -> Fresh:
        """Goes on to a later moment of the same run, to which these events led. Returns what looks different now."""
        self._view = view
        return self.tick(events)

    def tick(self, events: Iterable[Event]) -> Fresh:
        """Follows events that the view has taken in. Returns what looks different now."""
        graph, fresh = self._graph, Fresh()
        nodes: set[str] = set()
        spoke: set[str] = set()
        ended = False
        crew = self._crew()
        at_work = {one.scope for one in crew.values()}
        for event in events:
            if event.scope in at_work and event.node in crew:
                (spoke if event.kind == "text" else nodes).add(event.node)
            if event.scope != self._scope and event.kind != "run.finished":
                if event.kind in INSIDE and event.scope.startswith(self._prefix):  # a cell of a map or loop changes
                    nodes.add(event.scope[len(self._prefix) :].partition("/")[0].partition("[")[0])
                continue
            if event.kind == "text":
                spoke.add(event.node)
                continue
            ended = ended or event.kind == "run.finished"
            if event.node in graph.nodes:
                nodes.add(event.node)
            if event.kind in ("edge.live", "edge.dead"):
                edge = graph.edges.get(str(event.data.get("edge")))
                if edge is not None:
                    fresh.edges.add(edge.key)
                    nodes.update((edge.source, edge.target))
        if ended:
            nodes.update(node for node in graph.nodes if not self._over(node))
            fresh.edges |= self.flowing
        begin = {node for node in spoke if not ((face := self._faces.get(node)) and face.streaming)}
        self._grown |= spoke - begin - nodes
        nodes = (nodes | begin) & graph.nodes.keys()
        edges = fresh.edges | {edge.key for node in nodes for edge in graph.incoming(node)}
        self.versions.some(nodes, edges)
        fresh.edges = self._edges_again(edges, crew)
        fresh.nodes = self._nodes_again(nodes, crew)
        for key in fresh.edges:  # the sockets at both ends have the edge's colour
            fresh.nodes.update((graph.edges[key].source, graph.edges[key].target))
        return fresh

    def _nodes_again(self, nodes: Collection[str], crew: Mapping[str, DelegationView]) -> set[str]:
        view, changed = self._view, set[str]()
        if view is None:
            return changed
        self._grown.difference_update(nodes)
        for node in nodes:
            into = self._graph.incoming(node)
            if node in crew:
                face = node_face(view, crew[node].node)
            else:
                key, arrived = self._prefix + node, self._arrived(view, into)
                face = node_face(view, key, len(into), *arrived, self._blamed(view, key))
            old = self._faces.get(node)
            if face == old:
                continue
            if old is None or not _only_streamed(old, face):
                changed.add(node)
            self._faces[node] = face
            (self.moving.add if face.moving else self.moving.discard)(node)
        return changed

    def _crew(self) -> dict[str, DelegationView]:
        """The specialists of this canvas that were given work, each with the delegation that shows on it: the last
        that is open, else the last."""
        crew: dict[str, DelegationView] = {}
        if self._view is None or not self._view.delegations:
            return crew
        scopes = {self._scope}
        for one in self._view.delegations.values():
            if one.manager.rpartition("/")[0] in scopes:
                scopes.add(one.scope)
                if one.open or not (one.specialist in crew and crew[one.specialist].open):
                    crew[one.specialist] = one
        return crew

    def _over(self, node: str) -> bool:
        """Whether the end of the run changes nothing about a node: it had ended before."""
        view = self._view
        found = view.nodes.get(self._prefix + node) if view else None
        return found is not None and found.settled and node in self._faces

    def _arrived(self, view: View, into: Sequence[Edge]) -> tuple[int, list[str]]:
        """How many of several edges brought a value, and the titles of the nodes whose edges are open yet."""
        if len(into) < 2:
            return 0, []
        fates = [(edge.source, view.edges.get(self._prefix + edge.key)) for edge in into]
        nodes = self._graph.nodes
        missing = [nodes[source].name for source, fate in fates if not (fate and fate.fate) and source in nodes]
        return sum(1 for _, fate in fates if fate and fate.fate == "live"), missing

    def _blamed(self, view: View, key: str) -> str:
        """The title of the node whose failure a skipped one was skipped for; "" for none."""
        found = view.nodes.get(key)
        cause = self._graph.nodes.get(found.blocked_by) if found else None
        return cause.name if cause else ""

    def part(self, node: str, index: int) -> tuple[int, str] | None:
        """The number of an item or pass by the place of its cell, and what is to say about it; None for no cell."""
        view = self._view
        found = view.nodes.get(self._prefix + node) if view else None
        if found is None or index < 0:
            return None
        number = index + found.first
        return number, part_words(found, number, self.clock)

    def _edges_again(self, edges: Iterable[str], crew: Mapping[str, DelegationView]) -> set[str]:
        view, changed = self._view, set[str]()
        if view is None:
            return changed
        for key in edges:
            edge = self._graph.edges[key]
            target = view.nodes.get(self._prefix + edge.target)
            face = edge_face(view, self._prefix + key, target.status if target else "")
            work = crew.get(edge.target)
            if work is not None and work.manager.rpartition("/")[2] == edge.source:
                face = delegated_face(work, live=work.open and not view.finished)
            if face == self._edges.get(key, EDGE_REST):
                continue
            changed.add(key)
            self._edges[key] = face
            (self.flowing.add if face.flowing else self.flowing.discard)(key)
        return changed


def _only_streamed(old: Face, new: Face) -> bool:
    """Whether only what the moving layer draws is different: the text of a node that was streaming before."""
    return (
        old.streaming
        and new.streaming
        and (old.status, old.footer, old.progress, old.line, old.pill)
        == (new.status, new.footer, new.progress, new.line, new.pill)
    )
