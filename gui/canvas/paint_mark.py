"""Draws frames and notes: titled boxes behind the nodes, and free text."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from engine.graph.records import Frame, Note
from gui.canvas.geometry import LINE, Rect
from gui.canvas.ink import Ink
from gui.canvas.sheet import Sheet

COLOURS: Final = {
    "": "accent", "blue": "state:running", "green": "state:ok", "amber": "state:retry", "red": "state:failed",
    "purple": "state:waiting", "grey": "muted",
}  # fmt: skip
"""What a frame's colour is called in the file, and the role of the theme that it has: it follows dark and light."""
RADIUS: Final = 14.0
HANDLE: Final = 3.5


def colour_of(ink: Ink, name: str) -> QColor:
    """The colour of a frame; one that is no name of ours may be any that Qt knows."""
    if name in COLOURS:
        return QColor(ink.colour(COLOURS[name]))
    return QColor(name) if QColor.isValidColorName(name) else QColor(ink.colour("accent"))


def paint_frame(sheet: Sheet, frame: Frame, rect: Rect, *, selected: bool) -> None:
    """Draws a titled box. The painter's units are canvas units."""
    p, ink, box = sheet.painter, sheet.ink, QRectF(*rect)
    colour = colour_of(ink, frame.color)
    fill, line = QColor(colour), QColor(colour)
    fill.setAlphaF(0.07)
    line.setAlphaF(0.9 if selected else 0.45)
    p.setPen(QPen(line, 1.75 if selected else 1.25))
    p.setBrush(fill)
    p.drawRoundedRect(box, RADIUS, RADIUS)
    if not sheet.far:
        title = ink.elide("title", frame.title or "Frame", rect.w - 28)
        ink.write(p, "title", title, rect.x + 14, rect.y + 18, ink.colour("muted" if frame.title else "faint"))
    if selected:
        _handles(p, ink, rect, colour)


def paint_note(sheet: Sheet, note: Note, rect: Rect, *, selected: bool) -> None:
    """Draws free text. The painter's units are canvas units."""
    p, ink, box = sheet.painter, sheet.ink, QRectF(*rect)
    p.setPen(QPen(ink.colour("accent"), 1.5) if selected else QPen(ink.colour("line"), 1))
    p.setBrush(ink.colour("selected"))
    p.drawRoundedRect(box, 7, 7)
    if sheet.near:
        most = max(1, int((rect.h - 16) // LINE))
        lines = ink.lines(note.text or "Write here…", rect.w - 20, most, end=False)
        colour = ink.colour("muted" if note.text else "faint")
        for i, line in enumerate(lines):
            ink.write(p, "body", line, rect.x + 10, rect.y + 8 + LINE * (i + 0.5), colour)
    if selected:
        _handles(p, ink, rect, ink.colour("accent"))


def _handles(p: QPainter, ink: Ink, rect: Rect, colour: QColor) -> None:
    """Dots at the corners, by which the size is changed."""
    p.setPen(QPen(ink.colour("ground"), 1))
    p.setBrush(colour)
    for x, y in ((rect.x, rect.y), (rect.right, rect.y), (rect.x, rect.bottom), (rect.right, rect.bottom)):
        p.drawEllipse(QPointF(x, y), HANDLE, HANDLE)
    p.setPen(Qt.PenStyle.NoPen)
