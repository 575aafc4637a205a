"""A search that opens over the canvas or the window: type a few letters, choose with arrows, Enter takes it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QMouseEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsDropShadowEffect,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from gui.matching import rank
from gui.theme.icons import Icons
from gui.theme.wear import wear
from gui.widgets.search_field import SearchField

ROW, MOST, SHADOW = 32, 11, 16
NOTHING = "Nothing found. Try fewer letters."
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that can be chosen.

    Attributes:
        hint: quiet words behind the title.
        end: words at the right end, such as a key.
        words: more that a search may hit.
        take: does what choosing it means.
        also: does what choosing it with Shift means, where that is something else.
    """

    title: str
    take: Callable[[], object]
    hint: str = ""
    end: str = ""
    icon: str = ""
    colour: str = "muted"
    words: str = ""
    also: Callable[[], object] | None = None


Search = Callable[[str], list[Found]]


def _sought(found: Found) -> str:
    return f"{found.title} {found.hint} {found.words}"


class Finder(QFrame):
    """The popup, a part of the window so that its shadow needs no help from the system's compositor.

    Args:
        below: quiet words below the results.
        search: gives what fits the typed letters, best first, in place of a search among `things` by their words.

    It closes when something was taken, on Escape, and when one looks elsewhere.

    Signals: `left` when it has gone by a row taken or by Escape, so that the keyboard has no place (a click elsewhere
    gives it one); `gone` however it went.
    """

    left = Signal()
    gone = Signal()

    def __init__(
        self, parent: QWidget, icons: Icons, placeholder: str, things: Sequence[Found], width: int,
        *, search: Search | None = None, below: str = "",
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._ask = search
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._window = parent
        self._things = list(things)
        self._shown: list[Found] = []
        self.field = SearchField(icons, placeholder)
        self.list = QListView()
        self._none, self._below = QLabel(NOTHING, self), QLabel(below, self)
        for words in (self._none, self._below):
            words.setTextFormat(Qt.TextFormat.PlainText)
            wear(words, role="muted")
            words.setFixedSize(icons.theme.px(width), icons.theme.px(ROW))
            words.setIndent(icons.theme.px(9))
        self._below.setVisible(bool(below))
        self._row = icons.theme.px(ROW)
        self._model = QStandardItemModel(self)
        self._lay_out(icons, width)
        self.field.textChanged.connect(self._search)
        self.field.left_down.connect(self._move)
        self.field.installEventFilter(self)
        self.list.clicked.connect(lambda index: self.take(index.row()))
        self._search("")

    @property
    def titles(self) -> list[str]:
        """The titles shown now, best first."""
        return [found.title for found in self._shown]

    def popup(self, at: QPoint) -> None:
        """Opens with its top left corner near a point of the screen, wholly inside the window."""
        self.adjustSize()
        wanted = self._window.mapFromGlobal(at) - QPoint(SHADOW, SHADOW // 2)
        x = min(max(0, wanted.x()), self._window.width() - self.width())
        highest = self.height() + self._row * self._most() - self.list.height()  # so that it stays while it grows
        y = max(0, min(wanted.y(), self._window.height() - highest))
        self.move(x, y)
        self.show()
        self.raise_()
        self.field.setFocus()
        whole = self.window().windowHandle()
        if whole is not None:
            whole.installEventFilter(self)

    def take(self, row: int | None = None, *, other: bool = False) -> None:
        """Takes the chosen row, or the one given; `other` in the way that Shift asks for."""
        index = self.list.currentIndex().row() if row is None else row
        if 0 <= index < len(self._shown):
            found = self._shown[index]
            self._leave()
            (found.also or found.take)() if other else found.take()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tab walks through the results as the arrows do; Enter takes one; Escape and a click elsewhere close."""
        if event.type() == QEvent.Type.FocusOut and watched is self.field and self.isVisible():
            self.close()
        if isinstance(event, QMouseEvent):  # of the system's window: what is pressed there may take no keyboard
            if event.type() == QEvent.Type.MouseButtonPress and not self._holds(event):
                self._leave()
            return False
        if isinstance(event, QKeyEvent) and watched is self.field and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab):
                self._move(1 if event.key() == Qt.Key.Key_Tab else -1)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.take(other=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
                return True
            if event.key() == Qt.Key.Key_Escape:
                self._leave()
                return True
        return super().eventFilter(watched, event)

    def _holds(self, event: QMouseEvent) -> bool:
        return self.rect().contains(self.mapFromGlobal(event.globalPosition().toPoint()))

    def closeEvent(self, event: QCloseEvent) -> None:
        super().closeEvent(event)
        whole = self.window().windowHandle()
        if whole is not None:
            whole.removeEventFilter(self)
        self.gone.emit()

    def _leave(self) -> None:
        self.close()
        self.left.emit()

    def _lay_out(self, icons: Icons, width: int) -> None:
        outer = QVBoxLayout(self)
        outer.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)
        outer.setContentsMargins(SHADOW, SHADOW // 2, SHADOW, SHADOW + 6)
        box = QFrame()
        wear(box, role="popup")
        shadow = QGraphicsDropShadowEffect(box)
        shadow.setBlurRadius(SHADOW * 1.5)
        shadow.setOffset(0, 5)
        colour = icons.theme.colour(icons.theme.tokens.menu_shadow.colour).toRgb()
        colour.setAlphaF(icons.theme.tokens.menu_shadow.alpha)
        shadow.setColor(colour)
        box.setGraphicsEffect(shadow)
        outer.addWidget(box)
        column = QVBoxLayout(box)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.field)
        column.addWidget(self.list)
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Row(icons, self._shown_at, self.list))
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for part in (self.field, self.list):
            part.setFixedWidth(icons.theme.px(width))
        column.addWidget(self._none)
        column.addWidget(self._below)

    def _shown_at(self, row: int) -> Found:
        return self._shown[row]

    def _search(self, text: str) -> None:
        self._shown = self._ask(text) if self._ask else rank(text, self._things, _sought)
        self._model.clear()
        for found in self._shown:
            item = QStandardItem(found.title)
            item.setEditable(False)
            item.setData(f"{found.title}, {found.hint}", Qt.ItemDataRole.AccessibleTextRole)
            self._model.appendRow(item)
        self.list.setCurrentIndex(self._model.index(0, 0))
        self.list.setFixedHeight(self._row * min(MOST, len(self._shown)))
        self.list.setVisible(bool(self._shown))
        self._none.setVisible(bool(text.strip()) and not self._shown)

    def _most(self) -> int:
        """Rows that it may come to show."""
        return MOST if self._ask else min(MOST, len(self._things))

    def _move(self, step: int) -> None:
        count = self._model.rowCount()
        if count:
            row = (self.list.currentIndex().row() + step) % count
            self.list.setCurrentIndex(self._model.index(row, 0))


class _Row(QStyledItemDelegate):
    """Paints icon, title, hint and end on one line."""

    def __init__(self, icons: Icons, thing: Callable[[int], Found], parent: QObject) -> None:
        super().__init__(parent)
        self._icons, self._thing = icons, thing

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(100, self._icons.theme.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        theme, found = self._icons.theme, self._thing(index.row())
        state: QStyle.StateFlag = option.state
        box: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.colour("press"))
            painter.drawRoundedRect(box, 6, 6)
        side = theme.px(16)
        if found.icon:
            place = QRect(box.left() + 9, box.center().y() - side // 2, side, side)
            self._icons.paint(painter, found.icon, place.toRectF(), found.colour)
        words = box.adjusted(9 + side + 9 if found.icon else 9, 0, -10, 0)
        painter.setFont(theme.font("mono_small"))
        painter.setPen(theme.colour("faint"))
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, found.end)
        words.setRight(words.right() - painter.fontMetrics().horizontalAdvance(found.end) - 10)
        _two(painter, words, found, self._icons)
        painter.restore()


def _two(painter: QPainter, box: QRect, found: Found, icons: Icons) -> None:
    """The title and, quieter behind it, the hint; each cut where room runs out."""
    left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    painter.setFont(icons.theme.font("body"))
    painter.setPen(icons.theme.colour("text"))
    title = painter.fontMetrics().elidedText(found.title, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, left, title)
    rest = box.adjusted(painter.fontMetrics().horizontalAdvance(title) + 10, 1, 0, 1)
    painter.setFont(icons.theme.font("small"))
    painter.setPen(icons.theme.colour("faint"))
    if rest.width() > 24:
        hint = painter.fontMetrics().elidedText(found.hint, Qt.TextElideMode.ElideRight, rest.width())
        painter.drawText(rest, left, hint)
