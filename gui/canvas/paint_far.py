"""Draws the canvas from afar: nodes as blocks and edges as straight lines, all of one colour in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui.bridge.faces import EdgeFace, Face
from gui.canvas.items import EdgeItem, NodeItem
from gui.canvas.sheet import Sheet

Lines = dict[tuple[str, float], list[QLineF]]
"""Edges from afar by the colour (role of the theme) and opacity that they are drawn in; canvas units."""
Blocks = dict[tuple[str, bool], list[QRectF]]
"""Nodes from afar by their role and whether they are selected; canvas units."""


class Far(NamedTuple):
    """All of a graph ready to be drawn from afar: made once for each change and good for every camera."""

    key: object
    lines: Lines
    blocks: Blocks


def lines_of(edges: Iterable[EdgeItem], face_of: Callable[[str], EdgeFace]) -> Lines:
    """Edges as straight lines."""
    groups: Lines = {}
    last, lines = None, list[QLineF]()
    for item in edges:
        face, way = face_of(item.key), item.curve
        if face is not last:  # most share one: at rest all do
            last, lines = face, groups.setdefault((face.colour, face.alpha), [])
        for piece in way.pieces:
            lines.append(QLineF(*piece.a, *piece.b))
    return groups


def blocks_of(nodes: Iterable[NodeItem], face_of: Callable[[str], Face], selection: frozenset[str]) -> Blocks:
    """Nodes as blocks in the colour of their state, else of their kind."""
    groups: Blocks = {}
    for item in nodes:
        key = block_role(item, face_of(item.id)), item.id in selection
        groups.setdefault(key, []).append(QRectF(item.x, item.y, item.shape.width, item.shape.height))
    return groups


def paint_far(sheet: Sheet, lines: Lines, blocks: Blocks) -> None:
    """Draws edges as hairlines and nodes above them. The painter's units are canvas units."""
    p, ink = sheet.painter, sheet.ink
    p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for (role, alpha), group in lines.items():
        p.setPen(QPen(ink.colour(role, alpha), 0))
        p.drawLines(group)
    for (role, selected), boxes in blocks.items():
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
