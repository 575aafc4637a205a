"""Dragging a note, or a frame by its title, moves it with what stands in it; dragging a border changes its size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from engine.graph import marks
from gui.canvas.geometry import Rect, snapped
from gui.canvas.gesture import Gesture, Pointer
from gui.canvas.load import Load
from gui.canvas.marks import Grip

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

ORDER = 60


class HoldMark(Gesture):
    """A press on a frame or note: a click until it moves, then a drag. With Alt a frame leaves what stands in it."""

    def __init__(self, canvas: Stage, grip: Grip, press: Pointer) -> None:
        self._canvas, self._grip, self._press = canvas, grip, press
        self._load: Load | None = None
        self._way = (0.0, 0.0)
        self._rect = canvas.scene.marks.rect(grip.mark) or Rect(0, 0, 0, 0)
        session = canvas.session
        if grip.mark not in session.mark_selection and not press.shift:
            session.select(marks=[grip.mark])

    def move(self, at: Pointer) -> None:
        if self._load is None:
            if not at.far_from(self._press):
                return
            session = self._canvas.session
            self._load = Load(self._canvas, session.selection, session.mark_selection | {self._grip.mark},
                              alone=self._press.alt)  # fmt: skip
        rect = self._rect
        dx, dy = at.scene[0] - self._press.scene[0], at.scene[1] - self._press.scene[1]
        self._way = snapped(rect.x + dx) - rect.x, snapped(rect.y + dy) - rect.y
        if self._grip.resizes:
            self._canvas.drag_marks({self._grip.mark: self._resized()})
        else:
            self._load.show(*self._way)

    def release(self, at: Pointer) -> None:
        session = self._canvas.session
        if self._load is None:
            if self._press.shift:
                session.select(*session.selected[:2], session.mark_selection ^ {self._grip.mark})
            else:
                session.select(marks=[self._grip.mark])
            return
        self._load.put_back()
        if self._grip.resizes:
            after, label = marks.set_rect(session.graph, self._grip.mark, self._resized()), "Resize"
        else:
            after, label = self._load.moved(session.graph, *self._way), self._load.label
        session.commit(after, label)

    def cancel(self) -> None:
        if self._load is not None:
            self._load.put_back()
            self._canvas.drag_marks({})

    def _resized(self) -> Rect:
        return self._grip.resized(self._rect, *self._way)


def begin(canvas: Stage, press: Pointer) -> Gesture | None:
    """Takes left presses on a frame or note where no node and no wire lies."""
    if press.button != Qt.MouseButton.LeftButton:
        return None
    grip = canvas.under.mark(press.scene)
    return HoldMark(canvas, grip, press) if grip else None
