"""What the window tells people: a bar for what needs an answer, one after the other, and toasts for what passes."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from gui.theme.icons import Icons
from gui.theme.wear import wear
from gui.widgets.info_bar import InfoBar, Tone

LONG_MS, SHORT_MS = 12_000, 6_000
MOST = 3
LONG_WORD: Final = re.compile(r"\S{24}(?=\S)")
"""Where a word, mostly a path, may go on in the next line."""
GLYPHS = {"info": ("info", "running"), "warning": ("warning", "retry"), "error": ("error", "failed")}


@dataclass(frozen=True, slots=True)
class _Asked:
    """A message of the bar, as it was asked."""

    tone: Tone
    text: str
    answers: tuple[str, ...]
    then: Callable[[str], object] | None

    @property
    def presses(self) -> bool:
        return self.tone in ("warning", "error")


class Bar(InfoBar):
    """Messages with answers, in line: the next one shows when the one before was answered or closed. What is only
    good to know stands back behind what somebody has to do something about."""

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(icons, parent)
        self._waiting: deque[_Asked] = deque()
        self._shown: _Asked | None = None
        self.chosen.connect(self._answered)
        self.closed.connect(lambda: self._answered(""))

    def ask(
        self, tone: Tone, text: str, answers: Sequence[str] = (), then: Callable[[str], object] | None = None
    ) -> None:
        """Shows a message, at once or after those before it; the one shown, said again, is answered anew.

        Args:
            then: called with the words of the button pressed, or "" when it was closed.
        """
        asked = _Asked(tone, text, tuple(answers), then)
        if self._shown is not None and self._shown.text == text:
            self._shown = asked
        elif self._shown is None or (asked.presses and not self._shown.presses):
            self._waiting.extendleft(filter(None, [self._shown]))
            self._show(asked)
        else:
            behind = next((place for place, each in enumerate(self._waiting) if not each.presses), len(self._waiting))
            self._waiting.insert(behind if asked.presses else len(self._waiting), asked)

    def take_back(self, text: str) -> None:
        """Takes a message away that is no longer so, unanswered."""
        self._waiting = deque(each for each in self._waiting if each.text != text)
        if self._shown is not None and self._shown.text == text:
            self._shown = None
            self.leave()
            self._next()

    def _answered(self, words: str) -> None:
        asked, self._shown = self._shown, None
        if asked is not None and asked.then is not None:
            asked.then(words)
        if self._shown is None:
            self._next()

    def _next(self) -> None:
        if self._waiting:
            self._show(self._waiting.popleft())

    def _show(self, asked: _Asked) -> None:
        self._shown = asked
        self.say(asked.tone, asked.text, asked.answers)


class Toasts(QWidget):
    """A stack of short messages over the lower end of `host`; each goes by itself, or when clicked away."""

    def __init__(self, host: QWidget, icons: Icons) -> None:
        super().__init__(host)
        self._host, self._icons = host, icons
        self._toasts: list[Toast] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        host.installEventFilter(self)
        self.hide()

    @property
    def texts(self) -> list[str]:
        """What is shown now, oldest first."""
        return [toast.text for toast in self._toasts]

    def say(self, level: str, text: str, hint: str = "") -> None:
        """Shows a message; the same one again only stays longer."""
        for toast in self._toasts:
            if toast.text == text:
                toast.stay()
                return
        while len(self._toasts) >= MOST:
            self._drop(self._toasts[0])
        toast = Toast(self._icons, level, text, hint, self._drop)
        self._toasts.append(toast)
        self._column.addWidget(toast, 0, Qt.AlignmentFlag.AlignHCenter)
        self._place()
        self.show()
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stays at the lower end of the host."""
        if event.type() == QEvent.Type.Resize and self._toasts:
            self._place()
        return super().eventFilter(watched, event)

    def _drop(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            self._column.removeWidget(toast)
            toast.hide()
            toast.deleteLater()
            self.setVisible(bool(self._toasts))
            self._place()

    def _place(self) -> None:
        host = self._host
        width = min(host.width() - 32, self._icons.theme.px(560))
        for toast in self._toasts:
            toast.fit(width)
        height = sum(toast.height() for toast in self._toasts) + 8 * max(0, len(self._toasts) - 1)
        self.setGeometry((host.width() - width) // 2, host.height() - height - 24, width, height)


class Toast(QWidget):
    """One message: a glyph, a sentence, what to do about it."""

    def __init__(self, icons: Icons, level: str, text: str, hint: str, gone: Callable[[Toast], None]) -> None:
        super().__init__()
        self.text = text
        self._icons, self._level, self._gone = icons, level, gone
        self._lines: list[QLabel] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(lambda: gone(self))
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 8, 10)
        row.setSpacing(10)
        glyph, state = GLYPHS.get(level, GLYPHS["info"])
        self._picture = QLabel()
        self._picture.setPixmap(icons.pixmap(glyph, 16, f"state:{state}"))
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._words(text, hint), 1)
        self._close = QToolButton()
        self._close.setIcon(icons.icon("close", "muted", 14))
        self._close.setAccessibleName("Close the message")
        self._close.clicked.connect(lambda: gone(self))
        row.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop)
        self.setAccessibleName(f"{text} {hint}".strip())
        self.stay()

    def stay(self) -> None:
        """Its time begins again."""
        self._timer.start(SHORT_MS if self._level == "info" else LONG_MS)

    def fit(self, width: int) -> None:
        """Takes at most `width`, and the height its words need then; an asked-for layout would be the one before."""
        for label in self._lines:
            label.ensurePolished()
        margins = self._row.contentsMargins()
        beside = margins.left() + self._picture.sizeHint().width() + self._close.sizeHint().width() + margins.right()
        beside += 2 * self._row.spacing()
        longest = max(label.fontMetrics().horizontalAdvance(label.text()) + 4 for label in self._lines)
        words = max(1, min(width - beside, self._icons.theme.px(420), longest))
        for label in self._lines:
            label.setFixedWidth(words)
        self._row.invalidate()
        self.setFixedSize(words + beside, max(self._row.heightForWidth(words + beside), self._icons.theme.px(38)))

    def enterEvent(self, event: QEvent) -> None:
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        self.stay()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Ends here: a press that reached the canvas without its release would begin a box there."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self._gone(self)

    def paintEvent(self, _event: QPaintEvent) -> None:
        theme = self._icons.theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        state = theme.tokens.state(GLYPHS.get(self._level, GLYPHS["info"])[1])
        painter.setPen(theme.colour(theme.tokens.tint(state, 0.5, theme.tokens.node)))
        painter.setBrush(theme.colour("node"))
        painter.drawRoundedRect(box, 9, 9)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(state))
        painter.drawRoundedRect(QRectF(QPointF(4.5, 9), box.bottomRight() - QPointF(box.width() - 7, 9)), 1.5, 1.5)

    def _words(self, text: str, hint: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(2)
        for words, role in ((text, "body"), (hint, "muted")):
            if words:
                label = QLabel(LONG_WORD.sub("\\g<0>\u200b", words))
                label.setTextFormat(Qt.TextFormat.PlainText)
                label.setWordWrap(True)
                wear(label, role=role)
                self._lines.append(label)
                column.addWidget(label)
        return column
