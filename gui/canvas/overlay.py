"""Draws what moves, above the still picture: breathing rings, streaming text, travelling dots."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from gui.bridge.display import Display
from gui.bridge.versions import News
from gui.canvas.chrome import MARGIN
from gui.canvas.dots import Dots
from gui.canvas.geometry import Rect, Socket
from gui.canvas.items import NodeItem
from gui.canvas.motion import breath, caret_shown
from gui.canvas.paint_node import paint_moving, paint_sockets
from gui.canvas.renderer import Renderer
from gui.canvas.scene import Scene
from gui.canvas.sheet import Sheet
from gui.theme import tokens as t

STRIP = 8
"""How much of a ring's glow lies to either side of the border, in canvas units."""


class Mover(NamedTuple):
    """A node that moves: where it is, and its box as Qt has it; made once for each change, not for each camera."""

    rect: Rect
    item: NodeItem
    ringed: bool
    box: QRectF


class Overlay:
    """The moving layer. What is seen of it is looked up once for each camera and change, then only drawn."""

    def __init__(self, scene: Scene, display: Display, renderer: Renderer) -> None:
        self._scene, self._display, self._renderer = scene, display, renderer
        self._rings: dict[tuple[float, float, bool, float], QPixmap] = {}
        self._dots = Dots(scene, display)
        self._chosen: frozenset[str] = frozenset()
        self._key: object = None
        self._news = News(scene.versions, display.versions)
        self._all: dict[str, Mover] = {}
        self._items: list[NodeItem] = []
        self._ringed: list[tuple[NodeItem, bool, dict[Socket, str]]] = []
        self._boxes: list[QRectF] = []
        self._bars: list[QRectF] = []

    def forget(self) -> None:
        """The look changed."""
        self._rings.clear()
        self._dots.forget()

    def paint(self, sheet: Sheet, seen: Rect, *, calm: bool) -> None:
        """Draws the moving parts in an area of canvas units."""
        display, at = self._display, self._display.clock
        if not (display.moving or display.flowing):
            return
        self._look_up(sheet, seen)
        p = sheet.painter
        p.setTransform(sheet.units)
        if sheet.far:
            self._blocks(sheet, breath(at, calm))
            return
        if not sheet.vector:
            self._frames(sheet, breath(at, calm)) if not sheet.near else self._paint_rings(sheet, breath(at, calm))
        self._dots.paint(sheet, at, calm=calm)
        if sheet.near:
            caret = caret_shown(at, calm)
            for item in self._items:
                paint_moving(sheet, item, display.face(item.id), at, caret=caret)

    def _look_up(self, sheet: Sheet, seen: Rect) -> None:
        """Finds what is seen: all that moves once for each change, of that what is in view once for each camera."""
        scene, display, chosen = self._scene, self._display, self._renderer.selection
        changed = self._news.read()
        if changed is None:
            self._all.clear()
        if changed is None or any(changed) or chosen != self._chosen:
            self._chosen, self._key = chosen, None
        for node in display.moving if changed is None else changed.nodes:
            item = scene.nodes.get(node) if node in display.moving else None
            if item is None:
                self._all.pop(node, None)
            else:
                rect = item.rect
                self._all[node] = Mover(rect, item, display.outline(node).ringed, QRectF(*rect))
        key = seen, sheet.scale
        if key == self._key:
            return
        self._key = key
        movers = [mover for mover in self._all.values() if mover.rect.meets(seen)]
        self._items = [mover.item for mover in movers]
        self._boxes = [mover.box for mover in movers if mover.ringed]
        if sheet.near:
            colours = self._renderer.socket_colours
            ringed = (mover.item for mover in movers if mover.ringed)
            self._ringed = [(item, item.id in chosen, colours(item)) for item in ringed]
        elif not sheet.far:
            self._bars = [bar for mover in movers if mover.ringed for bar in _bars(mover.rect, 2 / sheet.scale)]
        if not sheet.far:
            self._dots.look_up(seen, near=sheet.near)

    def _blocks(self, sheet: Sheet, strength: float) -> None:
        """From afar running nodes breathe as blocks."""
        ink, p = sheet.ink, sheet.painter
        tokens = ink.theme.tokens
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(ink.colour(tokens.tint(tokens.state("running"), round(0.55 + 0.45 * strength, 2), tokens.node)))
        p.drawRects(self._boxes)
        p.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _frames(self, sheet: Sheet, strength: float) -> None:
        """Small and many: frames of thin bars, filled in one call (pens are fifty times slower here)."""
        ink, p = sheet.ink, sheet.painter
        tokens = ink.theme.tokens
        p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(ink.colour(tokens.tint(tokens.state("running"), round(strength, 2), tokens.node)))
        p.drawRects(self._bars)
        p.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def _paint_rings(self, sheet: Sheet, strength: float) -> None:
        p, scale = sheet.painter, sheet.scale
        p.setTransform(sheet.pixels)
        p.setOpacity(round(strength, 2))
        for item, chosen, _ in self._ringed:
            picture = self._ring(sheet, item.shape.width, item.shape.height, chosen)
            left, top = round((item.x - MARGIN) * scale + sheet.left), round((item.y - MARGIN) * scale + sheet.top)
            for part in _strips(picture.width(), picture.height(), scale):
                p.drawPixmap(QPoint(left + part.x(), top + part.y()), picture, part)
        p.setOpacity(1.0)
        for item, chosen, colours in self._ringed:  # the ring lies over the sockets
            paint_sockets(sheet, item, colours, needed=chosen)

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
    scale = sheet.scale
    picture = QPixmap(round((width + 2 * MARGIN) * scale), round((height + 2 * MARGIN) * scale))
    picture.fill(Qt.GlobalColor.transparent)
    p = QPainter(picture)
    p.setRenderHint(QPainter.RenderHint.Antialiasing)
    p.scale(scale, scale)
    box = QRectF(MARGIN, MARGIN, width, height)
    grow = 3.0 if chosen else 0.0
    for pen, alpha in ((11.0, 0.07), (7.0, 0.12), (4.0, 0.24), (1.75, 0.85))[: 3 if chosen else 4]:
        p.setPen(QPen(sheet.ink.colour("state:running", alpha), pen))
        p.drawRoundedRect(box.adjusted(-grow, -grow, grow, grow), t.RADIUS_NODE + grow, t.RADIUS_NODE + grow)
    p.end()
    return picture


@lru_cache(maxsize=4096)
def _bars(box: Rect, thick: float) -> tuple[QRectF, ...]:
    x, y, w, h = box
    return (QRectF(x, y, w, thick), QRectF(x, y + h - thick, w, thick),
            QRectF(x, y, thick, h), QRectF(x + w - thick, y, thick, h))  # fmt: skip


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
