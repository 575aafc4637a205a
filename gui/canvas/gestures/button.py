"""A press on the button that a node shows in a run, as to the log of one that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from gui.canvas.gesture import Gesture, Pointer

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

ORDER = 15


class PressButton(Gesture):
    """Takes effect when it is let go where it was pressed."""

    cursor = Qt.CursorShape.PointingHandCursor

    def __init__(self, canvas: Stage, node: str) -> None:
        self._canvas, self._node = canvas, node

    def release(self, at: Pointer) -> None:
        if self._canvas.under.button(at.scene) == self._node:
            self._canvas.button_pressed.emit(self._node)


def begin(canvas: Stage, press: Pointer) -> Gesture | None:
    """Takes left presses on a button."""
    node = canvas.under.button(press.scene) if press.button == Qt.MouseButton.LeftButton else ""
    return PressButton(canvas, node) if node else None
