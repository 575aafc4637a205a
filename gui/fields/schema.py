"""The field for a JSON Schema: a table of properties, or the text; one of them is shown, both say the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.field import FieldEditor, Place
from gui.fields.text import JsonField
from gui.schema_rows import TYPES, SchemaRow, rows_of, schema_of
from gui.theme.icons import Icons
from gui.theme.wear import wear
from gui.widgets.number_field import Choice

WORDS = {"string": "text", "integer": "whole number", "boolean": "yes or no", "array": "list"}
"""How types are called where people choose."""


class SchemaField(FieldEditor):
    """Rows of properties above a button that shows the text instead."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._schema: Any = None
        self.rows: list[PropertyRow] = []
        self.text = JsonField(place)
        self.text.edited.connect(self._say)
        self.text.cleared.connect(lambda: self._say(None))
        self.text.doubted.connect(self.doubted)
        self.add = QPushButton("Add a property")
        self.add.setIcon(place.studio.icons.icon("add", "muted", 14))
        self.add.clicked.connect(self._add)
        self.as_text = QToolButton()
        self.as_text.setText("As text")
        self.as_text.setCheckable(True)
        self.as_text.toggled.connect(lambda _: self._show())
        self.note = QLabel("This schema says more than a table can: it is edited as text.")
        self.note.setWordWrap(True)
        wear(self.note, role="faint")
        self._list = QVBoxLayout()
        self._list.setSpacing(6)
        self._table = QWidget()
        self._lay_out()
        self._show()

    def editor(self) -> QWidget:
        return self.text.area if self._text_shown else self.rows[0].name if self.rows else self.add

    def set_value(self, value: Any) -> None:
        self.text.set_value(value)
        if value == self._schema and (self.rows or not value):
            return
        self._schema = value
        self._show()

    @property
    def _text_shown(self) -> bool:
        return self.as_text.isChecked() or rows_of(self._schema) is None

    def _lay_out(self) -> None:
        table = QVBoxLayout(self._table)
        table.setContentsMargins(0, 0, 0, 0)
        table.setSpacing(6)
        table.addLayout(self._list)
        foot = QHBoxLayout()
        foot.setContentsMargins(0, 0, 0, 0)
        foot.addWidget(self.add)
        foot.addStretch(1)
        foot.addWidget(self.as_text)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for part in (self._table, self.text, self.note):
            column.addWidget(part)
        column.addLayout(foot)

    def _show(self) -> None:
        rows, shown = rows_of(self._schema), self._text_shown
        self._table.setVisible(not shown)
        self.add.setVisible(not shown)
        self.text.setVisible(shown)
        self.note.setVisible(rows is None)
        self.as_text.setVisible(rows is not None)
        if not shown and [each.row for each in self.rows] != (rows or []):
            self._rebuild(rows or [])

    def _rebuild(self, rows: list[SchemaRow]) -> None:
        for old in self.rows:
            self._list.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.rows = []
        for row in rows:
            self._line(row)

    def _line(self, row: SchemaRow) -> PropertyRow:
        line = PropertyRow(self.place.studio.icons, row)
        for typed in (line.name, line.about):
            self.give_undo_away(typed)
        line.edited.connect(self._rows_changed)
        line.removed.connect(lambda: self._remove(line))
        self.rows.append(line)
        self._list.addWidget(line)
        return line

    def _add(self) -> None:
        self._line(SchemaRow("")).name.setFocus()

    def _remove(self, line: PropertyRow) -> None:
        self.rows.remove(line)
        self._list.removeWidget(line)
        line.hide()
        line.deleteLater()
        self._rows_changed()

    def _rows_changed(self) -> None:
        names = [line.row.name for line in self.rows if line.row.name]
        doubled = next((name for name in names if names.count(name) > 1), "")
        self.doubted.emit(f"There are two named “{doubled}”." if doubled else "")
        if not doubled:
            self._say(schema_of(self._schema, [line.row for line in self.rows if line.row.name]))

    def _say(self, value: Any) -> None:
        self._schema = value
        self.text.set_value(value)
        if value is None:
            self.cleared.emit()
        else:
            self.edited.emit(value)


class PropertyRow(QFrame):
    """One property. Signals: `edited`, `removed`."""

    edited = Signal()
    removed = Signal()

    def __init__(self, icons: Icons, row: SchemaRow) -> None:
        super().__init__()
        wear(self, role="well")
        self.row = row
        self.name, self.about = QLineEdit(row.name), QLineEdit(row.about)
        self.name.setPlaceholderText("name")
        self.name.setAccessibleName("Name of the property")
        self.about.setPlaceholderText("what it holds, for the model")
        self.about.setAccessibleName("Description of the property")
        self.type = Choice()
        self.type.setAccessibleName("Type of the property")
        for each in TYPES:
            self.type.addItem(WORDS.get(each, each), each)
        self.type.setCurrentIndex(self.type.findData(row.type))
        self.required = QCheckBox("required")
        self.required.setChecked(row.required)
        self.cross = QToolButton()
        self.cross.setIcon(icons.icon("close", "muted", 14))
        self.cross.setToolTip("Take it away")
        self.cross.setAccessibleName("Take the property away")
        head, foot = QHBoxLayout(), QHBoxLayout()
        for part, stretch in ((self.name, 3), (self.type, 2), (self.cross, 0)):
            head.addWidget(part, stretch)
        foot.addWidget(self.about, 1)
        foot.addWidget(self.required)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 6)
        column.setSpacing(4)
        column.addLayout(head)
        column.addLayout(foot)
        self.name.textEdited.connect(lambda text: self._put(name=text.strip()))
        self.about.textEdited.connect(lambda text: self._put(about=text))
        self.type.activated.connect(lambda index: self._put(type=self.type.itemData(index)))
        self.required.clicked.connect(lambda on: self._put(required=bool(on)))
        self.cross.clicked.connect(self.removed)

    def _put(self, **changed: Any) -> None:
        self.row = replace(self.row, **changed)
        self.edited.emit()


FIELDS = {"schema": SchemaField}
