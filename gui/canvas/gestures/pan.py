"""Dragging with the middle button, or with Space held, moves what is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from gui.canvas.gesture import Gesture, Pointer

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

ORDER = 10


class Pan(Gesture):
    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, canvas: Stage, press: Pointer) -> None:
        self._canvas, self._press, self._start = canvas, press, canvas.camera

    def move(self, at: Pointer) -> None:
        dx, dy = at.view[0] - self._press.view[0], at.view[1] - self._press.view[1]
        self._canvas.set_camera(self._start.panned(dx, dy))

    def cancel(self) -> None:
        self._canvas.set_camera(self._start)


def begin(canvas: Stage, press: Pointer) -> Gesture | None:
    """Takes the middle button anywhere, and the left one while Space is held."""
    middle = press.button == Qt.MouseButton.MiddleButton
    held = press.button == Qt.MouseButton.LeftButton and press.space
    return Pan(canvas, press) if middle or held else None
