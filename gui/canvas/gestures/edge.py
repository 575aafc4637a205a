"""Pressing a wire selects it, with Alt breaks it; pulling at an end takes that off, in the middle makes a bend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from engine.graph import commands
from gui.canvas.gesture import Gesture, Pointer
from gui.canvas.gestures.bend import new_bend
from gui.canvas.gestures.wire import pull_end
from gui.canvas.items import EdgeItem
from gui.canvas.sheet import Sheet

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

ORDER = 50
END: Final = 0.25
"""The share of a wire that counts as its end."""


class HoldEdge(Gesture):
    """A press on a wire: a click until it moves, then its end is pulled off, or it is bent."""

    def __init__(self, canvas: Stage, edge: EdgeItem, where: float, press: Pointer) -> None:
        self._canvas, self._edge, self._where, self._press = canvas, edge, where, press
        self._pulled: Gesture | None = None

    def move(self, at: Pointer) -> None:
        if self._pulled is None and at.far_from(self._press):
            if END < self._where < 1 - END:
                self._pulled = new_bend(self._canvas, self._edge, self._where, self._press)
            else:
                self._pulled = pull_end(self._canvas, self._edge, self._where, self._press)
        if self._pulled:
            self._pulled.move(at)

    def release(self, at: Pointer) -> None:
        session, key = self._canvas.session, self._edge.key
        if self._pulled:
            self._pulled.release(at)
        elif self._press.alt:
            session.commit(commands.remove(session.graph, edges=[key]), "Break wire")
        elif self._press.shift:
            session.select(session.selection, session.edge_selection ^ {key}, session.mark_selection)
        else:
            session.select(edges=[key])

    def cancel(self) -> None:
        if self._pulled:
            self._pulled.cancel()

    def paint(self, sheet: Sheet) -> None:
        if self._pulled:
            self._pulled.paint(sheet)


def begin(canvas: Stage, press: Pointer) -> Gesture | None:
    """Takes left presses on a wire where no node lies."""
    if press.button != Qt.MouseButton.LeftButton or canvas.scene.node_at(press.scene):
        return None
    found = canvas.under.edge(press.scene)
    return HoldEdge(canvas, *found, press) if found else None
