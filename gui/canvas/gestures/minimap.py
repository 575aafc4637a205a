"""Pressing in the minimap goes there; dragging in it travels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from gui.canvas.gesture import Gesture, Pointer

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

ORDER = 0


class Travel(Gesture):
    cursor = Qt.CursorShape.ClosedHandCursor

    def __init__(self, canvas: Stage, press: Pointer) -> None:
        self._canvas = canvas
        canvas.minimap.held = True
        self.move(press)

    def move(self, at: Pointer) -> None:
        there = self._canvas.minimap.to_scene(at.view, self._canvas.view_size)
        if there is not None:
            self._canvas.set_camera(self._canvas.camera.centred(there, self._canvas.view_size))

    def release(self, at: Pointer) -> None:
        self.cancel()

    def cancel(self) -> None:
        self._canvas.minimap.held = False


def begin(canvas: Stage, press: Pointer) -> Gesture | None:
    """Takes left presses inside the minimap."""
    inside = canvas.minimap.holds(press.view, canvas.view_size)
    return Travel(canvas, press) if inside and press.button == Qt.MouseButton.LeftButton else None
