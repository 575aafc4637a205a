"""A plain text editor that is as tall as its text."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit

FEWEST, MOST_LINES = 2, 14


class GrowingText(QPlainTextEdit):
    """A plain text editor as tall as its text, within limits given in lines."""

    def __init__(self, fewest: int = FEWEST, most: int = MOST_LINES) -> None:
        super().__init__()
        self._fewest, self._most = fewest, most
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)  # lines wrap
        self.textChanged.connect(self.fit)
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def fit(self) -> None:
        """Takes the height its text needs; a scroll bar comes only beyond the most, since it would make lines wrap."""
        line = self.fontMetrics().lineSpacing()
        text = self.text_height(self._most * line)
        off, on = Qt.ScrollBarPolicy.ScrollBarAlwaysOff, Qt.ScrollBarPolicy.ScrollBarAsNeeded
        self.setVerticalScrollBarPolicy(on if text > self._most * line else off)
        shown = max(self._fewest * line, min(self._most * line, text))
        wanted = round(shown + 2 * self.document().documentMargin() + 12)
        if wanted != self.height():
            self.setFixedHeight(wanted)

    def text_height(self, enough: float) -> float:
        """How tall the text is when wrapped to the present width, in pixels; measured no further than `enough`."""
        total, block = 0.0, self.document().firstBlock()
        while block.isValid() and total <= enough:
            total += self.blockBoundingRect(block).height()
            block = block.next()
        return total
