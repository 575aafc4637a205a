"""What a point of the canvas means: a socket, an edge, a button, the cell of an item, a frame or note."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.canvas.camera import NEAR
from gui.canvas.geometry import SOCKET, Point, Socket
from gui.canvas.items import EdgeItem, NodeItem
from gui.canvas.marks import Grip
from gui.canvas.paint_node import button_box
from gui.canvas.strip import grid

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

SOCKET_HIT = 11.0
"""View pixels around a socket's middle that belong to it; at least its own radius."""
EDGE_HIT = 6.0
"""View pixels beside a wire that belong to it."""
BORDER_HIT = 5.0
"""View pixels around the border of a frame or note that belong to it."""


class Under:
    """What lies under points of a stage, in canvas units: as near as a hand can be expected to hit at its zoom."""

    def __init__(self, stage: Stage) -> None:
        self._stage, self._scene = stage, stage.scene

    def socket(self, point: Point) -> tuple[NodeItem, Socket] | None:
        """The socket meant by a point; none where sockets are too small to see."""
        zoom = self._stage.camera.zoom
        if zoom < 0.3:
            return None
        return self._scene.socket_at(point, max(SOCKET + 1.0, min(SOCKET_HIT / zoom, 16.0)))

    def edge(self, point: Point) -> tuple[EdgeItem, float] | None:
        """The edge meant by a point, and where on it (0 to 1)."""
        return self._scene.edge_at(point, max(EDGE_HIT / self._stage.camera.zoom, 3.0))

    def button(self, point: Point) -> str:
        """The node whose button lies at a point; "" for none, or where it is too small to be seen."""
        item = self._near(point)
        face = self._stage.display.face(item.id) if item else None
        if item is None or face is None or not face.button:
            return ""
        box = button_box(item.shape, face, self._stage.layers.ink)
        return item.id if box.contains(point[0] - item.x, point[1] - item.y) else ""

    def part(self, point: Point) -> tuple[str, int, str] | None:
        """The item or pass whose cell lies at a point: node, number, and what is to say about it."""
        item, display = self._near(point), self._stage.display
        if item is None or item.shape.strip is None:
            return None
        cells = display.face(item.id).cells
        at = grid(len(cells), item.shape.strip).at((point[0] - item.x, point[1] - item.y)) if cells else None
        found = display.part(item.id, at) if at is not None else None
        return (item.id, *found) if found else None

    def mark(self, point: Point) -> Grip | None:
        """The frame or note meant by a point, and by what it would be taken."""
        return self._scene.marks.grip_at(point, BORDER_HIT / self._stage.camera.zoom)

    def _near(self, point: Point) -> NodeItem | None:
        """The node at a point where it is near enough to show its details."""
        return self._scene.node_at(point) if self._stage.camera.zoom >= NEAR else None
