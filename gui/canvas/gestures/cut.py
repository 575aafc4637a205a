"""Ctrl and a swipe with the right button cuts the wires it crosses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPen

from engine.graph import commands
from gui.canvas.geometry import Point, around
from gui.canvas.gesture import Gesture, Pointer
from gui.canvas.paint_edge import paint_wire
from gui.canvas.routing import crosses
from gui.canvas.sheet import Sheet

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

ORDER = 20


class Cut(Gesture):
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Stage, press: Pointer) -> None:
        self._canvas = canvas
        self._trail: list[Point] = [press.scene]
        self._cut: dict[str, None] = {}

    def move(self, at: Pointer) -> None:
        last = self._trail[-1]
        for item in self._canvas.scene.edges_in(around(last, at.scene)):
            if crosses(item.curve, last, at.scene):
                self._cut[item.key] = None
        self._trail.append(at.scene)
        self._canvas.update()

    def release(self, at: Pointer) -> None:
        self._canvas.update()
        if self._cut:
            label = "Cut wire" if len(self._cut) == 1 else f"Cut {len(self._cut)} wires"
            session = self._canvas.session
            session.commit(commands.remove(session.graph, edges=self._cut), label)

    def cancel(self) -> None:
        self._canvas.update()

    def paint(self, sheet: Sheet) -> None:
        for key in self._cut:
            item = self._canvas.scene.edges.get(key)
            if item:
                paint_wire(sheet, item.curve, "state:failed")
        pen = QPen(sheet.ink.colour("state:failed"), 1.5 / sheet.zoom, Qt.PenStyle.DashLine)
        sheet.painter.setPen(pen)
        sheet.painter.drawPolyline([QPointF(*point) for point in self._trail])


def begin(canvas: Stage, press: Pointer) -> Gesture | None:
    """Takes Ctrl and the right button, anywhere."""
    return Cut(canvas, press) if press.button == Qt.MouseButton.RightButton and press.ctrl else None
