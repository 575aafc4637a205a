"""What stands on the canvas: items folded from the document, changed only where a difference touches them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from math import dist

from engine.base.garbage import uncollected
from engine.graph.arrange import place_missing
from engine.graph.changes import Difference
from engine.graph.graph import Bends, Graph
from engine.graph.records import Edge
from gui.bridge.captions import Captions
from gui.bridge.versions import Versions
from gui.canvas.geometry import PILL_REACH, Point, Rect, Socket, Wired, bounds, shape_of
from gui.canvas.index import GridIndex
from gui.canvas.items import (
    EDGE_REACH,
    REACH,
    EdgeItem,
    NodeItem,
    Slots,
    Touched,
    counted,
    ends_of,
    fans_out,
    mark_areas,
    order_of,
    slots_of,
)  # fmt: skip
from gui.canvas.lift import Lift
from gui.canvas.marks import Marks
from gui.canvas.routing import Way, led, nearest


class Scene:
    """The items of one graph, with questions about places.

    Args:
        captions: says what nodes show.
    """

    def __init__(self, captions: Captions) -> None:
        self.captions = captions
        self.graph = Graph()
        self.versions = Versions()
        """Of places, sizes and captions."""
        self._bounds: tuple[Rect | None] | None = None
        """The box around all nodes, where it is known."""
        self._missing: dict[str, Point] = {}
        self.nodes: dict[str, NodeItem] = {}
        self.edges: dict[str, EdgeItem] = {}
        self._node_index = GridIndex()
        self._edge_index = GridIndex()
        self.lift: Lift | None = None
        """What is shown away from where the document has it."""
        self._led: dict[str, Bends] = {}
        self.marks = Marks()

    def rebuild(self, graph: Graph) -> None:
        """Makes all items anew."""
        with uncollected():
            self._rebuild(graph)

    def _rebuild(self, graph: Graph) -> None:
        self.graph = graph
        self._changed()
        self._missing = {}
        self.lift, self._led = None, {}
        self.marks.graph = graph
        self._node_index.clear()
        self._edge_index.clear()
        self.nodes = {node_id: self._make(node_id, order) for order, node_id in enumerate(graph.nodes)}
        self._missing = place_missing(graph, {key: (i.shape.width, i.shape.height) for key, i in self.nodes.items()})
        for item in self.nodes.values():
            item.x, item.y = self.place(item.id)
            self._node_index.put(item.id, item.rect)
        slots = slots_of(graph, graph.nodes, self._middle)
        self.edges = {key: self._run(edge, slots) for key, edge in graph.edges.items()}
        for edge_item in self.edges.values():
            self._edge_index.put(edge_item.key, edge_item.box)

    def apply(self, difference: Difference, graph: Graph) -> Touched:
        """Follows a difference that led to `graph`."""
        self.graph = self.marks.graph = graph
        touched = Touched(difference.keys("nodes"), difference.keys("edges") | difference.keys("bends"))
        ends = {end for c in difference.changes if c.table == "edges" for end in ends_of(c.before, c.after)}
        moved = difference.keys("places")
        renewed = {node for node in touched.nodes | ends if node in graph.nodes}
        self._note_areas(touched, touched.nodes | ends | moved)
        before = {node: item.rect for node in renewed | moved | touched.nodes if (item := self.nodes.get(node))}
        for node in touched.nodes - graph.nodes.keys():
            self.nodes.pop(node, None)
            self._node_index.drop(node)
        for node in renewed:
            self.nodes[node] = self._make(node, 0)
        if touched.nodes:
            self.nodes = {node: self.nodes[node] for node in graph.nodes}
            for order, item in enumerate(self.nodes.values()):
                item.order = order
        else:
            for node in renewed:
                self.nodes[node].order = self._orders()[node]
        for node in moved & graph.nodes.keys():
            self.nodes[node].x, self.nodes[node].y = self.place(node)
        changed = renewed | (moved & graph.nodes.keys())
        for node in changed:
            self._node_index.put(node, self.nodes[node].rect)
        self._follow_edges(touched, changed | touched.nodes)
        touched.nodes |= changed
        self._note_areas(touched, touched.nodes)
        touched.areas.extend(mark_areas(difference))
        after = {node: item.rect for node in before.keys() | changed if (item := self.nodes.get(node))}
        self._changed(touched.nodes, touched.edges, same_places=before == after)
        return touched

    def shift(self, ids: Iterable[str], dx: float, dy: float) -> list[Rect]:
        """Shows nodes `dx`, `dy` away from where the document has them. Returns the areas before and after.

        A preview while dragging: the document does not know, and questions about places are answered as if nothing
        had moved. `put_back` ends it.
        """
        chosen = {node for node in ids if node in self.nodes}
        areas: list[Rect] = []
        if self.lift is None or self.lift.ids != chosen:
            areas = self.put_back()
            self.lift = Lift((self.nodes[node] for node in chosen), self.edges_of(chosen))
        areas += self.lift.areas()
        self.lift.move(dx, dy)
        for item in self.lift.crossing:
            item.run(self._curve(item.edge, item.first, item.last))
        self._changed(self.lift.ids, self.lift.edges)
        return areas + self.lift.areas()

    def put_back(self) -> list[Rect]:
        """Shows what was shifted where the document has it. Returns the areas before and after."""
        lift, self.lift = self.lift, None
        if lift is None:
            return []
        areas = lift.areas()
        self.glide({node: (0.0, 0.0) for node in lift.ids if node in self.nodes})
        return areas + lift.holes

    def glide(self, away: Mapping[str, Point]) -> None:
        """Shows each node so far from where the document has it. A preview as `shift`, for an animation."""
        for node, (dx, dy) in away.items():
            item, (x, y) = self.nodes[node], self.place(node)
            item.x, item.y = x + dx, y + dy
            self._node_index.put(node, item.rect)
        edges = {edge.key for edge in self._edges_of(away.keys())}
        for key in edges:
            self._reroute(self.edges[key])
        self._changed(frozenset(away), edges)

    def lead(self, edge: str, bends: Bends | None) -> list[Rect]:
        """Shows an edge led through other points; None takes that back. Returns the areas before and after."""
        item = self.edges.get(edge)
        if item is None:
            self._led.pop(edge, None)
            return []
        before = item.box.grown(EDGE_REACH)
        if bends is None:
            self._led.pop(edge, None)
        else:
            self._led[edge] = bends
        self._reroute(item)
        self._changed(frozenset(), {edge}, same_places=True)
        return [before, item.box.grown(EDGE_REACH)]

    def bends_of(self, edge: str) -> Bends:
        """The points that an edge is led through, as it is shown now."""
        return self._led.get(edge) or self.graph.bends.get(edge, ())

    def place(self, node: str) -> Point:
        """Where the document has a node; one without a place was given one for drawing when the graph was opened."""
        return self.graph.places.get(node) or self._missing.get(node, (0.0, 0.0))

    def nodes_in(self, area: Rect) -> list[NodeItem]:
        """Nodes whose boxes meet an area, lowest first."""
        return sorted((self.nodes[key] for key in self._node_index.near(area)), key=order_of)

    def mostly_in(self, area: Rect) -> bool:
        """Whether about half of the nodes or more lie in an area; roughly, and at once."""
        return self._node_index.covers(area)

    def drawn_in(self, area: Rect) -> list[NodeItem]:
        """Nodes that draw on an area with anything of theirs, lowest first."""
        wide = Rect(area.x - PILL_REACH, area.y - REACH, area.w + PILL_REACH + REACH, area.h + 2 * REACH)
        return [item for item in self.nodes_in(wide) if item.area.meets(area)]

    def edges_in(self, area: Rect) -> list[EdgeItem]:
        """Edges that may run through an area."""
        return [self.edges[key] for key in self._edge_index.near(area)]

    def bounds(self, ids: Iterable[str] | None = None) -> Rect | None:
        """The box around nodes (all of them by default, then with frames and notes); None when there are none."""
        if ids is not None:
            return bounds([self.nodes[key].rect for key in ids if key in self.nodes])
        if self._bounds is None:
            self._bounds = (bounds([item.rect for item in self.nodes.values()]),)
        whole = [each for each in self._bounds if each is not None]
        return bounds(whole + self.marks.rects())

    def node_at(self, point: Point) -> NodeItem | None:
        """The uppermost node at a point."""
        found = self.nodes_in(Rect(*point, 0, 0))
        return found[-1] if found else None

    def socket_at(self, point: Point, reach: float) -> tuple[NodeItem, Socket] | None:
        """The socket nearest to a point, no farther than `reach`."""
        best: tuple[float, NodeItem, Socket] | None = None
        for item in self.nodes_in(Rect(*point, 0, 0).grown(reach)):
            for socket in item.shape.sockets:
                away = dist(point, item.at(socket))
                if away <= reach and (best is None or away <= best[0]):
                    best = away, item, socket
        return best[1:] if best else None

    def edge_at(self, point: Point, reach: float) -> tuple[EdgeItem, float] | None:
        """The edge nearest to a point, no farther than `reach`, and where on it (0 to 1)."""
        best: tuple[float, EdgeItem, float] | None = None
        for item in self.edges_in(Rect(*point, 0, 0).grown(reach)):
            away, where = nearest(item.curve, point)
            if away <= reach and (best is None or away < best[0]):
                best = away, item, where
        return best[1:] if best else None

    def edge_into(self, node: str, socket: Socket) -> EdgeItem | None:
        """The edge that ends in an input socket."""
        for edge in self.graph.incoming(node):
            item = self.edges.get(edge.key)
            if item and item.last is socket:
                return item
        return None

    def edges_of(self, nodes: Iterable[str]) -> list[EdgeItem]:
        """Edges with an end in some of the nodes."""
        return [self.edges[edge.key] for edge in self._edges_of(set(nodes))]

    def _changed(
        self, nodes: Set[str] | None = None, edges: Set[str] = frozenset(), *, same_places: bool = False
    ) -> None:
        """Notes what looks different or stands elsewhere; None is everything."""
        if not same_places:
            self._bounds = None
        if nodes is None:
            self.versions.all()
        else:
            self.versions.some(nodes, edges)

    def _orders(self) -> dict[str, int]:
        return {node: order for order, node in enumerate(self.graph.nodes)}

    def _make(self, node_id: str, order: int) -> NodeItem:
        caption, ports = self.captions.of(self.graph.nodes[node_id])
        into = counted(edge.target_port for edge in self.graph.incoming(node_id))
        out = counted(edge.source_port for edge in self.graph.outgoing(node_id))
        shape = shape_of(ports, Wired(into, out), source=caption.source, counted=caption.counted)
        return NodeItem(node_id, *self.place(node_id), shape, caption, order)

    def _edges_of(self, nodes: Set[str]) -> Iterable[Edge]:
        into, out = self.graph.wiring.incoming, self.graph.wiring.outgoing
        for node in nodes:
            yield from out.get(node, ())
            yield from (edge for edge in into.get(node, ()) if edge.source not in nodes)

    def _follow_edges(self, touched: Touched, nodes: set[str]) -> None:
        """Runs the edges at changed nodes anew, and forgets those that are gone."""
        for key in touched.edges - self.graph.edges.keys():
            self.edges.pop(key, None)
            self._edge_index.drop(key)
        again = {edge.key: edge for edge in self._edges_of(nodes)}
        again.update({key: self.graph.edges[key] for key in touched.edges if key in self.graph.edges})
        slots = slots_of(
            self.graph, {end for edge in again.values() for end in (edge.source, edge.target)}, self._middle
        )
        beside = self._displaced(again, slots)
        touched.areas.extend(self.edges[key].box.grown(EDGE_REACH) for key in beside)
        slots.update(slots_of(self.graph, {edge.target for edge in beside.values()}, self._middle))
        again.update(beside)
        for key, edge in again.items():
            self.edges[key] = self._run(edge, slots)
            self._edge_index.put(key, self.edges[key].box)
        if touched.edges and list(self.edges) != list(self.graph.edges):
            self.edges = {key: self.edges[key] for key in self.graph.edges}
        touched.edges |= again.keys()

    def _displaced(self, again: Mapping[str, Edge], slots: Slots) -> dict[str, Edge]:
        """Edges that take another socket of their output now: a node that moved changed places with its neighbours."""
        fans = {edge.source: self.graph.outgoing(edge.source) for edge in again.values()}
        beside = (edge for fan in fans.values() if fans_out(fan) for edge in fan if edge.key not in again)
        known = ((edge, self.edges[edge.key].first) for edge in beside if edge.key in self.edges)
        return {edge.key: edge for edge, at in known if at and at.slot != slots.get((edge.key, True), 0)}

    def _middle(self, node: str) -> float:
        item = self.nodes.get(node)
        return item.rect.centre[1] if item else 0.0

    def _run(self, edge: Edge, slots: Slots) -> EdgeItem:
        source, target = self.nodes.get(edge.source), self.nodes.get(edge.target)
        first = source.shape.socket(edge.source_port, True, slots.get((edge.key, True), 0)) if source else None
        last = target.shape.socket(edge.target_port, False, slots.get((edge.key, False), 0)) if target else None
        return EdgeItem(edge.key, edge, self._curve(edge, first, last), first, last)

    def _reroute(self, item: EdgeItem) -> None:
        item.run(self._curve(item.edge, item.first, item.last))
        self._edge_index.put(item.key, item.box)

    def _curve(self, edge: Edge, first: Socket | None, last: Socket | None) -> Way:
        source, target = self.nodes.get(edge.source), self.nodes.get(edge.target)
        start = source.at(first) if source and first else None
        end = target.at(last) if target and last else None
        if start is None:
            start = (end[0] - 64, end[1]) if end else (0.0, 0.0)
        bends = self.bends_of(edge.key) if self.graph.bends or self._led else ()
        return led(start, end or (start[0] + 64, start[1]), bends)

    def _note_areas(self, touched: Touched, nodes: set[str]) -> None:
        items = [self.nodes[node] for node in nodes if node in self.nodes]
        touched.areas.extend(item.area for item in items)
        keys = {edge.key for edge in self._edges_of(nodes)} | touched.edges
        touched.areas.extend(self.edges[key].box.grown(EDGE_REACH) for key in keys if key in self.edges)
