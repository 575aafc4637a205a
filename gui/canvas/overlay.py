"""Draws what moves, above the still picture: breathing rings, streaming text, travelling dots."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from gui.bridge.display import Display
from gui.canvas.chrome import MARGIN, Chrome
from gui.canvas.geometry import Rect
from gui.canvas.items import EDGE_REACH, NodeItem
from gui.canvas.motion import breath, caret_shown
from gui.canvas.paint_edge import dot_places, paint_dots
from gui.canvas.paint_node import paint_moving, paint_sockets
from gui.canvas.renderer import Renderer
from gui.canvas.scene import Scene
from gui.canvas.sheet import Sheet
from gui.theme import tokens as t

STRIP = 10
"""How much of a ring's glow lies to either side of the border, in canvas units."""


class Overlay:
    """The moving layer. Keeps pictures of rings: strips of one are copied for every node of its size."""

    def __init__(self, scene: Scene, display: Display, renderer: Renderer) -> None:
        self._scene, self._display, self._renderer = scene, display, renderer
        self._rings: dict[tuple[float, float, bool, float], QPixmap] = {}

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
        if not sheet.vector:
            self._paint_rings(sheet, ringed, breath(at, calm))
        self._dots(sheet, seen, at, calm=calm)
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
        p = sheet.painter
        if not sheet.near:  # small and many: plain frames in one call
            p.setTransform(sheet.units)
            p.setBrush(Qt.BrushStyle.NoBrush)
            p.setPen(QPen(sheet.ink.colour("state:running", round(strength, 2)), 2.5 / sheet.zoom))
            p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            p.drawRects([QRectF(*item.rect) for item in items])
            p.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            return
        for item in items:
            chosen = item.id in self._renderer.selection
            picture = self._ring(sheet, item.shape.width, item.shape.height, chosen)
            p.setTransform(sheet.pixels)
            p.setOpacity(strength)
            left = round((item.x - MARGIN) * sheet.scale + sheet.left)
            top = round((item.y - MARGIN) * sheet.scale + sheet.top)
            for part in _strips(picture.width(), picture.height(), sheet.scale):
                p.drawPixmap(QPoint(left + part.x(), top + part.y()), picture, part)
            p.setOpacity(1.0)
            paint_sockets(sheet, item, self._renderer.socket_colours(item), needed=chosen)

    def _ring(self, sheet: Sheet, width: float, height: float, chosen: bool) -> QPixmap:
        key = width, height, chosen, sheet.scale
        found = self._rings.get(key)
        if found is None:
            if len(self._rings) > 64:
                self._rings.clear()
            found = self._rings[key] = _draw_ring(sheet, width, height, chosen=chosen)
        return found


def _draw_ring(sheet: Sheet, width: float, height: float, *, chosen: bool) -> QPixmap:
    """A glowing border, placed in its picture as a chrome is; around a selected node the border itself stays free."""
    blank = Chrome(width, height, None, "", "")
    size = sheet.chromes.chrome(blank._replace(icon="unknown", colour="node"), sheet.scale).size()
    picture = QPixmap(size)
    picture.fill(Qt.GlobalColor.transparent)
    p = QPainter(picture)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.scale(sheet.scale, sheet.scale)
    box = QRectF(MARGIN, MARGIN, width, height)
    grow = 3.0 if chosen else 0.0
    for pen, alpha in ((11.0, 0.07), (7.0, 0.12), (4.0, 0.24), (1.75, 0.85))[: 3 if chosen else 4]:
        p.setPen(QPen(sheet.ink.colour("state:running", alpha), pen))
        p.drawRoundedRect(box.adjusted(-grow, -grow, grow, grow), t.RADIUS_NODE + grow, t.RADIUS_NODE + grow)
    p.end()
    return picture


@lru_cache(maxsize=128)
def _strips(width: int, height: int, scale: float) -> tuple[QRect, ...]:
    """The parts of a ring's picture along its four sides: its empty inside costs nothing."""
    outer, inner = round((MARGIN - STRIP) * scale), round((MARGIN + t.RADIUS_NODE) * scale)
    if inner * 2 >= min(width, height):
        return (QRect(0, 0, width, height),)
    thick = inner - outer
    return (
        QRect(outer, outer, width - 2 * outer, thick),
        QRect(outer, height - inner, width - 2 * outer, thick),
        QRect(outer, inner, thick, height - 2 * inner),
        QRect(width - inner, inner, thick, height - 2 * inner),
    )
