"""A small label near the pointer, always plain text: why a wire is refused, what passed along an edge."""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPen

from gui.canvas.geometry import LINE, Point, Rect
from gui.canvas.ink import Ink

WIDEST = 320.0
MOST_LINES = 8


class Tip(NamedTuple):
    """A label. `role` colours its border: what it is about, in the theme's words."""

    text: str
    at: Point
    role: str = "line"


def tip_box(ink: Ink, tip: Tip, view: Point) -> Rect:
    """Where a label lies in a view of that size: right below the pointer, moved inside where it would be cut."""
    lines = ink.lines(tip.text, WIDEST - 20, MOST_LINES, end=False)
    measure = ink.measure("body")
    width = max((measure(line) for line in lines), default=0.0) + 20
    height = len(lines) * LINE + 12
    x = min(tip.at[0] + 14, view[0] - width - 8)
    y = tip.at[1] + 18
    if y + height > view[1] - 8:
        y = tip.at[1] - height - 10
    return Rect(max(8.0, x), max(8.0, y), width, height)


def paint_tip(p: QPainter, ink: Ink, tip: Tip, view: Point) -> None:
    """Draws a label. The painter's units are view pixels."""
    box = tip_box(ink, tip, view)
    p.setPen(QPen(ink.colour(tip.role), 1))
    p.setBrush(ink.colour("panel", 0.97))
    p.drawRoundedRect(QRectF(*box).adjusted(0.5, 0.5, -0.5, -0.5), 7, 7)
    for i, line in enumerate(ink.lines(tip.text, WIDEST - 20, MOST_LINES, end=False)):
        ink.write(p, "body", line, box.x + 10, box.y + 6 + LINE * (i + 0.5), ink.colour("text"))
