"""Nodes lifted off the canvas while they are dragged: what hangs together moves as one, and only wires to it bend."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gui.canvas.geometry import Point, Rect, bounds
from gui.canvas.items import EDGE_REACH, EdgeItem, NodeItem, order_of

FEW: Final = 48
"""So many nodes or fewer leave holes of their own in the picture of what stays; more leave one around them all."""


class Lift:
    """Some nodes with the edges at them, shown away from where the document has them.

    Args:
        nodes: what is lifted, at rest. They are moved with it.
        edges: all with an end in them.

    Attributes:
        nodes: each with all that it draws on at rest, lowest first.
        ids, edges: of what it holds, and of all edges at it.
        inner: edges that go along; they stay as they are, and are drawn elsewhere.
        crossing: edges with one end in what stays; somebody has to lead them to where the nodes are now.
        reach: all that the nodes and inner edges draw on at rest, in canvas units.
        way: how far it is away from there.
    """

    def __init__(self, nodes: Iterable[NodeItem], edges: Iterable[EdgeItem]) -> None:
        self.nodes = [(item.area, item) for item in sorted(nodes, key=order_of)]
        self.ids = frozenset(item.id for _, item in self.nodes)
        self._places = [(item, item.x, item.y) for _, item in self.nodes]
        self.inner: dict[str, EdgeItem] = {}
        self.crossing: list[EdgeItem] = []
        edges = [*edges]
        self.edges = frozenset(edge.key for edge in edges)
        for edge in edges:
            if edge.edge.source in self.ids and edge.edge.target in self.ids:
                self.inner[edge.key] = edge
            else:
                self.crossing.append(edge)
        boxes = [area for area, _ in self.nodes] + [edge.box.grown(EDGE_REACH) for edge in self.inner.values()]
        self.reach = bounds(boxes) or Rect(0, 0, 0, 0)
        self.way: Point = (0.0, 0.0)
        self.holes = [*(boxes if len(self.nodes) <= FEW else [self.reach]), *self._crossing_boxes()]
        """What has to be drawn again where it was lifted off."""

    def move(self, dx: float, dy: float) -> None:
        """Puts the nodes so far from where they rest."""
        self.way = dx, dy
        for item, x, y in self._places:
            item.x, item.y = x + dx, y + dy

    def areas(self) -> list[Rect]:
        """Where it is shown now, with the wires to it."""
        return [self.reach.moved(*self.way), *self._crossing_boxes()]

    def _crossing_boxes(self) -> list[Rect]:
        return [edge.box.grown(EDGE_REACH) for edge in self.crossing]
