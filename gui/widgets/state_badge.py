"""How something stands, as a glyph and words in the state's colour: "● running 4.6 s"."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme.icons import Icons

_GAP = 5


class StateBadge(QWidget):
    """A state's glyph and a few words; empty until a state is set. State is never shown by colour alone."""

    def __init__(self, icons: Icons, status: str = "", text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._theme = icons.theme
        self._status = status
        self._text = text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def status(self) -> str:
        return self._status

    @property
    def text(self) -> str:
        return self._text

    def set_state(self, status: str, text: str = "") -> None:
        """Show `status` (`running`, `ok`, ...; empty hides) with `text`, by default the status itself."""
        wanted = text or status
        if (status, wanted) == (self._status, self._text):
            return
        self._status, self._text = status, wanted
        self._restyle()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.font("tiny"))
        glyph = self._glyph() + _GAP if self._status else 0
        return QSize(glyph + metrics.horizontalAdvance(self._text) + 1, max(self._glyph(), metrics.height()))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._status:
            return
        painter = QPainter(self)
        side = self._glyph()
        self._icons.paint(painter, self._status, QRectF(0, (self.height() - side) / 2, side, side), self._tone("state"))
        painter.setFont(self._theme.font("tiny"))
        painter.setPen(self._theme.colour(self._tone("text")))
        words = self.rect().adjusted(side + _GAP, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, self._text)

    def _tone(self, family: str) -> str:
        return f"{family}:{self._status}"

    def _glyph(self) -> int:
        return self._theme.px(12)

    def _restyle(self) -> None:
        self.setAccessibleName(self._text or self._status)
        self.updateGeometry()
        self.update()
