"""A message across a window with what can be done about it: recovery, an error, a file changed on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.theme.icons import Icons
from gui.theme.wear import wear

Tone = Literal["info", "good", "warning", "error"]
_LOOK: dict[Tone, tuple[str, str]] = {
    "info": ("info", "running"),
    "good": ("check", "ok"),
    "warning": ("warning", "retry"),
    "error": ("error", "failed"),
}
MOST_LINES = 2
"""Lines that the words take beside the buttons; longer ones get the whole width, and the buttons a row below."""


class InfoBar(QWidget):
    """One message at a time; hidden until `say`. It never closes by itself: what it says may matter.

    Signals: `chosen` with the words of the button pressed; `closed` when the cross is pressed; before either `left`,
    where it had the keyboard, which would go to whatever comes next otherwise.
    """

    chosen = Signal(str)
    closed = Signal()
    left = Signal()

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icons = icons
        self._tone: Tone = "info"
        self._picture = QLabel()
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._close = QToolButton()
        self._close.setAccessibleName("Close the message")
        icons.dress(self._close, "close", size=14)
        self._close.clicked.connect(self.shut)
        self._buttons: list[QPushButton] = []
        self._answers = QWidget()
        self._row = QHBoxLayout(self._answers)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(12, 6, 8, 6)
        self._grid.setSpacing(8)
        self._grid.setColumnStretch(1, 1)
        for column, part in enumerate((self._picture, self._words, self._answers, self._close)):
            self._grid.addWidget(part, 0, column)
        self._below = False
        icons.theme.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    @property
    def text(self) -> str:
        return self._words.text()

    @property
    def buttons(self) -> Sequence[QPushButton]:
        return tuple(self._buttons)

    def say(self, tone: Tone, text: str, actions: Sequence[str] = ()) -> None:
        """Show `text` with a button for each of `actions`, the first one as the way on; replaces what was shown."""
        self._tone = tone
        self._words.setText(text)
        self.setAccessibleName(text)
        for old in self._buttons:
            old.hide()
            self._row.removeWidget(old)
            old.deleteLater()
        self._buttons = [self._button(words, first=index == 0) for index, words in enumerate(actions)]
        self._answers.setVisible(bool(actions))
        self._restyle()
        self._make_room()
        self.show()

    def shut(self) -> None:
        """Close without choosing, as the cross does."""
        self.leave()
        self.closed.emit()

    def leave(self) -> None:
        """Goes from the screen, and says so where it had the keyboard."""
        focused = QApplication.focusWidget()
        held = focused is not None and self.isAncestorOf(focused)
        self.hide()
        if held:
            self.left.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._make_room()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = self._icons.theme.tokens
        colour = tokens.state(_LOOK[self._tone][1])
        painter.fillRect(self.rect(), self._icons.theme.colour(tokens.tint(colour, 0.1)))
        edge = QRectF(0, self.height() - 1, self.width(), 1)
        painter.fillRect(edge, self._icons.theme.colour(tokens.tint(colour, 0.35)))
        painter.fillRect(QRectF(0, 0, 3, self.height()), self._icons.theme.colour(colour))

    def _button(self, words: str, first: bool) -> QPushButton:
        made = QPushButton(words, self)
        wear(made, look="bar" if first else "ghost")
        made.clicked.connect(lambda: self._choose(words))
        self._row.insertWidget(self._row.count() - 1, made)
        return made

    def _make_room(self) -> None:
        """Puts the buttons below the words where these would be squeezed beside them."""
        metrics, spacing = self._words.fontMetrics(), self._grid.spacing()
        margins = self._grid.contentsMargins()
        beside = [part.sizeHint().width() + spacing for part in (self._picture, self._answers, self._close)]
        room = self.width() - margins.left() - margins.right() - sum(beside)
        needed = metrics.boundingRect(0, 0, max(1, room), 10_000, Qt.TextFlag.TextWordWrap, self.text).height()
        below = bool(self._buttons) and (room < 1 or needed > metrics.lineSpacing() * MOST_LINES)
        if below != self._below:
            self._below = below
            self._grid.removeWidget(self._answers)
            self._grid.addWidget(self._answers, *((1, 1, 1, 2) if below else (0, 2)))

    def _choose(self, words: str) -> None:
        self.leave()
        self.chosen.emit(words)

    def _restyle(self) -> None:
        icon, status = _LOOK[self._tone]
        self._picture.setPixmap(self._icons.pixmap(icon, 16, f"state:{status}"))
        self.update()


class BarStack(QWidget):
    """Message bars below each other, with no height while none is shown.

    Args:
        moved: told by how many pixels what stands below goes down when bars come, go or need more lines.
    """

    def __init__(self, bars: Sequence[InfoBar], moved: Callable[[int], object]) -> None:
        super().__init__()
        self._moved = moved
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for bar in bars:
            column.addWidget(bar)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if down := event.size().height() - max(0, event.oldSize().height()):
            self._moved(down)
