"""Draws the canvas from afar: nodes as blocks and edges as straight lines, all of one colour in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui.bridge.faces import EdgeFace, Face
from gui.canvas.items import EdgeItem, NodeItem
from gui.canvas.sheet import Sheet


def paint_far_edges(sheet: Sheet, edges: Iterable[EdgeItem], face_of: Callable[[str], EdgeFace]) -> None:
    """Draws edges as hairlines. The painter's units are canvas units."""
    p = sheet.painter
    groups: dict[tuple[str, float], list[QLineF]] = {}
    last, lines = None, list[QLineF]()
    for item in edges:
        face, curve = face_of(item.key), item.curve
        if face is not last:  # most share one: at rest all do
            last, lines = face, groups.setdefault((face.colour, face.alpha), [])
        for piece in curve.pieces:
            lines.append(QLineF(*piece.a, *piece.b))
    p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for (role, alpha), lines in groups.items():
        p.setPen(QPen(sheet.ink.colour(role, alpha), 0))
        p.drawLines(lines)


def paint_far_nodes(
    sheet: Sheet, nodes: Iterable[NodeItem], face_of: Callable[[str], Face], selection: frozenset[str]
) -> None:
    """Draws nodes as blocks in the colour of their state, else of their kind. The painter's units are canvas units."""
    p, ink = sheet.painter, sheet.ink
    groups: dict[tuple[str, bool], list[QRectF]] = {}
    for item in nodes:
        groups.setdefault((block_role(item, face_of(item.id)), item.id in selection), []).append(
            QRectF(item.x, item.y, item.shape.width, item.shape.height)
        )
    p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for (role, selected), boxes in groups.items():
        state = role.startswith("state:")
        role = role.replace("mark:", "state:")
        p.setBrush(ink.colour(role, 0.85) if state else ink.colour("node"))
        p.setPen(QPen(ink.colour("accent"), 2 / sheet.zoom) if selected else _far_pen(sheet, role, state=state))
        p.drawRects(boxes)
    p.setRenderHint(QPainter.RenderHint.Antialiasing, True)


def block_role(item: NodeItem, face: Face) -> str:
    """The colour of a node seen from afar. A problem at rest colours its outline: only a run fills blocks."""
    if face.marked:
        return f"mark:{face.status}"
    if item.caption.aside:
        return "line"
    idle = face.status in ("", "queued", "skipped", "cancelled")
    return f"kind:{item.caption.colour}" if idle else f"state:{face.status}"


def _far_pen(sheet: Sheet, role: str, *, state: bool) -> QPen:
    return QPen(Qt.PenStyle.NoPen) if state else QPen(sheet.ink.colour(role, 0.7), 0)
