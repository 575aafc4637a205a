"""Tabs as plain words with a line under the chosen one, and a count beside a word where there is something to count."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QTabBar, QWidget

from gui.theme.theme import Theme

_SPACE, _NARROW_SPACE, _COUNT_GAP = 18, 10, 4


class UnderlineTabs(QTabBar):
    """A tab bar: arrows and wheel move as in every QTabBar, `currentChanged` tells.

    Args:
        line: draw a thin rule under all tabs, as the inspector does.
    """

    def __init__(self, theme: Theme, titles: tuple[str, ...] = (), line: bool = False, parent: QWidget | None = None):
        super().__init__(parent)
        self._theme = theme
        self._line = line
        self._counts: dict[str, tuple[int, str]] = {}
        self._space = _SPACE
        self.setExpanding(False)
        self.setDrawBase(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self._restyle)
        for title in titles:
            self.addTab(title)

    def set_count(self, title: str, count: int, tone: str = "muted") -> None:
        """Show `count` beside the tab `title`; 0 takes it away. `tone` is a role of `Theme.colour`."""
        before = self._counts.get(title)
        if count:
            self._counts[title] = (count, tone)
        else:
            self._counts.pop(title, None)
        if self._counts.get(title) != before:
            self._restyle()

    def count_text(self, title: str) -> str:
        """The count beside `title` as shown: empty for none, `99+` from a hundred on."""
        count = self._counts.get(title, (0, ""))[0]
        return "" if not count else str(count) if count < 100 else "99+"

    def tabSizeHint(self, index: int) -> QSize:
        metrics = QFontMetrics(self._theme.font("small"))
        return QSize(self._words_width(index) + self._space_after(index), metrics.height() + self._theme.px(14))

    def minimumTabSizeHint(self, index: int) -> QSize:
        return self.tabSizeHint(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def tabLayoutChange(self) -> None:
        super().tabLayoutChange()
        self._make_room()

    def _make_room(self) -> None:
        """Moves the words closer to each other where they would not all be seen."""
        words = sum(self._words_width(index) for index in range(self.count()))
        space = _SPACE if words + _SPACE * (self.count() - 1) <= self.width() else _NARROW_SPACE
        if space != self._space:
            self._space = space
            self._restyle()

    def _words_width(self, index: int) -> int:
        metrics, title = QFontMetrics(self._theme.font("small")), self.tabText(index)
        shown = self.count_text(title)
        return metrics.horizontalAdvance(title) + (_COUNT_GAP + metrics.horizontalAdvance(shown) if shown else 0)

    def _space_after(self, index: int) -> int:
        return self._space if index < self.count() - 1 else 0

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(self._theme.font("small"))
        if self._line:
            painter.fillRect(0, self.height() - 1, self.width(), 1, self._theme.colour("line"))
        hovered = self.tabAt(self.mapFromGlobal(self.cursor().pos())) if self.underMouse() else -1
        for index in filter(self.isTabVisible, range(self.count())):
            self._paint_tab(painter, index, lit=index in (self.currentIndex(), hovered))

    def _paint_tab(self, painter: QPainter, index: int, lit: bool) -> None:
        box = self.tabRect(index).adjusted(0, 0, -self._space_after(index), 0)
        title = self.tabText(index)
        words = box.adjusted(0, 0, 0, -2)
        self._words(painter, words, title, self._theme.colour("text" if lit else "muted"))
        if shown := self.count_text(title):
            at = words.translated(QPoint(painter.fontMetrics().horizontalAdvance(title) + _COUNT_GAP, 0))
            tone = self._counts[title][1]
            colour = self._theme.colour("text" if lit and tone == "muted" else tone)
            self._words(painter, at, shown, colour)
        if index == self.currentIndex():
            painter.fillRect(box.left(), self.height() - 2, box.width(), 2, self._theme.colour("accent"))
            if self.hasFocus():
                painter.setPen(self._theme.colour("accent"))
                painter.drawRoundedRect(box.adjusted(-5, 4, 5, -5), 5, 5)

    def _words(self, painter: QPainter, box: QRect, text: str, colour: QColor) -> None:
        painter.setPen(colour)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextDontClip
        painter.drawText(box, flags, text)

    def _restyle(self) -> None:
        # QTabBar keeps tab sizes until its font or texts change.
        for index in range(self.count()):
            self.setTabText(index, self.tabText(index))
            self.setAccessibleTabName(index, f"{self.tabText(index)} {self.count_text(self.tabText(index))}".strip())
        self.updateGeometry()
        self.update()
