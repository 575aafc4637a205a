"""Draws edges: curves in the colour of their state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPen

from gui.bridge.faces import EdgeFace
from gui.canvas.chrome import draw_socket
from gui.canvas.geometry import Point
from gui.canvas.ink import Ink
from gui.canvas.items import EdgeItem
from gui.canvas.routing import Way
from gui.canvas.sheet import Sheet

WIDTH, WIDTH_LIT = 1.75, 2.5
BADGE: Final = 15.0
"""Side of the sign of a problem on an edge."""
BEND: Final = 5.0
"""Radius of the handle of a bend."""
BREAK_RADIUS: Final = 5.5
"""Of the dot at which a run holds."""
_DASHES: Final = [3.0, 3.0]
_TEAM: Final = [6.0, 3.0]
"""An edge that joins a specialist to its manager: no value runs along it (S7)."""


def path_of(way: Way) -> QPainterPath:
    """A way as Qt draws it."""
    path = QPainterPath(QPointF(*way.a))
    for curve in way.pieces:
        path.cubicTo(QPointF(*curve.c), QPointF(*curve.d), QPointF(*curve.b))
    return path


def pen_of(ink: Ink, face: EdgeFace, *, selected: bool, broken: bool, delegates: bool = False) -> QPen:
    """The pen of an edge's state; `delegates` for one to a specialist."""
    role = "state:retry" if broken and face.colour == "wire" else face.colour
    pen = QPen(ink.colour(role, face.alpha), WIDTH_LIT if face.wide else WIDTH)
    if selected:
        pen = QPen(ink.colour("accent"), WIDTH_LIT)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    if delegates or (not selected and (face.dashed or broken)):
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        pen.setDashPattern(_TEAM if delegates and not broken else _DASHES)
    return pen


def paint_edge(sheet: Sheet, item: EdgeItem, face: EdgeFace, *, selected: bool = False) -> None:
    """Draws an edge. The painter's units are canvas units."""
    p = sheet.painter
    p.setBrush(Qt.BrushStyle.NoBrush)
    p.setPen(pen_of(sheet.ink, face, selected=selected, broken=item.broken, delegates=item.delegates))
    p.drawPath(path_of(item.curve))
    if face.wrong:
        _paint_badge(sheet, item.curve, face.wrong)
    if face.breaks:
        points = item.curve.points(2)
        draw_socket(p, sheet.ink, "state:failed", *points[len(points) // 2], radius=BREAK_RADIUS)


def _paint_badge(sheet: Sheet, curve: Way, severity: str) -> None:
    """A sign in the middle of an edge that has a problem."""
    points = curve.points(2)
    middle = QPointF(*points[len(points) // 2])
    sheet.painter.setPen(Qt.PenStyle.NoPen)
    sheet.painter.setBrush(sheet.ink.colour("ground"))
    sheet.painter.drawEllipse(middle, BADGE * 0.7, BADGE * 0.7)
    box = QRectF(middle.x() - BADGE / 2, middle.y() - BADGE / 2, BADGE, BADGE)
    icon, role = ("error", "state:failed") if severity == "error" else ("warning", "state:retry")
    sheet.ink.icon(icon, role).render(sheet.painter, box)


def paint_bends(sheet: Sheet, bends: Sequence[Point]) -> None:
    """Draws the handles of the points that an edge is led through. The painter's units are canvas units."""
    sheet.painter.setPen(QPen(sheet.ink.colour("ground"), 1.25))
    sheet.painter.setBrush(sheet.ink.colour("accent"))
    for point in bends:
        sheet.painter.drawEllipse(QPointF(*point), BEND, BEND)


def paint_wire(sheet: Sheet, curve: Way, role: str) -> None:
    """Draws a wire that is being dragged."""
    sheet.painter.setBrush(Qt.BrushStyle.NoBrush)
    sheet.painter.setPen(QPen(sheet.ink.colour(role), WIDTH_LIT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    sheet.painter.drawPath(path_of(curve))
