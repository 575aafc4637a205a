"""What has changed in a text, line by line: added and taken lines in their colours, with their sign before them."""

from __future__ import annotations

from PySide6.QtGui import QFontMetrics, QSyntaxHighlighter, QTextCharFormat
from PySide6.QtWidgets import QPlainTextEdit

from gui.theme.theme import Theme
from gui.theme.wear import wear

TONES = {"+": "text:ok", "-": "text:failed", "@": "muted"}
MOST_LINES = 24
LONGEST = 20_000


class DifferenceView(QPlainTextEdit):
    """Read-only, as tall as its text up to some lines.

    Args:
        text: as `difflib.unified_diff` writes it; its two heading lines are told in words.
    """

    def __init__(self, theme: Theme, text: str, name: str) -> None:
        super().__init__()
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAccessibleName(name)
        wear(self, mono=True)
        self._marks = _Marks(self, theme)
        lines = [line for line in text[:LONGEST].split("\n") if not line.startswith(("--- ", "+++ ", "@@"))]
        self.setPlainText("\n".join(lines))
        shown = min(MOST_LINES, sum(1 + len(line) // 80 for line in lines))
        self.setFixedHeight(shown * QFontMetrics(self.font()).lineSpacing() + 22)


class _Marks(QSyntaxHighlighter):
    def __init__(self, view: QPlainTextEdit, theme: Theme) -> None:
        super().__init__(view.document())
        self._theme = theme

    def highlightBlock(self, text: str) -> None:
        tone = TONES.get(text[:1])
        if tone is not None:
            form = QTextCharFormat()
            form.setForeground(self._theme.colour(tone))
            self.setFormat(0, len(text), form)
