"""Text from models and tools, shown as it is: never as HTML, no links followed, nothing loaded (trust.md T7)."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from gui.theme.icons import Icons
from gui.theme.wear import wear

SHOWN = 200_000
"""Characters shown of one text; the copy button takes all of it."""


class PlainText(QWidget):
    """A titled block of text with a button that copies it."""

    def __init__(self, icons: Icons, title: str, text: str = "", *, lines: int = 0) -> None:
        super().__init__()
        self._text = ""
        self._lines = lines
        self.title = QLabel(title)
        wear(self.title, role="field")
        self.area = QPlainTextEdit()
        self.area.setReadOnly(True)
        self.area.setUndoRedoEnabled(False)
        self.area.setAccessibleName(title)
        self.copy = QToolButton()
        self.copy.setIcon(icons.icon("copy", "muted", 14))
        self.copy.setToolTip("Copy")
        self.copy.setAccessibleName(f"Copy {title}")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._text))
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.area, 1)
        self.set_text(text)

    @property
    def text(self) -> str:
        return self._text

    def set_text(self, text: str) -> None:
        """Shows a text; more of the same is appended, so that a stream does not jump."""
        if text == self._text:
            return
        bar = self.area.verticalScrollBar()
        follows = bool(self._text) and bar.value() >= bar.maximum() - 4
        if self._text and text.startswith(self._text) and len(text) <= SHOWN:
            cursor = self.area.textCursor()
            cursor.movePosition(cursor.MoveOperation.End)
            cursor.insertText(text[len(self._text) :])
        else:
            more = f"\n… {len(text) - SHOWN:,} more characters" if len(text) > SHOWN else ""
            self.area.setPlainText(text[:SHOWN] + more)
            follows = False
        self._text = text
        if self._lines:
            self._fit()
        if follows and len(text) <= SHOWN:
            bar.setValue(bar.maximum())

    def _fit(self) -> None:
        metrics = self.area.fontMetrics()
        across = max(20, self.area.viewport().width() // max(1, metrics.averageCharWidth()))
        lines = sum(1 + len(line) // across for line in self._text.splitlines()[: self._lines]) or 1
        self.area.setFixedHeight(min(self._lines, lines) * metrics.lineSpacing() + 18)

    def sizeHint(self) -> QSize:
        return QSize(200, 120)
