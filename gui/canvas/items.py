"""What one node, one edge and one change are on the canvas, and which socket each edge takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from engine.graph.changes import Difference
from engine.graph.graph import Graph
from engine.graph.records import Edge
from gui.bridge.captions import Caption
from gui.canvas.geometry import PILL_REACH, SOCKETS_EACH, Point, Rect, Shape, Socket, slot_of
from gui.canvas.routing import Way

REACH: Final = 34.0
"""How far outside its box a node draws: its shadow and glow."""
EDGE_REACH: Final = 10.0
Slots = dict[tuple[str, bool], int]
"""For an edge's key and whether its output end is meant: the socket of the port, counted from 0."""


@dataclass(slots=True)
class NodeItem:
    """A node as it stands on the canvas. `order` is its place in the file: later ones lie above."""

    id: str
    x: float
    y: float
    shape: Shape
    caption: Caption
    order: int = 0

    @property
    def rect(self) -> Rect:
        return Rect(self.x, self.y, self.shape.width, self.shape.height)

    @property
    def area(self) -> Rect:
        """All that it draws on: its box with shadow and glow, and the pills at its right."""
        right = PILL_REACH if any(socket.pill for socket in self.shape.sockets) else REACH
        return Rect(self.x - REACH, self.y - REACH, self.shape.width + REACH + right, self.shape.height + 2 * REACH)

    def at(self, socket: Socket) -> Point:
        """Where one of its sockets is."""
        return self.x + socket.x, self.y + socket.y


@dataclass(slots=True)
class EdgeItem:
    """An edge as it runs. `first` and `last` are its sockets; None where the node is not there."""

    key: str
    edge: Edge
    curve: Way
    first: Socket | None
    last: Socket | None
    box: Rect = field(init=False)

    def __post_init__(self) -> None:
        self.run(self.curve)

    def run(self, curve: Way) -> None:
        """Takes another way; `box` holds it."""
        self.curve, self.box = curve, curve.box

    @property
    def delegates(self) -> bool:
        """Whether it joins a specialist to its manager."""
        return self.first is not None and self.first.port is not None and self.first.port.delegates

    @property
    def broken(self) -> bool:
        """Whether an end names a port or node that is not there."""
        return self.first is None or self.last is None or self.first.port is None or self.last.port is None


@dataclass(slots=True)
class Touched:
    """What a change left different: ids, edge keys, and the areas to draw again (before and after)."""

    nodes: set[str] = field(default_factory=set)
    edges: set[str] = field(default_factory=set)
    areas: list[Rect] = field(default_factory=list)


def order_of(item: NodeItem) -> int:
    """What nodes are sorted by: later ones lie above."""
    return item.order


def ends_of(*slots: object) -> set[str]:
    """The nodes that edges joined before or after a change."""
    edges = [getattr(slot, "record", None) for slot in slots]
    return {end for edge in edges if isinstance(edge, Edge) for end in (edge.source, edge.target)}


def mark_areas(difference: Difference) -> list[Rect]:
    """Where frames and notes were and are that a difference touches."""
    slots = [s for c in difference.changes if c.table in ("frames", "notes") for s in (c.before, c.after) if s]
    return [Rect(*slot.record.rect).grown(EDGE_REACH) for slot in slots]


def slots_of(graph: Graph, nodes: Iterable[str], height: Callable[[str], float]) -> Slots:
    """For each edge end (key, whether it is the output's) at some nodes: which socket of its port it takes.

    Inputs keep the order of the edges, which says in what order values are taken. Of outputs the highest socket leads
    to the highest node, so that no wires cross at once: `height` says where a node stands.
    """
    found: Slots = {}
    into, out = graph.wiring.incoming, graph.wiring.outgoing
    for node in nodes:
        if len(edges := into.get(node, ())) > 1:
            _number(found, edges, [edge.target_port for edge in edges], output=False)
        if len(edges := out.get(node, ())) > 1:
            edges = sorted(edges, key=lambda edge: height(edge.target)) if fans_out(edges) else edges
            _number(found, edges, [edge.source_port for edge in edges], output=True)
    return found


def fans_out(edges: Sequence[Edge]) -> bool:
    """Whether the edges that leave a node have sockets of their own, which then stand as the nodes at their ends."""
    return 1 < len(edges) <= SOCKETS_EACH


def _number(found: Slots, edges: Sequence[Edge], names: list[str], *, output: bool) -> None:
    seen: dict[str, int] = {}
    for edge, name in zip(edges, names, strict=True):
        index = seen.get(name, 0)
        found[edge.key, output] = index if index == 0 else slot_of(index, names.count(name))
        seen[name] = index + 1


def counted(names: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Each name with how often it is there, in order of first appearance."""
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return tuple(counts.items())
