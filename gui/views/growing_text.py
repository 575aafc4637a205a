"""A plain text editor that is as tall as its text."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit

FEWEST, MOST_LINES = 2, 14


class GrowingText(QPlainTextEdit):
    """A plain text editor as tall as its text, within limits."""

    def __init__(self, fewest: int = FEWEST, most: int = MOST_LINES) -> None:
        super().__init__()
        self._fewest, self._most = fewest, most
        self.setTabChangesFocus(True)
        self.textChanged.connect(self.fit)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()

    def sizeHint(self) -> QSize:
        return QSize(200, self._wanted())

    def fit(self) -> None:
        """Takes the height its text needs."""
        wanted = self._wanted()
        if wanted != self.height():
            self.setFixedHeight(wanted)

    def _wanted(self) -> int:
        lines = sum(max(1, self._rows(number)) for number in range(min(self.blockCount(), self._most)))
        shown = max(self._fewest, min(self._most, lines))
        return round(shown * self.fontMetrics().lineSpacing() + 2 * self.document().documentMargin() + 14)

    def _rows(self, number: int) -> int:
        return self.document().findBlockByNumber(number).layout().lineCount()
