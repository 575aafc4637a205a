"""The field for names with values, such as the headers of a request: a row for each, one more to add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from gui.field import FieldEditor, Place
from gui.widgets.add_list import AddList


class PairsField(FieldEditor):
    """Rows of name and value. A row without a name is not a value yet."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.rows: list[PairRow] = []
        self._shown: dict[str, Any] = {}
        self._list = AddList(self, place.studio.icons, "Add", 4)
        self.add = self._list.add
        self.add.setAccessibleName(f"{place.field.title}: add one")
        self.add.clicked.connect(self._add_empty)

    def editor(self) -> QWidget:
        return self.rows[0].name if self.rows else self.add

    def set_value(self, value: Any) -> None:
        given = dict(value) if isinstance(value, Mapping) else {}
        if given == self._shown and (self.rows or not given):
            return
        self._shown = given
        for row in self.rows:
            self._list.drop(row)
        self.rows = []
        for name, each in given.items():
            self._row(str(name), each if isinstance(each, str) else str(each))

    def _row(self, name: str = "", value: str = "") -> PairRow:
        row = PairRow(self.place, name, value)
        for line in (row.name, row.value):
            self.give_undo_away(line)
        row.edited.connect(self._say)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._list.items.addWidget(row)
        return row

    def _add_empty(self) -> None:
        self._row().name.setFocus()

    def _remove(self, row: PairRow) -> None:
        self.rows.remove(row)
        self._list.drop(row)
        self._say()

    def _say(self) -> None:
        names = [row.name.text().strip() for row in self.rows]
        doubled = next((name for name in names if name and names.count(name) > 1), "")
        nameless = any(not row.name.text().strip() and row.value.text() for row in self.rows)
        self.doubted.emit(f"There are two named “{doubled}”." if doubled else "A name is missing." if nameless else "")
        if doubled:
            return
        self._shown = {row.name.text().strip(): row.value.text() for row in self.rows if row.name.text().strip()}
        if self._shown:
            self.edited.emit(dict(self._shown))
        else:
            self.cleared.emit()


class PairRow(QWidget):
    """One name with its value. Signals: `edited`, `removed`."""

    edited = Signal()
    removed = Signal()

    def __init__(self, place: Place, name: str, value: str) -> None:
        super().__init__()
        self.name, self.value, self.cross = QLineEdit(name), QLineEdit(value), QToolButton()
        self.name.setPlaceholderText("name")
        self.value.setPlaceholderText("value, or secret://NAME")
        self.name.setAccessibleName(f"{place.field.title}: name")
        self.value.setAccessibleName(f"{place.field.title}: value")
        self.cross.setIcon(place.studio.icons.icon("close", "muted", 14))
        self.cross.setToolTip("Take it away")
        self.cross.setAccessibleName("Take it away")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.name, 2)
        row.addWidget(self.value, 3)
        row.addWidget(self.cross)
        for line in (self.name, self.value):
            line.setCursorPosition(0)
            line.textEdited.connect(lambda _: self.edited.emit())
        self.cross.clicked.connect(self.removed)


FIELDS = {"pairs": PairsField}
