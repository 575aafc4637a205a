"""Dragging a node moves it and all that is selected with it, in line with neighbours or on the grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QLineF, QPointF, Qt
from PySide6.QtGui import QPen

from gui.canvas import placing
from gui.canvas.geometry import Rect, around
from gui.canvas.gesture import Gesture, Pointer
from gui.canvas.items import EdgeItem
from gui.canvas.load import Load
from gui.canvas.paint_edge import paint_wire
from gui.canvas.room import moved_away, with_room
from gui.canvas.sheet import Sheet
from gui.canvas.snap import Snap, snap

if TYPE_CHECKING:
    from engine.graph.graph import Graph
    from gui.canvas.stage import Stage

ORDER = 40
ATTRACTION: Final = 7.0
"""View pixels within which a neighbour's line attracts."""
NEIGHBOURS: Final = 420.0
"""Canvas units within which nodes count as neighbours."""


class Move(Gesture):
    """A press on a node: a click until it moves, then a drag."""

    def __init__(self, canvas: Stage, node: str, press: Pointer) -> None:
        self._canvas, self._node, self._press = canvas, node, press
        self._snap: Snap | None = None
        self._into: EdgeItem | None = None
        session = canvas.session
        if node not in session.selection and not (press.shift or press.ctrl):
            session.select([node])

    def move(self, at: Pointer) -> None:
        if self._snap is None:
            if not at.far_from(self._press):
                return
            self._start()
        dx, dy = at.scene[0] - self._press.scene[0], at.scene[1] - self._press.scene[1]
        before, into = self._snap, self._into
        self._snap = Snap(dx, dy) if at.alt else self._snapped(dx, dy)
        self._load.show(self._snap.dx, self._snap.dy)
        self._into = self._edge_below(at)
        guides = (*(before.guides if before else ()), *self._snap.guides)
        self._canvas.show_areas(around(*guide).grown(4) for guide in guides)
        self._canvas.show_areas(edge.box.grown(8) for edge in (into, self._into) if edge)

    def release(self, at: Pointer) -> None:
        session = self._canvas.session
        if self._snap is None:
            if self._press.shift or self._press.ctrl:
                session.select(session.selection ^ {self._node}, *session.selected[1:])
            else:
                session.select([self._node])
            return
        dx, dy = self._snap.dx, self._snap.dy
        self._load.put_back()
        after, label = self._load.moved(session.graph, dx, dy), self._load.label
        spliced = placing.spliced(after, session.kinds, self._node, self._into.key) if self._into else None
        if spliced and self._into:
            self._splice(with_room(spliced, self._node, self._into.edge, self._canvas.scene, self._box.moved(dx, dy)))
        elif dx or dy:
            session.commit(after, label)

    def _splice(self, after: Graph) -> None:
        """Puts the node into the wire; what makes room for it is seen to go."""
        canvas = self._canvas
        before = moved_away(canvas.scene, after)
        before.pop(self._node, None)
        if canvas.session.commit(after, "Splice node in"):
            canvas.glide_from(before)

    def cancel(self) -> None:
        if self._snap is not None:
            self._load.put_back()

    def paint(self, sheet: Sheet) -> None:
        if self._into:
            paint_wire(sheet, self._into.curve, "accent")
        if self._snap and self._snap.guides:
            sheet.painter.setPen(QPen(sheet.ink.colour("accent", 0.8), 1 / sheet.zoom))
            lines = [QLineF(QPointF(*a), QPointF(*b)) for a, b in self._snap.guides]
            sheet.painter.drawLines(lines)

    def _start(self) -> None:
        session = self._canvas.session
        self._load = Load(self._canvas, session.selection | {self._node}, session.mark_selection)
        nodes = self._load.nodes
        self._loose = len(nodes) == 1 and not self._canvas.scene.edges_of(nodes)
        self._box = self._canvas.scene.nodes[self._node].rect

    def _snapped(self, dx: float, dy: float) -> Snap:
        wanted = self._box.moved(dx, dy)
        around = self._canvas.scene.nodes_in(wanted.grown(NEIGHBOURS))
        others = [item.rect for item in around if item.id not in self._load.nodes]
        others.sort(key=lambda rect: _apart(rect, wanted))
        return snap(self._box, dx, dy, others[:24], ATTRACTION / self._canvas.camera.zoom)

    def _edge_below(self, at: Pointer) -> EdgeItem | None:
        """The wire that a node without wires would be spliced into."""
        found = self._canvas.under.edge(at.scene) if self._loose else None
        session = self._canvas.session
        if found and placing.spliced(session.graph, session.kinds, self._node, found[0].key):
            return found[0]
        return None


def _apart(a: Rect, b: Rect) -> float:
    return abs(a.centre[0] - b.centre[0]) + abs(a.centre[1] - b.centre[1])


def begin(canvas: Stage, press: Pointer) -> Gesture | None:
    """Takes left presses on a node."""
    item = canvas.scene.node_at(press.scene) if press.button == Qt.MouseButton.LeftButton else None
    return Move(canvas, item.id, press) if item else None
