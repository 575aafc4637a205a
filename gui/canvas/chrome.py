"""A node's fixed parts (shadow, box, border, icons, text box), drawn once for each sort and size and then copied."""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, pi, sin
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen, QPixmap

from gui.canvas.geometry import SOCKET, Rect
from gui.canvas.ink import Ink
from gui.theme import tokens as t

MARGIN: Final = 32
"""Room around a node for its shadow and glow, in canvas units."""
ROUGH: Final = 2
"""A shadow is so soft that it is drawn at half the scale and enlarged: in a quarter of the time."""
ICON: Final = 16
GLYPH: Final = 14
_LAYERS: Final = 16
_KEEP, _SHADOWS = 400, 40


class Chrome(NamedTuple):
    """What makes two nodes look alike but for their words. `border` is a role of the theme."""

    width: float
    height: float
    well: Rect | None
    icon: str
    colour: str
    glyph: str = ""
    glyph_colour: str = ""
    border: str = "line"
    glow: bool = False
    dashed: bool = False
    near: bool = True


class ChromeCache:
    """Pictures of chromes and sockets at the scales they were asked for."""

    def __init__(self, ink: Ink) -> None:
        self._ink = ink
        self._pictures: dict[tuple[object, float], QPixmap] = {}
        self._shadows: dict[tuple[float, float, float], QImage] = {}
        """By width, height and scale: most of a chrome's time is its shadow, and it is the same in every state."""

    def forget(self) -> None:
        self._pictures.clear()
        self._shadows.clear()

    def chrome(self, chrome: Chrome, scale: float) -> QPixmap:
        """The picture at `scale` device pixels for each canvas unit; the node begins at `MARGIN * scale`."""
        return self._get(chrome, scale, Rect(-MARGIN, -MARGIN, chrome.width + 2 * MARGIN, chrome.height + 2 * MARGIN))

    def socket(self, colour: str, scale: float) -> QPixmap:
        """The picture of a socket; its middle is the picture's."""
        reach = SOCKET + 2
        return self._get(colour, scale, Rect(-reach, -reach, 2 * reach, 2 * reach))

    def _get(self, what: Chrome | str, scale: float, box: Rect) -> QPixmap:
        key = (what, scale)
        found = self._pictures.get(key)
        if found is not None:
            return found
        if len(self._pictures) > _KEEP:
            self._pictures.clear()
        if isinstance(what, Chrome):
            under = None if what.dashed else self._shadow(what.width, what.height, scale, box)
            deep = _drawn(box, scale, lambda p: draw_body(p, self._ink, what), under)
        else:
            deep = _drawn(box, scale, lambda p: draw_socket(p, self._ink, what, 0, 0))
        found = self._pictures[key] = QPixmap.fromImage(deep)
        return found

    def _shadow(self, width: float, height: float, scale: float, box: Rect) -> QImage:
        key = width, height, scale
        found = self._shadows.get(key)
        if found is None:
            if len(self._shadows) > _SHADOWS:
                self._shadows.clear()
            body = QRectF(0, 0, width, height)
            rough = _drawn(box, scale / ROUGH, lambda p: _shadow(p, self._ink, body))
            part = QRectF(0, 0, box.w * scale / ROUGH, box.h * scale / ROUGH)
            found = self._shadows[key] = _drawn(box, scale, lambda p: p.drawImage(QRectF(*box), rough, part))
        return found


def _drawn(box: Rect, scale: float, draw: Callable[[QPainter], None], under: QImage | None = None) -> QImage:
    """A picture of a box (canvas units) in sixteen bits a channel: a shadow made of many faint layers would take on a
    tint in eight."""
    size = max(1, ceil(box.w * scale)), max(1, ceil(box.h * scale))
    deep = QImage(*size, QImage.Format.Format_RGBA64_Premultiplied) if under is None else under.copy()
    if under is None:
        deep.fill(Qt.GlobalColor.transparent)
    p = QPainter(deep)
    p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    p.scale(scale, scale)
    p.translate(-box.x, -box.y)
    draw(p)
    p.end()
    return deep


