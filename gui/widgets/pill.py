"""A small rounded chip with a word in it: a model's tier, a count, "2 of 3"."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.theme.theme import Theme


class Pill(QWidget):
    """A word on a chip.

    Args:
        text: shown as it is.
        tone: empty for the plain chip, else a role of `Theme.colour` that tints it (`state:retry`, `accent`).
    """

    def __init__(self, theme: Theme, text: str, tone: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._text = text
        self._tone = tone
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)
        theme.changed.connect(self._restyle)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str, tone: str = "") -> None:
        self._text, self._tone = text, tone
        self.setAccessibleName(text)
        self._restyle()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.font("tiny"))
        return QSize(metrics.horizontalAdvance(self._text) + self._theme.px(14), metrics.height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        chip = tokens.tint(self._theme.colour(self._tone).name(), 0.16) if self._tone else tokens.chip
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.colour(chip))
        painter.drawRoundedRect(QRectF(self.rect()), self.height() / 2, self.height() / 2)
        painter.setFont(self._theme.font("tiny"))
        painter.setPen(self._theme.colour(text_tone(self._tone) if self._tone else "muted"))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()


def text_tone(tone: str) -> str:
    """The role of words in a tone's colour: shapes may be paler than words can be (studio.md, Tokens)."""
    if tone.startswith("state:"):
        return "text:" + tone.removeprefix("state:")
    return "text:pinned" if tone == "accent" else tone
