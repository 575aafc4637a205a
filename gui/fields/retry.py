"""The field for retries: how many attempts, and the pauses between them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QWidget

from gui.field import FieldEditor, Place
from gui.theme.wear import wear

PARTS = (("attempts", "attempts in all", 3), ("base_s", "first pause, seconds", 1.0))


class RetryField(FieldEditor):
    """Attempts and the first pause: `3 · pause 1 s`; the longest pause keeps what the file says."""

    compact: ClassVar[bool] = True

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._value: dict[str, Any] = {}
        self.lines: dict[str, QLineEdit] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        for name, words, default in PARTS:
            line = self.lines[name] = QLineEdit()
            line.setPlaceholderText(f"{default:g}")
            line.setAccessibleName(words)
            line.setToolTip(words)
            self.give_undo_away(line)
            line.textEdited.connect(self._typed)
            row.addWidget(line, 1)
            unit = QLabel("×" if name == "attempts" else "s")
            wear(unit, role="muted")
            row.addWidget(unit)

    def editor(self) -> QWidget:
        return self.lines["attempts"]

    def set_value(self, value: Any) -> None:
        self._value = dict(value) if isinstance(value, Mapping) else {}
        for name, _, default in PARTS:
            line, found = self.lines[name], self._value.get(name, default)
            if not line.text() or _number(line.text()) != found:
                line.setText("" if found == default or not isinstance(found, int | float) else f"{found:g}")

    def _typed(self) -> None:
        value = dict(self._value)
        for name, words, _ in PARTS:
            text = self.lines[name].text().strip()
            number = _number(text)
            if text and number is None:
                self.doubted.emit(f"A number is expected: {words}.")
                return
            if number is None:
                value.pop(name, None)
            else:
                value[name] = int(number) if name == "attempts" and number.is_integer() else number
        self.doubted.emit("")
        self._value = value
        if value:
            self.edited.emit(value)
        else:
            self.cleared.emit()


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


FIELDS = {"retry": RetryField}
