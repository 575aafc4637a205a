"""What a gesture is: it previews while the mouse moves and commits one step on release. See `gestures`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import Qt

from engine.base import discover
from gui.canvas.geometry import Point
from gui.canvas.sheet import Sheet

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

SLACK = 4.0
"""View pixels that the mouse may move in a click."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """The mouse at one moment. `space`: the space bar is held."""

    view: Point
    scene: Point
    button: Qt.MouseButton
    keys: Qt.KeyboardModifier
    space: bool = False

    @property
    def shift(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.ShiftModifier)

    @property
    def ctrl(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.ControlModifier)

    @property
    def alt(self) -> bool:
        return bool(self.keys & Qt.KeyboardModifier.AltModifier)

    def far_from(self, other: Pointer) -> bool:
        """Whether the way from there is more than a click's."""
        return abs(self.view[0] - other.view[0]) + abs(self.view[1] - other.view[1]) > SLACK


class Gesture:
    """A gesture in progress, made by a `begin` on a press. Only `release` may change the document."""

    cursor: Qt.CursorShape | None = None

    def move(self, at: Pointer) -> None:
        """The mouse moved with the button held."""

    def release(self, at: Pointer) -> None:
        """The button was let go: the gesture takes effect."""

    def cancel(self) -> None:
        """Escape, or the window lost the mouse: nothing has happened."""

    def paint(self, sheet: Sheet) -> None:
        """Draws the preview. The painter's units are canvas units."""


Begin: TypeAlias = "Callable[[Stage, Pointer], Gesture | None]"
"""Gives a gesture if a press begins one."""


def load() -> list[Begin]:
    """The gestures of the folder, those with the smaller ORDER asked first."""
    found = sorted(discover.modules("gui.canvas.gestures"), key=lambda module: int(module.ORDER))
    return [module.begin for module in found]
