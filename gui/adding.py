"""Which kinds can be added where, and a free place for one that is added without the pointer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF

from engine.graph import commands
from engine.graph.graph import Graph
from engine.kinds.registry import AnyKind
from engine.plan.ports import find, ports_of
from gui.canvas.placing import WireEnd, first_fit
from gui.session import Session

if TYPE_CHECKING:
    from gui.studio import Studio

STEP = 32.0
NEAR = 24.0


def fitting(session: Session, wire: WireEnd | None) -> Iterator[AnyKind]:
    """The kinds with a port that takes a wire; all when there is none."""
    if wire is None:
        yield from session.kinds
        return
    theirs = ports_of(session.graph, session.kinds, wire.node) if wire.node in session.graph.nodes else None
    hanging = find(theirs.outputs if wire.output else theirs.inputs, wire.port) if theirs else None
    for kind in session.kinds:
        ours = session.kinds.ports(kind.name, kind.starter)
        if ours is not None and hanging is not None and first_fit(ours, hanging, output=not wire.output):
            yield kind


def insert(studio: Studio, part: Graph, label: str) -> None:
    """Adds a graph's nodes in the middle of the canvas, on free ground: one step, and what it could do is not ours."""
    session = studio.session
    xs, ys = [x for x, _ in part.places.values()] or [0.0], [y for _, y in part.places.values()] or [0.0]
    middle = studio.canvas.scene_centre()
    corner = QPointF(middle.x() - (max(xs) - min(xs)) / 2, middle.y() - (max(ys) - min(ys)) / 2)
    at = _free_place(session.graph, corner)
    after, ids = commands.insert(session.graph, part, (round(at.x() - min(xs)), round(at.y() - min(ys))))
    if session.commit(after, label, foreign=True):
        session.select(ids.values())
        studio.canvas.reveal_selection()


def _free_place(graph: Graph, at: QPointF) -> QPointF:
    """The point itself, or one a little lower and to the right where no node stands already."""
    x, y = at.x(), at.y()
    taken = list(graph.places.values())
    while any(abs(x - a) < NEAR * 4 and abs(y - b) < NEAR for a, b in taken):
        x, y = x + STEP, y + STEP
    return QPointF(x, y)
