"""The picture of all that stands still, kept between frames: a pan moves it, a zoom stretches it until it is painted
anew, a change repaints its area."""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QRegion

from gui.canvas.geometry import Rect
from gui.canvas.helpings import Helpings

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
        self._left_over: list[Rect] = []
        """Pieces that earlier frames had no time for. Nothing is made one with them: that takes in what lies between,
        so the next frame would add again what one has painted, and the end never be painted."""
        self._all = True
        self._stretched = False
        """Whether the last frame showed what was painted before, and painted nothing: not two such in a row."""
        self._helpings = Helpings()

    def invalidate(self, area: Rect) -> None:
        """Marks an area (canvas units) as changed."""
        if not self._all:
            scale = self._scale
            left, top = area.x * scale + self._left, area.y * scale + self._top
            self._dirty.append(Rect(left - 1, top - 1, area.w * scale + 2, area.h * scale + 2))
            if len(self._dirty) > 4096:
                self.invalidate_all()

    def invalidate_all(self) -> None:
        """Marks all of it as changed; what was painted is seen until its place is painted again."""
        self._all = True
        self._dirty.clear()
        self._left_over.clear()

    def forget(self) -> None:
        """What was painted shows something else: it is not to be seen any more."""
        self._picture = None

    @property
    def behind(self) -> bool:
        """Whether some of it is still to be painted."""
        return self._all or bool(self._dirty or self._left_over)

    def picture(
        self, size: tuple[int, int], scale: float, left: int, top: int, paint: Paint, most: int = MANY,
        *, seconds: float = inf, ground: QColor | None = None,
    ) -> QPixmap:  # fmt: skip
        """The picture for a camera, with what changed painted anew.

        Args:
            size: in device pixels.
            scale: device pixels for each canvas unit.
            paint: draws an area (device pixels); the painter is clipped to it.
            most: changed areas; more of them are painted as one.
            seconds: for how long it may paint; what is left is `behind`, and painted when it is asked for again.
            ground: what is shown where nothing was painted yet.
        """
        if self._picture is None or (self._picture.width(), self._picture.height()) != size:
            self._picture, self._all, seconds = self._blank(size, ground), True, inf
        elif scale != self._scale:
            covered = seconds < inf and self._stretch(self._picture, scale, left, top, ground)
            self._all = True
            self._helpings.be_careful()
            if covered and not self._stretched:
                self._scale, self._left, self._top, self._stretched = scale, left, top, True
                return self._picture
        elif not self._all and (left, top) != (self._left, self._top):
            self._scroll(self._picture, left - self._left, top - self._top, ground)
        self._scale, self._left, self._top, self._stretched = scale, left, top, False
        areas = self._areas(Rect(0, 0, *size), most)
        self._dirty, self._left_over, self._all = [], [], False
        if areas:
            self._left_over = self._paint(self._picture, areas, paint, seconds)
        return self._picture

    def _areas(self, whole: Rect, most: int) -> list[Rect]:
        """What is to be painted, in order: what was left over goes first."""
        if self._all:
            return [whole]
        if not self._left_over:
            return _joined(self._dirty, whole, most)
        waiting = [cut for area in self._left_over if (cut := _clipped(area, whole))]
        new = (area for area in _joined(self._dirty, whole, inf) if not any(piece.covers(area) for piece in waiting))
        areas = [*waiting, *new]
        return areas if len(areas) <= 2 * MANY else _gathered(areas, whole)

    def _paint(self, picture: QPixmap, areas: list[Rect], paint: Paint, seconds: float) -> list[Rect]:
        """Paints areas for so many seconds. Returns those that are left."""
        p = QPainter(picture)
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)

        def paint_part(area: Rect) -> None:
            p.resetTransform()
            box = QRect(*(round(part) for part in area))
            p.setClipRect(box)
            if self._clear:
                p.setCompositionMode(QPainter.CompositionMode.CompositionMode_Source)
                p.fillRect(box, Qt.GlobalColor.transparent)
                p.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
            paint(p, area)

        left = self._helpings.serve(areas, paint_part, seconds)
        p.end()
        return left

    def _blank(self, size: tuple[int, int], ground: QColor | None) -> QPixmap:
        picture = QPixmap(*size)
        if self._clear:
            picture.fill(Qt.GlobalColor.transparent)
        elif ground is not None:
            picture.fill(ground)
        return picture

    def _stretch(self, picture: QPixmap, scale: float, left: int, top: int, ground: QColor | None) -> bool:
        """Shows what was painted at another scale until it is painted at this one.

        Returns:
            whether that fills the view.
        """
        times = scale / self._scale
        x, y = left - self._left * times, top - self._top * times
        self._picture = self._blank((picture.width(), picture.height()), ground)
        p = QPainter(self._picture)
        shown = QRectF(x, y, picture.width() * times, picture.height() * times)
        p.drawPixmap(shown, picture, QRectF(picture.rect()))
        p.end()
        return shown.contains(QRectF(picture.rect()))

    def _scroll(self, picture: QPixmap, dx: int, dy: int, ground: QColor | None) -> None:
        width, height = picture.width(), picture.height()
        if abs(dx) >= width or abs(dy) >= height:
            self.invalidate_all()
            if ground is not None:
                picture.fill(ground)
            return
        picture.scroll(dx, dy, picture.rect(), QRegion())
        self._dirty = [area.moved(dx, dy) for area in self._dirty]
        self._left_over = [area.moved(dx, dy) for area in self._left_over]
        new = [Rect(0 if dx > 0 else width + dx, 0, abs(dx), height)] if dx else []
        new += [Rect(0, 0 if dy > 0 else height + dy, width, abs(dy))] if dy else []
        self._dirty += new
        if ground is not None:
            p = QPainter(picture)
            for area in new:
                p.fillRect(QRectF(*area), ground)
            p.end()


def _joined(areas: list[Rect], whole: Rect, most: float) -> list[Rect]:
    """The areas inside `whole` on full pixels, those that lie together made one."""
    found: list[Rect] = []
    for area in areas if len(areas) <= MANY else _gathered(areas, whole):
        cut = _clipped(area, whole)
        if cut is None:
            continue
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


def _gathered(areas: list[Rect], whole: Rect) -> list[Rect]:
    """Those with their middle in the same square made one: comparing hundreds with each other takes several frames."""
    found: dict[tuple[float, float], tuple[float, float, float, float]] = {}
    _, _, width, height = whole
    for left, top, w, h in areas:
        right, bottom = left + w, top + h
        if right <= 0 or bottom <= 0 or left >= width or top >= height:
            continue
        place = (left + right) // (2 * CELL), (top + bottom) // (2 * CELL)
        known = found.get(place)
        if known is not None:
            left = known[0] if known[0] < left else left
            top = known[1] if known[1] < top else top
            right = known[2] if known[2] > right else right
            bottom = known[3] if known[3] > bottom else bottom
        found[place] = left, top, right, bottom
    return [Rect(left, top, right - left, bottom - top) for left, top, right, bottom in found.values()]


def _clipped(area: Rect, whole: Rect) -> Rect | None:
    left, top = max(whole.x, area.x // 1), max(whole.y, area.y // 1)
    right, bottom = min(whole.right, -(-area.right // 1)), min(whole.bottom, -(-area.bottom // 1))
    return Rect(left, top, right - left, bottom - top) if right > left and bottom > top else None
