"""Frames and notes on the canvas: where they are while they are dragged, and what a point of them means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from engine.graph.graph import Graph
from engine.graph.records import Frame, Note
from gui.canvas.geometry import Point, Rect

TITLE: Final = 36.0
"""Height of a frame's title, by which it is taken, in canvas units."""
AROUND, ABOVE = 24.0, 48.0
"""Room that a frame leaves around its nodes, and above them for its title, in canvas units."""
LEAST: Final = (96.0, 56.0)
"""The smallest frame or note, in canvas units."""
MARK_REACH: Final = 8.0
"""How far outside its box a mark draws."""


class Grip(NamedTuple):
    """What a point of a mark means: the sides that are taken hold of; none of them moves the whole."""

    mark: str
    left: bool = False
    top: bool = False
    right: bool = False
    bottom: bool = False

    @property
    def resizes(self) -> bool:
        return self.left or self.top or self.right or self.bottom

    def resized(self, rect: Rect, dx: float, dy: float) -> Rect:
        """The box after its sides went along with the pointer."""
        left = min(rect.x + dx, rect.right - LEAST[0]) if self.left else rect.x
        top = min(rect.y + dy, rect.bottom - LEAST[1]) if self.top else rect.y
        right = max(rect.right + dx, left + LEAST[0]) if self.right else rect.right
        bottom = max(rect.bottom + dy, top + LEAST[1]) if self.bottom else rect.bottom
        return Rect(left, top, right - left, bottom - top)


class Marks:
    """The frames and notes of a graph."""

    def __init__(self) -> None:
        self.graph = Graph()
        self._shown: dict[str, Rect] = {}

    def rect(self, mark: str) -> Rect | None:
        """Where a mark is shown now."""
        found = self.graph.frames.get(mark) or self.graph.notes.get(mark)
        return self._shown.get(mark) or (Rect(*found.rect) if found else None)

    def place(self, mark: Frame | Note) -> Rect:
        """Where a frame or note is shown now."""
        return self._shown.get(mark.id) or Rect(*mark.rect)

    def rects(self) -> list[Rect]:
        """Where all of them are."""
        frames, notes = self.graph.frames.values(), self.graph.notes.values()
        return [*map(self.place, frames), *map(self.place, notes)]

    def show(self, rects: dict[str, Rect]) -> list[Rect]:
        """Shows marks elsewhere than the document has them; {} takes that back. Returns the areas before and after."""
        before = [rect for mark in {*rects, *self._shown} if (rect := self.rect(mark))]
        gone, self._shown = set(self._shown), rects
        after = [rect for mark in {*rects, *gone} if (rect := self.rect(mark))]
        return [rect.grown(MARK_REACH) for rect in (*before, *after)]

    def grip_at(self, point: Point, reach: float) -> Grip | None:
        """What is taken hold of at a point: a note anywhere, a frame by its title or its border.

        Args:
            reach: how near a border counts, in canvas units.
        """
        for mark in reversed([*self.graph.frames, *self.graph.notes]):
            rect = self.rect(mark)
            if rect is None or not rect.grown(reach).contains(*point):
                continue
            x, y = point
            grip = Grip(mark, x < rect.x + reach, y < rect.y + reach, x > rect.right - reach, y > rect.bottom - reach)
            if grip.resizes or mark in self.graph.notes or y < rect.y + TITLE:
                return grip
        return None

    def within(self, area: Rect) -> set[str]:
        """Frames that lie wholly in an area, and notes that meet it."""
        found = {mark for mark in self.graph.notes if (rect := self.rect(mark)) and rect.meets(area)}
        return found | {mark for mark in self.graph.frames if (rect := self.rect(mark)) and holds(area, rect)}

    def held_by(self, frames: Iterable[str]) -> set[str]:
        """The marks that lie wholly inside some frames."""
        areas = [rect for frame in frames if frame in self.graph.frames and (rect := self.rect(frame))]
        every = [*self.graph.frames, *self.graph.notes]
        return {mark for mark in every for area in areas if (rect := self.rect(mark)) and holds(area, rect)}


def holds(outer: Rect, inner: Rect) -> bool:
    """Whether a box lies wholly in another one."""
    return outer.x <= inner.x and outer.y <= inner.y and inner.right <= outer.right and inner.bottom <= outer.bottom


def framed(area: Rect) -> tuple[float, float, float, float]:
    """The box of a frame around an area."""
    return area.x - AROUND, area.y - ABOVE, area.w + 2 * AROUND, area.h + AROUND + ABOVE
