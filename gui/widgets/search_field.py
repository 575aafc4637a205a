"""A field to search in, with the key that reaches it shown as a hint until something is typed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget

from gui.theme.icons import Icons
from gui.theme.wear import wear


class SearchField(QLineEdit):
    """A search field.

    Args:
        placeholder: what can be looked for.
        hint: the key that brings one here (`Tab`, `Ctrl+F`); empty for none.

    Signals: `left_down` when the arrow keys leave for the results (its argument is 1 or -1), beside QLineEdit's own.
    """

    left_down = Signal(int)

    def __init__(self, icons: Icons, placeholder: str, hint: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(placeholder.rstrip(".… "))
        self._hint = QLabel(hint, self)
        self._hint.setTextFormat(Qt.TextFormat.PlainText)
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        wear(self._hint, role="mono_small")
        self._clear = QAction("Clear", self)
        self._clear.triggered.connect(self.clear)
        self.addAction(self._clear, QLineEdit.ActionPosition.TrailingPosition)
        self.textChanged.connect(self._show_end)
        icons.dress(self._clear, "close", size=14)
        self._show_end()

    @property
    def hint_shown(self) -> bool:
        return not self._hint.isHidden()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape empties before it leaves; Up and Down go to the results."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.left_down.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_hint()

    def _show_end(self) -> None:
        typed = bool(self.text())
        self._clear.setVisible(typed)
        self._hint.setVisible(not typed and bool(self._hint.text()))
        self._place_hint()

    def _place_hint(self) -> None:
        size = self._hint.sizeHint()
        self._hint.setGeometry(
            self.width() - size.width() - 11, (self.height() - size.height()) // 2, size.width(), size.height()
        )
