"""What the canvas does with the keyboard: walking along edges, nudging, deleting; all else is the studio's actions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from engine.graph import commands, marks
from gui.canvas.geometry import GRID, Point
from gui.canvas.items import NodeItem
from gui.canvas.load import Load
from gui.canvas.placing import upstream
from gui.canvas.scene import Scene

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

_ARROWS: Final[dict[int, Point]] = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1),
}  # fmt: skip


def press(canvas: Canvas, event: QKeyEvent) -> bool:
    """Acts on a key. Returns whether it meant anything here."""
    key, held = event.key(), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if key in _ARROWS and held in (
        Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier,
    ):  # fmt: skip
        _arrow(canvas, _ARROWS[key], held)
        return True
    if held != Qt.KeyboardModifier.NoModifier:
        return False
    if key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
        delete(canvas)
    elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and len(canvas.session.selection) == 1:
        canvas.node_activated.emit(next(iter(canvas.session.selection)))
    elif key == Qt.Key.Key_Tab:
        canvas.ask_to_add_at_pointer()
    elif key == Qt.Key.Key_Escape:
        leave(canvas)
    else:
        return False
    return True


def leave(canvas: Canvas) -> None:
    """Escape: selects nothing; where nothing is selected it leads out of the container one is in."""
    session = canvas.session
    if any(session.selected):
        session.select()
    else:
        session.go_up()


def delete(canvas: Canvas) -> None:
    """Removes what is selected; a removed link of a chain leaves its neighbours joined."""
    session = canvas.session
    nodes, edges, chosen = session.selected
    if not any(session.selected):
        return
    mark = "frame" if chosen & session.graph.frames.keys() else "note"
    count, what = (len(nodes), "node") if nodes else (len(edges), "wire") if edges else (len(chosen), mark)
    label = f"Delete {what}" if count == 1 else f"Delete {count} {what}s"
    after = commands.remove(session.graph, nodes, edges, keep_chain=True)
    session.commit(marks.remove_marks(after, chosen) if chosen else after, label)


def _arrow(canvas: Canvas, towards: Point, held: Qt.KeyboardModifier) -> None:
    session = canvas.session
    if held == Qt.KeyboardModifier.AltModifier:
        _nudge(canvas, towards)
    elif held == Qt.KeyboardModifier.ShiftModifier:
        if towards[0]:
            found = {n for node in session.selection for n in upstream(session.graph, node, down=towards[0] > 0)}
            session.select(session.selection | found, *session.selected[1:])
    else:
        here = next((canvas.scene.nodes[n] for n in session.graph.nodes if n in session.selection), None)
        there = neighbour(canvas.scene, here, towards)
        if there is not None:
            session.select([there.id])
            canvas.reveal(there.rect)


def _nudge(canvas: Canvas, towards: Point) -> None:
    session = canvas.session
    nodes, _, chosen = session.selected
    if nodes or chosen:
        after = Load(canvas, nodes, chosen).moved(session.graph, towards[0] * GRID, towards[1] * GRID)
        session.commit(after, "Nudge", merge=f"nudge {' '.join(sorted((*nodes, *chosen)))}")


def neighbour(scene: Scene, here: NodeItem | None, towards: Point) -> NodeItem | None:
    """Where an arrow leads: along an edge to the left and right, else to the nearest node on that side."""
    if here is None:
        return next(iter(scene.nodes.values()), None)
    others = [item for item in scene.nodes.values() if item is not here]
    if towards[0]:
        edges = scene.graph.outgoing(here.id) if towards[0] > 0 else scene.graph.incoming(here.id)
        ends = {edge.target if towards[0] > 0 else edge.source for edge in edges}
        along = [item for item in others if item.id in ends]
        others = along or others
        if along:
            return min(along, key=lambda item: _distance(here, item, towards))
    ahead = [item for item in others if _ahead(here, item, towards)]
    return min(ahead, key=lambda item: _distance(here, item, towards), default=None)


def _ahead(here: NodeItem, item: NodeItem, towards: Point) -> bool:
    a, b = here.rect.centre, item.rect.centre
    return (b[0] - a[0]) * towards[0] + (b[1] - a[1]) * towards[1] > 1


def _distance(here: NodeItem, item: NodeItem, towards: Point) -> float:
    """How far, what lies aside counting double."""
    a, b = here.rect.centre, item.rect.centre
    dx, dy = abs(b[0] - a[0]), abs(b[1] - a[1])
    return dx + 2 * dy if towards[0] else dy + 2 * dx
