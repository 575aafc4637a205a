"""What a panel shows when it has nothing to show: what would be here, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from gui.theme.icons import Icons
from gui.theme.wear import wear

LOW = 200
"""Pixels of height that all of it needs, picture too."""
WORDS, WORDS_LOW = 300, 600
"""Most pixels that a line of the sentence takes; in a low panel it takes fewer lines instead."""


class EmptyState(QWidget):
    """An icon, a title, a sentence that says what to do next, and perhaps the button that does it.

    Signals: `acted` when the button is pressed.
    """

    acted = Signal()

    def __init__(
        self, icons: Icons, icon: str, title: str, text: str, button: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icons = icons
        self._name = icon
        self._picture = QLabel()
        self._title = _line(title, "title")
        self._text = _line(text, "muted")
        self._text.setWordWrap(True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.button = QPushButton(button)
        self.button.clicked.connect(self.acted)
        self._lay_out()
        self._make_room()
        self.button.setVisible(bool(button))  # once it has its place: without one it would be a window for a moment
        icons.theme.changed.connect(self._restyle)
        self._restyle()

    def set_words(self, title: str, text: str, button: str = "") -> None:
        """Say something else, for example when a search found nothing."""
        self._title.setText(title)
        self._text.setText(text)
        self.button.setText(button)
        self.button.setVisible(bool(button))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """In a low panel the words and the button come first: there is no picture then."""
        low = self.height() < self._icons.theme.px(LOW)
        self._picture.setHidden(low)
        self._text.setMaximumWidth(self._icons.theme.px(WORDS_LOW if low else WORDS))
        edge = 4 if low else 16
        self._column.setContentsMargins(16, edge, 16, edge)

    def _lay_out(self) -> None:
        column = self._column = QVBoxLayout(self)
        column.setSpacing(6)
        column.addStretch(2)
        column.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(4)
        column.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        # An aligned label gets the width of its hint and then lacks the height for its lines: a row centres it instead.
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(self._text, 100)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addSpacing(6)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def _restyle(self) -> None:
        self._picture.setPixmap(self._icons.pixmap(self._name, self._icons.theme.px(32), "idle"))


def _line(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
    wear(label, role=role)
    return label
