"""The dots that travel along edges where a value passes: places worked out once for each edge, then only looked up."""

from __future__ import annotations

from math import ceil
from typing import Final, NamedTuple

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPixmap

from gui.bridge.display import Display
from gui.bridge.versions import News
from gui.canvas.geometry import Point, Rect
from gui.canvas.items import EDGE_REACH, EdgeItem
from gui.canvas.motion import travelled
from gui.canvas.routing import Way as Course
from gui.canvas.scene import Scene
from gui.canvas.sheet import Sheet

PLACES: Final = 64
"""Steps of a dot's way."""
MOST: Final = 4000
"""Ways remembered."""
DOT, HALO = 3.4, 7.0
NEAREST_TOGETHER: Final = 90.0
"""Canvas units between two dots of an edge, roughly."""


class Way(NamedTuple):
    """An edge that dots travel along: when that began, how many dots there are, and the points of their way."""

    since: float
    dots: int
    points: list[Point]


class Dots:
    """The dots of what is seen."""

    def __init__(self, scene: Scene, display: Display) -> None:
        self._scene, self._display = scene, display
        self._near: bool | None = None
        self._news = News(scene.versions, display.versions)
        self._all: dict[str, tuple[Rect, EdgeItem]] = {}
        """All edges that dots travel along, and where they are drawn; the ways of those that were seen are made."""
        self._made: dict[str, Way] = {}
        self._ways: list[Way] = []
        self._points: dict[str, tuple[Course, list[Point]]] = {}
        self._pictures: dict[float, QPixmap] = {}

    def forget(self) -> None:
        """The look changed."""
        self._pictures.clear()

    def look_up(self, seen: Rect, *, near: bool) -> None:
        """Finds the ways that are seen (canvas units); `near` allows several dots on one."""
        changed = self._news.read()
        if near != self._near:
            changed, self._near = None, near
        if changed is None:
            self._all.clear()
            self._made.clear()
        for edge in self._display.flowing if changed is None else changed.edges:
            item = self._scene.edges.get(edge) if edge in self._display.flowing else None
            self._made.pop(edge, None)
            if item is None:
                self._all.pop(edge, None)
            else:
                self._all[edge] = item.box.moved(*self._led_away(item)), item
        reach = seen.grown(EDGE_REACH)
        self._ways = [self._way(item, near=near) for box, item in self._all.values() if box.meets(reach)]

    def _led_away(self, item: EdgeItem) -> Point:
        """How far an edge is drawn from where it runs."""
        lift = self._scene.lift
        return lift.way if lift is not None and item.key in lift.inner else (0.0, 0.0)

    def _way(self, item: EdgeItem, *, near: bool) -> Way:
        """How dots travel along an edge."""
        known = self._made.get(item.key)
        if known is None:
            a, b, (dx, dy) = item.curve.a, item.curve.b, self._led_away(item)
            length = abs(b[0] - a[0]) + abs(b[1] - a[1])
            count = max(1, min(4, round(length / NEAREST_TOGETHER))) if near else 1
            points = self._points_of(item)
            if (dx, dy) != (0.0, 0.0):
                points = [(x + dx, y + dy) for x, y in points]
            known = self._made[item.key] = Way(self._display.edge(item.key).since, count, points)
        return known

    def _points_of(self, item: EdgeItem) -> list[Point]:
        """The points of an edge's way, worked out again only when it runs elsewhere."""
        known = self._points.get(item.key)
        if known is None or known[0] is not item.curve:
            if len(self._points) > MOST:
                self._points.clear()
            known = self._points[item.key] = item.curve, item.curve.points(PLACES)
        return known[1]

    def paint(self, sheet: Sheet, at: float, *, calm: bool) -> None:
        """Draws them where they are at a time (monotonic seconds); one in the middle of each way when calm."""
        if not self._ways:
            return
        places = [
            way.points[int(share * (len(way.points) - 1))]
            for way in self._ways
            for share in ([0.5] if calm else travelled(at, way.since, way.dots))
        ]
        p, scale = sheet.painter, sheet.scale
        if sheet.vector:
            p.setTransform(sheet.units)
            for x, y in places:
                _draw_dot(p, sheet, QPointF(x, y))
            return
        picture = self._picture(sheet)
        p.setTransform(sheet.pixels)
        left, top = sheet.left - picture.width() / 2, sheet.top - picture.height() / 2
        for x, y in places:
            p.drawPixmap(round(x * scale + left), round(y * scale + top), picture)

    def _picture(self, sheet: Sheet) -> QPixmap:
        found = self._pictures.get(sheet.scale)
        if found is None:
            if len(self._pictures) > 16:
                self._pictures.clear()
            size = ceil(2 * (HALO + 1) * sheet.scale)
            found = self._pictures[sheet.scale] = QPixmap(size, size)
            found.fill(Qt.GlobalColor.transparent)
            p = QPainter(found)
            p.setRenderHint(QPainter.RenderHint.Antialiasing)
            p.translate(size / 2, size / 2)
            p.scale(sheet.scale, sheet.scale)
            _draw_dot(p, sheet, QPointF(0, 0))
            p.end()
        return found


def _draw_dot(p: QPainter, sheet: Sheet, at: QPointF) -> None:
    """A dot with its halo: nearly white on dark ground, the state's own colour on light."""
    ink = sheet.ink
    p.setPen(Qt.PenStyle.NoPen)
    p.setBrush(ink.colour("state:running", 0.32))
    p.drawEllipse(at, HALO, HALO)
    p.setBrush(ink.colour("#bfe0ff" if ink.theme.dark else "state:running"))
    p.drawEllipse(at, DOT, DOT)
