"""Draws the dotted grid under everything, and what to do next where there is nothing."""

from __future__ import annotations

from math import ceil, floor
from typing import Final

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from gui.canvas.geometry import Rect
from gui.canvas.ink import Style
from gui.canvas.sheet import Sheet

STEP: Final = 24
"""Canvas units between dots."""
CLOSEST: Final = 14
"""View pixels between dots at least: when zoomed out, every second, fourth... dot is drawn."""


def paint_grid(sheet: Sheet, area: Rect, *, pixel: float = 1.0) -> None:
    """Fills an area (device pixels) with the ground and its dots.

    Args:
        pixel: device pixels for each view pixel.
    """
    p, ink = sheet.painter, sheet.ink
    p.setTransform(sheet.pixels)
    p.fillRect(QRectF(*area), ink.colour("ground"))
    step = STEP * sheet.scale
    while step < CLOSEST * pixel:
        step *= 2
    size = max(2, round(2.0 * pixel * min(1.3, max(0.8, sheet.zoom))))
    columns = range(ceil((area.x - size - sheet.left) / step), floor((area.right + size - sheet.left) / step) + 1)
    rows = range(ceil((area.y - size - sheet.top) / step), floor((area.bottom + size - sheet.top) / step) + 1)
    tops = [sheet.top + row * step for row in rows]
    if not columns:
        return
    if sheet.vector:
        _dashes(sheet, sheet.left + columns[0] * step, len(columns) * step, tops, (size, step))
        return
    # Dots stand on full pixels: spread over two they would fade. One row is drawn and then copied.
    row = QPixmap(ceil(area.w) + 4 * size, size)
    row.fill(ink.colour("ground"))
    painter = QPainter(row)
    first = round(area.x) - 2 * size
    for column in columns:
        painter.fillRect(round(sheet.left + column * step) - size // 2 - first, 0, size, size, ink.colour("dots"))
    painter.end()
    for top in tops:
        p.drawPixmap(first, round(top) - size // 2, row)


def _dashes(sheet: Sheet, left: float, width: float, tops: list[float], dots: tuple[float, float]) -> None:
    """Rows of dots as dashed lines: a few shapes instead of thousands. `dots` are their size and distance."""
    size, step = dots
    pen = QPen(sheet.ink.colour("dots"), size, Qt.PenStyle.CustomDashLine, Qt.PenCapStyle.FlatCap)
    pen.setDashPattern([1.0, step / size - 1.0])
    sheet.painter.setPen(pen)
    sheet.painter.drawLines([QLineF(left, top, left + width, top) for top in tops])


def paint_empty(sheet: Sheet, size: tuple[float, float]) -> None:
    """Says what to do next on an empty canvas. The painter's units are view pixels."""
    ink, p = sheet.ink, sheet.painter
    lines: tuple[tuple[Style, str, str], ...] = (
        ("title", "An empty canvas", "text"),
        ("line", "Press Tab or double-click to add a node, or drag one from the library.", "muted"),
        ("line", "Draw a wire from a port to join two nodes.", "muted"),
    )
    icon = ink.icons.pixmap("graph", 36, "faint", max(1.0, p.device().devicePixelRatioF()))
    x, y = size[0] / 2, size[1] / 2
    p.drawPixmap(QRectF(x - 18, y - 76, 36, 36), icon, QRectF(icon.rect()))
    for i, (style, text, role) in enumerate(lines):
        ink.write(p, style, text, x - ink.measure(style)(text) / 2, y - 16 + i * 22, ink.colour(role))
