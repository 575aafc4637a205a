"""Dragging over empty ground selects what the box touches; with Shift it adds, and takes away what was selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPen

from gui.canvas.geometry import around
from gui.canvas.gesture import Gesture, Pointer
from gui.canvas.sheet import Sheet

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

ORDER = 90


class Box(Gesture):
    def __init__(self, canvas: Stage, press: Pointer) -> None:
        self._canvas, self._press, self._at = canvas, press, press
        self._before = canvas.session.selected
        if not press.shift:
            canvas.session.select()

    def move(self, at: Pointer) -> None:
        self._at = at
        if at.far_from(self._press):
            area = around(self._press.scene, at.scene)
            inside = {item.id for item in self._canvas.scene.nodes_in(area)}
            marks = self._canvas.scene.marks.within(area)
            if self._press.shift:
                nodes, edges, before = self._before
                self._canvas.session.select(nodes ^ inside, edges, before ^ marks)
            else:
                self._canvas.session.select(inside, (), marks)
        self._canvas.update()

    def release(self, at: Pointer) -> None:
        self._canvas.update()

    def cancel(self) -> None:
        self._canvas.session.select(*self._before)
        self._canvas.update()

    def paint(self, sheet: Sheet) -> None:
        if not self._at.far_from(self._press):
            return
        sheet.painter.setPen(QPen(sheet.ink.colour("accent"), 1 / sheet.zoom))
        sheet.painter.setBrush(sheet.ink.colour("accent", 0.10))
        sheet.painter.drawRect(QRectF(*around(self._press.scene, self._at.scene)))


def begin(canvas: Stage, press: Pointer) -> Gesture | None:
    """Takes left presses that nothing else took."""
    return Box(canvas, press) if press.button == Qt.MouseButton.LeftButton else None
