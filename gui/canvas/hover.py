"""What the pointer rests on: ports grow, a wire shows what passed along it, a node says why it is as it is."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt

from gui.bridge.display import Display
from gui.canvas.chrome import draw_socket
from gui.canvas.geometry import SOCKET, Point, Socket
from gui.canvas.marks import Grip
from gui.canvas.paint_edge import paint_bends, paint_wire
from gui.canvas.paint_node import paint_sockets
from gui.canvas.scene import Scene
from gui.canvas.sheet import Sheet
from gui.canvas.under import Under


@dataclass(frozen=True, slots=True)
class Hover:
    """What lies under the pointer: a socket of a node, a node, an edge, or nothing."""

    node: str = ""
    socket: Socket | None = None
    edge: str = ""
    grip: Grip | None = None

    @property
    def cursor(self) -> Qt.CursorShape | None:
        """The pointer's shape over it; None for the usual one."""
        if self.grip is None:
            return Qt.CursorShape.PointingHandCursor if self.edge else None
        if not self.grip.resizes:
            return Qt.CursorShape.SizeAllCursor
        if (self.grip.left or self.grip.right) != (self.grip.top or self.grip.bottom):
            return Qt.CursorShape.SizeHorCursor if self.grip.left or self.grip.right else Qt.CursorShape.SizeVerCursor
        falling = (self.grip.left and self.grip.top) or (self.grip.right and self.grip.bottom)
        return Qt.CursorShape.SizeFDiagCursor if falling else Qt.CursorShape.SizeBDiagCursor

    def paint(self, sheet: Sheet, scene: Scene, colours: dict[Socket, str]) -> None:
        """Draws it larger and brighter. The painter's units are canvas units.

        Args:
            colours: of the hovered node's sockets.
        """
        item = scene.nodes.get(self.node)
        if self.edge in scene.edges:
            paint_wire(sheet, scene.edges[self.edge].curve, "accent")
            paint_bends(sheet, scene.bends_of(self.edge))
        if item is None or sheet.far:
            return
        if any(socket.quiet for socket in item.shape.sockets):
            paint_sockets(sheet, item, colours, needed=True, named=True)
        sheet.painter.setTransform(sheet.units)
        if self.socket is not None:
            draw_socket(sheet.painter, sheet.ink, "accent", *item.at(self.socket), radius=SOCKET + 2.5)


NOTHING = Hover()


def hovered(under: Under, scene: Scene, point: Point) -> Hover:
    """What lies under a canvas point."""
    found = under.socket(point)
    if found:
        return Hover(found[0].id, found[1])
    item = scene.node_at(point)
    if item:
        return Hover(item.id)
    edge = under.edge(point)
    if edge:
        return Hover(edge=edge[0].key)
    grip = under.mark(point)
    return Hover(grip=grip) if grip else NOTHING


def words(hover: Hover, scene: Scene, display: Display) -> str:
    """What a label beside the pointer says at once: the port's name and type, or what passed along the edge."""
    if hover.socket is not None:
        port = hover.socket.port
        if port is None:
            return f"{hover.socket.name}: this port is gone"
        kind = port.type + (", many" if port.many else "")
        name = port.label or port.name
        return f"{name} · {kind}" + (f"\n{port.help}" if port.help else "")
    item = scene.edges.get(hover.edge)
    if item is None:
        return ""
    value = display.passed(item.edge)
    return f"{item.edge.start} → {item.edge.end}" + (f"\n{value}" if value is not None else "")
