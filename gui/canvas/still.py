"""The picture of all that stands still, kept between frames: a pan moves it, a change repaints its area."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPixmap, QRegion

from gui.canvas.geometry import Rect

MANY, FEW = 48, 4
"""More changed areas than this are gathered by where they lie first, and repainted as one if they are as many still.
Few already are where all is drawn at once anyway: from afar."""
CELL: Final = 256
"""Device pixels along the side of the squares that many changed areas are gathered in."""
Paint = Callable[[QPainter, Rect], None]


class Still:
    """A picture as large as the view, in device pixels. `left`, `top` are where the canvas origin lies in it.

    Args:
        clear: what is not painted lets through what lies below; else each area is painted in full.
    """

    def __init__(self, *, clear: bool = False) -> None:
        self._clear = clear
        self._picture: QPixmap | None = None
        self._scale = 0.0
        self._left = self._top = 0
        self._dirty: list[Rect] = []
        self._all = True

    def invalidate(self, area: Rect) -> None:
        """Marks an area (canvas units) as changed."""
        if not self._all:
            scale = self._scale
            left, top = area.x * scale + self._left, area.y * scale + self._top
            self._dirty.append(Rect(left - 1, top - 1, area.w * scale + 2, area.h * scale + 2))
            if len(self._dirty) > 4096:
                self.invalidate_all()

    def invalidate_all(self) -> None:
        self._all = True
        self._dirty.clear()

    def picture(
        self, size: tuple[int, int], scale: float, left: int, top: int, paint: Paint, most: int = MANY
    ) -> QPixmap:
        """The picture for a camera, with what changed painted anew.

        Args:
            size: in device pixels.
            scale: device pixels for each canvas unit.
            paint: draws an area (device pixels); the painter is clipped to it.
            most: changed areas; more of them are painted as one.
        """
        picture = self._picture
        if picture is None or (picture.width(), picture.height()) != size or scale != self._scale:
            if picture is None or picture.size().toTuple() != size:
                picture = self._picture = QPixmap(*size)
                if self._clear:
                    picture.fill(Qt.GlobalColor.transparent)
            self._all = True
        whole = Rect(0, 0, *size)
        if not self._all and (left, top) != (self._left, self._top):
            self._scroll(picture, left - self._left, top - self._top)
        self._scale, self._left, self._top = scale, left, top
        areas = [whole] if self._all else _joined(self._dirty, whole, most)
        self._dirty, self._all = [], False
        if areas:
            p = QPainter(picture)
            p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
            for area in areas:
                p.resetTransform()
                box = QRect(*(round(part) for part in area))
                p.setClipRect(box)
                if self._clear:
                    p.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
                    p.fillRect(box, Qt.GlobalColor.transparent)
                    p.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
                paint(p, area)
            p.end()
        return picture

    def _scroll(self, picture: QPixmap, dx: int, dy: int) -> None:
        width, height = picture.width(), picture.height()
        if abs(dx) >= width or abs(dy) >= height:
            self.invalidate_all()
            return
        picture.scroll(dx, dy, picture.rect(), QRegion())
        self._dirty = [area.moved(dx, dy) for area in self._dirty]
        if dx:
            self._dirty.append(Rect(0 if dx > 0 else width + dx, 0, abs(dx), height))
        if dy:
            self._dirty.append(Rect(0, 0 if dy > 0 else height + dy, width, abs(dy)))


def _joined(areas: list[Rect], whole: Rect, most: int) -> list[Rect]:
    """The areas inside `whole` on full pixels, those that lie together made one."""
    found: list[Rect] = []
    cuts = [cut for area in areas if (cut := _clipped(area, whole)) is not None]
    for cut in cuts if len(cuts) <= MANY else _gathered(cuts):
        for i, other in enumerate(found):
            both = cut.united(other)
            if both.w * both.h <= 1.25 * (cut.w * cut.h + other.w * other.h):
                found[i] = both
                break
        else:
            found.append(cut)
            if len(found) > most:
                return [whole]
    return found


def _gathered(areas: list[Rect]) -> list[Rect]:
    """Those with their middle in the same square made one: comparing hundreds with each other takes several frames."""
    found: dict[tuple[float, float], Rect] = {}
    for area in areas:
        place = (area.x + area.w / 2) // CELL, (area.y + area.h / 2) // CELL
        known = found.get(place)
        found[place] = area if known is None else known.united(area)
    return list(found.values())


def _clipped(area: Rect, whole: Rect) -> Rect | None:
    left, top = max(whole.x, area.x // 1), max(whole.y, area.y // 1)
    right, bottom = min(whole.right, -(-area.right // 1)), min(whole.bottom, -(-area.bottom // 1))
    return Rect(left, top, right - left, bottom - top) if right > left and bottom > top else None
