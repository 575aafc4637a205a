"""Finds what lies near a place without asking everything: boxes sorted into the cells of a coarse grid. Pure."""

from __future__ import annotations

from typing import Final

from gui.canvas.geometry import Rect

CELL: Final = 512.0
MANY: Final = 48
"""Boxes over more cells than this are kept apart and asked each time."""

Cell = tuple[int, int]
Span = tuple[int, int, int, int]


class GridIndex:
    """Keys by the boxes they cover."""

    def __init__(self) -> None:
        self._boxes: dict[str, Rect] = {}
        self._cells: dict[Cell, set[str]] = {}
        self._large: set[str] = set()

    def __len__(self) -> int:
        return len(self._boxes)

    def put(self, key: str, box: Rect) -> None:
        """Enters a key, or moves it to another box."""
        old = self._boxes.get(key)
        if old == box:
            return
        span = _span(box)
        if old is not None:
            if _span(old) == span:
                self._boxes[key] = box
                return
            self.drop(key)
        self._boxes[key] = box
        if _count(span) > MANY:
            self._large.add(key)
            return
        for cell in _cells(span):
            self._cells.setdefault(cell, set()).add(key)

    def drop(self, key: str) -> None:
        """Forgets a key; one that is not there is no error."""
        box = self._boxes.pop(key, None)
        if box is None:
            return
        span = _span(box)
        if _count(span) > MANY:
            self._large.discard(key)
            return
        for cell in _cells(span):
            members = self._cells[cell]
            members.discard(key)
            if not members:
                del self._cells[cell]

    def clear(self) -> None:
        self._boxes.clear()
        self._cells.clear()
        self._large.clear()

    def covers(self, area: Rect) -> bool:
        """Whether an area has room for half of the cells where something lies: a quick guess, not a count."""
        return 2 * _count(_span(area)) >= len(self._cells)

    def near(self, area: Rect) -> set[str]:
        """The keys whose boxes meet an area."""
        span = _span(area)
        if _count(span) >= len(self._cells):
            return {key for key, box in self._boxes.items() if box.meets(area)}
        found = {key for key in self._large if self._boxes[key].meets(area)}
        for cell in _cells(span):
            for key in self._cells.get(cell, ()):
                if key not in found and self._boxes[key].meets(area):
                    found.add(key)
        return found


def _span(box: Rect) -> Span:
    x, y, w, h = box
    return int(x // CELL), int(y // CELL), int((x + w) // CELL), int((y + h) // CELL)


def _count(span: Span) -> int:
    return (span[2] - span[0] + 1) * (span[3] - span[1] + 1)


def _cells(span: Span) -> list[Cell]:
    left, top, right, bottom = span
    return [(column, row) for column in range(left, right + 1) for row in range(top, bottom + 1)]
