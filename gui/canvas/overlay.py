"""Draws what moves, above the still picture: breathing rings, streaming text, travelling dots."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from gui.bridge.display import Display
from gui.canvas.chrome import MARGIN, Chrome
from gui.canvas.geometry import Rect
from gui.canvas.items import EDGE_REACH, NodeItem
from gui.canvas.motion import breath, caret_shown
from gui.canvas.paint_edge import dot_places, paint_dots
from gui.canvas.paint_node import paint_moving
from gui.canvas.scene import Scene
from gui.canvas.sheet import Sheet
from gui.theme import tokens as t

STRIP = 10
"""How much of a ring's glow lies to either side of the border, in canvas units."""


class Overlay:
    """The moving layer. Keeps pictures of rings: strips of one are copied for every node of its size."""

    def __init__(self, scene: Scene, display: Display) -> None:
        self._scene, self._display = scene, display
        self._rings: dict[tuple[float, float, str, float], QPixmap] = {}

    def forget(self) -> None:
        self._rings.clear()

    def paint(self, sheet: Sheet, seen: Rect, *, calm: bool) -> None:
        """Draws the moving parts in an area of canvas units."""
        display, at = self._display, self._display.clock
        if not (display.moving or display.flowing):
            return
        items = [item for item in self._moving(seen) if item.id in display.moving]
        ringed = [item for item in items if display.face(item.id).ringed]
        if sheet.far:
            self._far(sheet, ringed, at, calm=calm)
            return
        self._dots(sheet, seen, at, calm=calm)
        self._paint_rings(sheet, ringed, breath(at, calm))
        if sheet.near:
            caret = caret_shown(at, calm)
            for item in items:
                paint_moving(sheet, item, display.face(item.id), at, caret=caret)

    def _moving(self, seen: Rect) -> list[NodeItem]:
        few = len(self._display.moving) < 200
        if few:
            nodes = self._scene.nodes
            return [nodes[key] for key in self._display.moving if key in nodes and nodes[key].rect.meets(seen)]
        return self._scene.nodes_in(seen)

    def _dots(self, sheet: Sheet, seen: Rect, at: float, *, calm: bool) -> None:
        places: list[QPointF] = []
        reach = seen.grown(EDGE_REACH)
        for key in self._display.flowing:
            item = self._scene.edges.get(key)
            if item is not None and item.curve.box.meets(reach):
                places += dot_places(item, self._display.edge(key), at, calm=calm)
        sheet.painter.setTransform(sheet.units)
        paint_dots(sheet, places)

    def _far(self, sheet: Sheet, items: list[NodeItem], at: float, *, calm: bool) -> None:
        """From afar running nodes breathe as blocks."""
        p = sheet.painter
        p.setTransform(sheet.units)
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(sheet.ink.colour("node", round(0.45 * (1 - breath(at, calm)), 2)))
        p.drawRects([QRectF(*item.rect) for item in items])
        p.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _paint_rings(self, sheet: Sheet, items: list[NodeItem], strength: float) -> None:
        groups: dict[tuple[float, float], list[NodeItem]] = {}
        for item in items:
            groups.setdefault((item.shape.width, item.shape.height), []).append(item)
        p = sheet.painter
        p.setTransform(sheet.pixels)
        for (width, height), members in groups.items():
            picture = self._ring(sheet, width, height, "state:running")
            parts = _strips(picture, sheet.scale)
            make = QPainter.PixmapFragment.create
            fragments = [
                make(QPointF(x + left, y + top), source, 1, 1, 0, strength)
                for x, y in (
                    (
                        round((item.x - MARGIN) * sheet.scale + sheet.left),
                        round((item.y - MARGIN) * sheet.scale + sheet.top),
                    )
                    for item in members
                )
                for left, top, source in parts
            ]
            p.drawPixmapFragments(fragments, len(fragments), picture)  # type: ignore[arg-type]  # the stub says one fragment, Qt takes the list

    def _ring(self, sheet: Sheet, width: float, height: float, role: str) -> QPixmap:
        key = width, height, role, sheet.scale
        found = self._rings.get(key)
        if found is None:
            if len(self._rings) > 64:
                self._rings.clear()
            found = self._rings[key] = _draw_ring(sheet, width, height, role)
        return found


def _draw_ring(sheet: Sheet, width: float, height: float, role: str) -> QPixmap:
    """A glowing border, placed in its picture as a chrome is."""
    blank = Chrome(width, height, None, "", "")
    size = sheet.chromes.chrome(blank._replace(icon="unknown", colour="node"), sheet.scale).size()
    picture = QPixmap(size)
    picture.fill(Qt.GlobalColor.transparent)
    p = QPainter(picture)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.scale(sheet.scale, sheet.scale)
    box = QRectF(MARGIN, MARGIN, width, height)
    for pen, alpha in ((12.0, 0.10), (8.0, 0.16), (4.5, 0.30), (2.0, 0.9)):
        p.setPen(QPen(sheet.ink.colour(role, alpha), pen))
        p.drawRoundedRect(box, t.RADIUS_NODE, t.RADIUS_NODE)
    p.end()
    return picture


def _strips(picture: QPixmap, scale: float) -> list[tuple[float, float, QRectF]]:
    """The four sides of a ring without its empty inside: middle (from the corner) and part of the picture."""
    width, height = picture.width(), picture.height()
    outer, inner = round((MARGIN - STRIP) * scale), round((MARGIN + t.RADIUS_NODE) * scale)
    if inner * 2 >= min(width, height):
        return [(width / 2, height / 2, QRectF(0, 0, width, height))]
    thick = inner - outer
    sides = (
        QRectF(outer, outer, width - 2 * outer, thick),
        QRectF(outer, height - inner, width - 2 * outer, thick),
        QRectF(outer, inner, thick, height - 2 * inner),
        QRectF(width - inner, inner, thick, height - 2 * inner),
    )
    return [(side.center().x(), side.center().y(), side) for side in sides]