def draw_chrome(p: QPainter, ink: Ink, chrome: Chrome) -> None:
    """Draws a chrome with the node's corner at the painter's origin."""
    if not chrome.dashed:
        _shadow(p, ink, QRectF(0, 0, chrome.width, chrome.height))
    draw_body(p, ink, chrome)


def draw_body(p: QPainter, ink: Ink, chrome: Chrome) -> None:
    """Draws all of a chrome but its shadow."""
    box = QRectF(0, 0, chrome.width, chrome.height)
    if chrome.glow:
        _glow(p, ink, box, chrome.border)
    pen = QPen(ink.colour(chrome.border), 1.5 if chrome.border != "line" else 1.0)
    if chrome.dashed:
        pen.setStyle(Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([4.0, 3.0])
    p.setPen(pen)
    p.setBrush(ink.colour("node", 0.5 if chrome.dashed else 1.0))
    p.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), t.RADIUS_NODE, t.RADIUS_NODE)
    if chrome.well and chrome.near:
        p.setPen(Qt.PenStyle.NoPen)
        p.setBrush(ink.colour("well", 0.5 if chrome.dashed else 1.0))
        p.drawRoundedRect(QRectF(*chrome.well), t.RADIUS_FIELD, t.RADIUS_FIELD)
    _icon(p, ink, chrome.icon, ICON, chrome.colour, 13, 18 - ICON / 2)
    _icon(p, ink, chrome.glyph, GLYPH, chrome.glyph_colour, chrome.width - 12 - GLYPH, 18 - GLYPH / 2)


def draw_socket(p: QPainter, ink: Ink, colour: str, x: float, y: float, radius: float = SOCKET) -> None:
    """Draws a socket with its middle at `x`, `y`, set off from its surroundings by a fine ring of the ground."""
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(ink.colour("ground"))
    p.drawEllipse(QPointF(x, y), radius + 1.25, radius + 1.25)
    p.setBrush(ink.colour(colour))
    p.drawEllipse(QPointF(x, y), radius, radius)


def _icon(p: QPainter, ink: Ink, name: str, size: int, colour: str, x: float, y: float) -> None:
    if name:
        ink.icon(name, colour).render(p, QRectF(x, y, size, size))


def _shadow(p: QPainter, ink: Ink, box: QRectF) -> None:
    """A soft shadow as many faint boxes over each other: crisp at any scale, and the same in an SVG."""
    shadow = ink.theme.tokens.node_shadow
    p.setPen(Qt.PenStyle.NoPen)
    for layer in range(_LAYERS):
        share = layer / (_LAYERS - 1)
        weight = sin(pi * (share + 0.5 / _LAYERS)) ** 2 * 2 / _LAYERS  # they add up to one, the outermost being faint
        grow = shadow.blur * 0.7 * (1 - 1.8 * share)
        if grow + shadow.drop <= 0:
            return  # this one and those within it lie under the body
        p.setBrush(ink.colour(shadow.colour, round(1 - (1 - shadow.alpha) ** weight, 5)))
        part = box.adjusted(-grow, -grow + shadow.drop, grow, grow + shadow.drop)
        radius = max(2.0, t.RADIUS_NODE + grow)
        p.drawRoundedRect(part, radius, radius)


def _glow(p: QPainter, ink: Ink, box: QRectF, role: str) -> None:
    p.setBrush(Qt.BrushStyle.NoBrush)
    for width, alpha in ((7.0, 0.10), (4.5, 0.18), (2.5, 0.22)):
        p.setPen(QPen(ink.colour(role, alpha), width))
        p.drawRoundedRect(box, t.RADIUS_NODE, t.RADIUS_NODE)


def node_outline(width: float, height: float) -> QPainterPath:
    """A node's outline from its corner, for clipping."""
    path = QPainterPath()
    path.addRoundedRect(QRectF(0, 0, width, height), t.RADIUS_NODE, t.RADIUS_NODE)
    return path
