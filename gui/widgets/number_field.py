"""Fields for numbers and choices that a passing wheel does not change: a form is scrolled more often than edited."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QSpinBox, QStyledItemDelegate, QWidget

from gui.widgets.menu import round_popup

_INSET = 8


class WholeNumber(QSpinBox):
    """A QSpinBox that takes the wheel only while it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setKeyboardTracking(False)
        # Qt ignores a spin box's left padding in stylesheets, so the text is moved in here.
        self.lineEdit().setTextMargins(_INSET, 0, 0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class Choice(QComboBox):
    """A QComboBox that takes the wheel only while it has the focus."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setItemDelegate(QStyledItemDelegate(self))  # Qt's own for combo boxes does not follow the stylesheet
        round_popup(self)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
