"""What all fields of several lines share: they grow, they commit what is whole, they say what is not."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.field import FieldEditor, Place
from gui.views.growing_text import GrowingText


class TextField(FieldEditor):
    """Plain text."""

    mono: ClassVar[bool] = False

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.area = self.make_area()
        self.area.setAccessibleName(place.field.title)
        self.area.setUndoRedoEnabled(False)
        if self.mono:
            self.area.setProperty("mono", True)
        self.give_undo_away(self.area)
        self._shown: Any = None
        self._quiet = False
        self.area.textChanged.connect(self._changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.area)

    def make_area(self) -> GrowingText:
        """The widget that is typed into."""
        return GrowingText()

    def editor(self) -> QWidget:
        return self.area

    def set_value(self, value: Any) -> None:
        if value == self._shown and (self.area.toPlainText() or not self.text_of(value)):
            return
        self._shown = value
        text = self.text_of(value)
        if text != self.area.toPlainText():
            self._quiet = True
            at = self.area.textCursor().position()
            self.area.setPlainText(text)
            cursor = self.area.textCursor()
            cursor.setPosition(min(at, len(text)))
            self.area.setTextCursor(cursor)
            self._quiet = False
        self.doubted.emit("")

    def text_of(self, value: Any) -> str:
        """A value as it is typed."""
        return "" if value is None else str(value)

    def value_of(self, text: str) -> Any:
        """What was typed as a value. Raises ValueError with a sentence when it is none."""
        return text

    def unfinished(self) -> bool:
        """Whether what is no value yet may become one with the next letters: nothing is said of it then."""
        return False

    def _changed(self) -> None:
        if self._quiet:
            return
        text = self.area.toPlainText()
        try:
            value = self.value_of(text)
        except ValueError as error:
            self.doubted.emit("" if self.unfinished() else str(error))
            return
        self.doubted.emit("")
        if value == self._shown:
            return
        self._shown = value
        if text.strip() or self.place.field.default not in ("", None):
            self.edited.emit(value)
        else:
            self.cleared.emit()
