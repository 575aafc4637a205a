"""Dragging the handle of a bend, or the middle of a wire, leads the wire through another point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from engine.graph import commands
from engine.graph.graph import Bends
from gui.canvas.geometry import Point, snapped
from gui.canvas.gesture import Gesture, Pointer
from gui.canvas.items import EdgeItem

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

ORDER = 45
REACH: Final = 8.0
"""View pixels around the middle of a handle that belong to it."""


class Bend(Gesture):
    """A bend that goes along with the pointer, on the grid unless Alt is held.

    Args:
        bends: all bends of the edge, `which` being the one that moves.
    """

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: Stage, edge: str, bends: Bends, which: int, press: Pointer) -> None:
        self._canvas, self._edge, self._bends, self._which, self._press = canvas, edge, bends, which, press
        self._moved = False

    def move(self, at: Pointer) -> None:
        if not self._moved and not at.far_from(self._press):
            return
        self._moved = True
        there = at.scene if at.alt else (snapped(at.scene[0]), snapped(at.scene[1]))
        self._bends = (*self._bends[: self._which], there, *self._bends[self._which + 1 :])
        self._canvas.lead(self._edge, self._bends)

    def release(self, at: Pointer) -> None:
        session = self._canvas.session
        self._canvas.lead(self._edge, None)
        if self._moved:
            session.commit(commands.bend(session.graph, self._edge, self._bends), "Bend wire")
        else:
            session.select(edges=[self._edge])

    def cancel(self) -> None:
        self._canvas.lead(self._edge, None)


def new_bend(canvas: Stage, edge: EdgeItem, where: float, press: Pointer) -> Gesture:
    """Pulls a bend out of a wire at `where` (0 to 1 along it)."""
    bends, which = with_bend(canvas.scene.bends_of(edge.key), where, press.scene)
    return Bend(canvas, edge.key, bends, which, press)


def with_bend(bends: Bends, where: float, point: Point) -> tuple[Bends, int]:
    """The bends of an edge with one more at `where` along it, and which one that is."""
    which = min(int(where * (len(bends) + 1)), len(bends))
    return (*bends[:which], point, *bends[which:]), which


def bend_at(canvas: Stage, point: Point) -> tuple[str, int] | None:
    """The edge and the number of the bend whose handle lies at a point; only edges under it show theirs."""
    reach = REACH / canvas.camera.zoom
    found = canvas.scene.edge_at(point, reach)
    for which, bend in enumerate(canvas.scene.bends_of(found[0].key) if found else ()):
        if found and abs(bend[0] - point[0]) + abs(bend[1] - point[1]) <= 2 * reach:
            return found[0].key, which
    return None


def toggle_bend(canvas: Stage, point: Point) -> bool:
    """Adds a bend to the wire at a point, or takes the one that is there away. Returns whether there is a wire."""
    session, held, found = canvas.session, bend_at(canvas, point), canvas.under.edge(point)
    if held:
        edge, which = held
        bends = canvas.scene.bends_of(edge)
        session.commit(commands.bend(session.graph, edge, (*bends[:which], *bends[which + 1 :])), "Remove bend")
    elif found:
        item, where = found
        bends, _ = with_bend(canvas.scene.bends_of(item.key), where, (snapped(point[0]), snapped(point[1])))
        session.commit(commands.bend(session.graph, item.key, bends), "Add bend")
        session.select(edges=[item.key])
    return bool(held or found)


def begin(canvas: Stage, press: Pointer) -> Gesture | None:
    """Takes left presses on the handle of a bend where no node lies."""
    if press.button != Qt.MouseButton.LeftButton or press.alt or canvas.scene.node_at(press.scene):
        return None
    held = bend_at(canvas, press.scene)
    return Bend(canvas, held[0], canvas.scene.bends_of(held[0]), held[1], press) if held else None
