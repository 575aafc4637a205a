"""Fields of one line: words, and lists of words parted by commas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from gui.field import FieldEditor, Place


class LineField(FieldEditor):
    """A line of text. Empty means the default."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.line = QLineEdit()
        self.line.setAccessibleName(place.field.title)
        if place.field.default:
            self.line.setPlaceholderText(self.text_of(place.field.default))
        self.give_undo_away(self.line)
        self.line.textEdited.connect(self._typed)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.line)

    def editor(self) -> QWidget:
        return self.line

    def set_value(self, value: Any) -> None:
        text = "" if value is None or value == self.place.field.default else self.text_of(value)
        if text != self.line.text() and not self._says(value):
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def text_of(self, value: Any) -> str:
        """A value as it is typed."""
        return str(value)

    def value_of(self, text: str) -> Any:
        """What was typed as a value."""
        return text

    def _says(self, value: Any) -> bool:
        """Whether the line shows this value already, written in another way."""
        return bool(self.line.text()) and bool(self.value_of(self.line.text()) == value)

    def _typed(self, text: str) -> None:
        if text.strip():
            self.edited.emit(self.value_of(text))
        else:
            self.cleared.emit()


class ListField(LineField):
    """Words parted by commas."""

    compact: ClassVar[bool] = False

    def text_of(self, value: Any) -> str:
        return ", ".join(str(item) for item in value) if isinstance(value, Sequence) else ""

    def value_of(self, text: str) -> Any:
        return [word for part in text.split(",") if (word := part.strip())]

    def _says(self, value: Any) -> bool:
        return bool(self.line.text()) and self.value_of(self.line.text()) == list(value or ())


FIELDS = {"line": LineField, "folder": LineField, "list": ListField, "tools": ListField, "models": ListField}
