"""The small capitals above a group: FLOW, WORK, SAVED GRAPHS."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QLabel, QWidget

from gui.theme.wear import wear


class SectionLabel(QLabel):
    """A quiet heading. Screen readers hear `text` as it was given, not as single capitals."""

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text.upper(), parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAccessibleName(text)
        font = QFont(self.font())
        font.setLetterSpacing(QFont.SpacingType.PercentageSpacing, 105)
        self.setFont(font)
        wear(self, role="section")
