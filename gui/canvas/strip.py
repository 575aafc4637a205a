"""The heat strip of a map or loop: a cell for each item or pass, laid out in a box, drawn and found by a point."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Final, NamedTuple

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPen

from gui.bridge.cells import CANCELLED, FAILED, PENDING, RUNNING, SKIPPED, SLOW, worst
from gui.canvas.geometry import Point, Rect
from gui.canvas.sheet import Sheet

LARGEST, SMALLEST, GAP = 12.0, 2.5, 1.0
"""Sides of a cell and the room between two, in canvas units."""
MARKED: Final = 6.0
"""From this size on cells carry marks."""
HOLLOW: Final = 0.3
_INKS: Final = {
    PENDING: ("line", 1.0), RUNNING: ("state:running", 1.0), SLOW: ("state:retry", 1.0), FAILED: ("state:failed", 1.0),
    SKIPPED: ("wire", 1.0), CANCELLED: ("idle", 1.0), "0": ("state:ok", 0.5), "1": ("state:ok", 0.75),
    "2": ("state:ok", 1.0), "3": ("state:retry", 0.7),
}  # fmt: skip
"""The colour of each letter, a role of the theme, and how much of it shows."""


class Grid(NamedTuple):
    """Cells of equal size in rows.

    Attributes:
        box: the room that they share.
        columns: how many stand in a row; `side` is the width and height of one with its gap.
        each: how many items share a cell, where there are very many.
        total: how many items there are.
    """

    box: Rect
    columns: int
    side: float
    each: int
    total: int

    def cell(self, index: int) -> Rect:
        """Where the cell of an item lies."""
        row, column = divmod(index // self.each, self.columns)
        return Rect(self.box.x + column * self.side, self.box.y + row * self.side, self.side - GAP, self.side - GAP)

    def at(self, point: Point) -> int | None:
        """The item whose cell lies at a point, the first of those that share it."""
        x, y = point[0] - self.box.x, point[1] - self.box.y
        column, row = int(x // self.side), int(y // self.side)
        index = (row * self.columns + column) * self.each
        return index if x >= 0 and y >= 0 and column < self.columns and index < self.total else None


def grid(count: int, box: Rect) -> Grid:
    """Lays `count` cells out in a box, as large as there is room for."""
    most = int(box.w // SMALLEST) * int(box.h // SMALLEST)
    each = max(1, ceil(count / most))
    cells = max(1, ceil(count / each))
    side = min(LARGEST, box.h, sqrt(box.w * box.h / cells))
    while int(box.w // side) * int(box.h // side) < cells:
        side *= 0.98
    return Grid(box, max(1, int(box.w // side)), side, each, count)


def paint_strip(sheet: Sheet, box: Rect, letters: str) -> None:
    """Draws the cells. The painter's units are canvas units, from the node's corner."""
    p, found = sheet.painter, grid(len(letters), box)
    if found.each > 1:
        cells = [worst(letters[start : start + found.each]) for start in range(0, len(letters), found.each)]
        found = found._replace(each=1, total=len(cells))
    else:
        cells = list(letters)
    places: dict[str, list[QRectF]] = {}
    for index, letter in enumerate(cells):
        places.setdefault(letter, []).append(QRectF(*found.cell(index)))
    p.setPen(Qt.PenStyle.NoPen)
    for letter, boxes in places.items():
        role, alpha = _INKS[letter]
        p.setBrush(sheet.ink.colour(role, alpha))
        if found.side > MARKED:
            for each in boxes:
                p.drawRoundedRect(each, 2, 2)
            _mark(sheet, letter, boxes)
        else:
            p.drawRects(boxes)


def _mark(sheet: Sheet, letter: str, boxes: list[QRectF]) -> None:
    """Says a state by shape too, where there is room: what failed is struck through, what goes on is hollow."""
    p = sheet.painter
    if letter == FAILED:
        p.setPen(QPen(sheet.ink.colour("node"), 1.5))
        p.drawLines([QLineF(box.topLeft(), box.bottomRight()) for box in boxes])
        p.setPen(Qt.PenStyle.NoPen)
    elif letter in (RUNNING, SLOW):
        p.setBrush(sheet.ink.colour("node"))
        inner = HOLLOW * boxes[0].width()
        p.drawRects([box.adjusted(inner, inner, -inner, -inner) for box in boxes])
