"""A flat button that opens a menu: "Models: balanced", "Share"."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from gui.theme.icons import Icons
from gui.theme.wear import wear

_ARROW, _EDGE = 11, 10


class DropButton(QPushButton):
    """A button with a chevron at its end; give it a menu with `setMenu`, or connect `clicked`."""

    def __init__(self, icons: Icons, text: str, parent: QWidget | None = None, *, look: str = "drop") -> None:
        super().__init__(text, parent)
        self._icons = icons
        icons.theme.changed.connect(self.update)
        wear(self, look=look)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        side = self._icons.theme.px(_ARROW)
        box = QRectF(self.width() - side - _EDGE, (self.height() - side) / 2 + 0.5, side, side)
        lit = self.isEnabled() and (self.underMouse() or self.isDown())
        tone = "text" if lit else "muted" if self.isEnabled() else "wire"
        self._icons.paint(QPainter(self), "chevron_down", box, tone)
