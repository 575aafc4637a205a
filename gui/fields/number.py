"""Fields for numbers: an empty one means the default, which shows in grey."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from gui.field import FieldEditor, Place
from gui.theme.wear import wear

UNITS = {"seconds": "s", "money": "$"}


def read_number(text: str, *, whole: bool) -> int | float:
    """What was typed, as a number.

    Raises:
        ValueError: it is none; the message says what was expected.
    """
    plain = text.strip().replace("\u00a0", "").replace("_", "")
    try:
        return int(plain) if whole else _shortest(float(plain.replace(",", ".")))
    except (ValueError, OverflowError):
        raise ValueError("A whole number is expected." if whole else "A number is expected, such as 0.5.") from None


def _shortest(number: float) -> int | float:
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError
    return int(number) if number.is_integer() else number


class NumberField(FieldEditor):
    """A number, with its unit at the end."""

    compact: ClassVar[bool] = True
    whole: ClassVar[bool] = False

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.line = QLineEdit()
        self.line.setAccessibleName(place.field.title)
        default = place.field.default
        self.line.setPlaceholderText("none" if default is None else f"{default:g}")
        self.give_undo_away(self.line)
        self.line.textEdited.connect(self._typed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.line, 1)
        if place.field.widget in UNITS:
            unit = QLabel(UNITS[place.field.widget])
            wear(unit, role="muted")
            row.addWidget(unit)

    def editor(self) -> QWidget:
        return self.line

    def set_value(self, value: Any) -> None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        text = f"{value:.12g}" if is_number and value != self.place.field.default else ""
        try:
            shown = read_number(self.line.text(), whole=self.whole) if self.line.text() else None
        except ValueError:
            shown = None
        if shown != value or not self.line.text():
            self.line.setText(text)

    def _typed(self, text: str) -> None:
        if not text.strip():
            self.doubted.emit("")
            self.cleared.emit()
            return
        try:
            value = read_number(text, whole=self.whole)
        except ValueError as error:
            self.doubted.emit(str(error))
            return
        self.doubted.emit("")
        self.edited.emit(value)


class WholeField(NumberField):
    """A whole number."""

    whole: ClassVar[bool] = True


FIELDS = {"number": NumberField, "integer": WholeField, "seconds": NumberField, "money": NumberField}
