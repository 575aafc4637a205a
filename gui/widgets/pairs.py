"""Rows of a name and a value, with one more to add: headers of a request, variables of a program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QToolButton, QWidget

from gui.theme.icons import Icons
from gui.widgets.add_list import AddList


class Pairs(QWidget):
    """A row without a name is no pair yet.

    Signals: `edited` when something was typed or taken away; `added` with a new row.

    Args:
        title: what the pairs are, for who hears the screen.
    """

    edited = Signal()
    added = Signal(object)

    def __init__(self, icons: Icons, title: str) -> None:
        super().__init__()
        self._icons, self._title = icons, title
        self.rows: list[PairRow] = []
        self._list = AddList(self, icons, "Add", 4)
        self.add = self._list.add
        self.add.setAutoDefault(False)
        self.add.setAccessibleName(f"{title}: add one")
        self.add.clicked.connect(lambda: self._row().name.setFocus())

    def pairs(self) -> dict[str, str]:
        """What was entered, by name."""
        return {row.name.text().strip(): row.value.text() for row in self.rows if row.name.text().strip()}

    def doubt(self) -> str:
        """Why what stands there is no value yet; "" when it is one."""
        names = [row.name.text().strip() for row in self.rows]
        doubled = next((name for name in names if name and names.count(name) > 1), "")
        nameless = any(not row.name.text().strip() and row.value.text() for row in self.rows)
        return f"There are two named “{doubled}”." if doubled else "A name is missing." if nameless else ""

    def set_pairs(self, given: Mapping[str, Any]) -> None:
        """Shows other pairs."""
        for row in self.rows:
            self._list.drop(row)
        self.rows = []
        for name, each in given.items():
            self._row(str(name), each if isinstance(each, str) else str(each))

    def _row(self, name: str = "", value: str = "") -> PairRow:
        row = PairRow(self._icons, self._title, name, value)
        row.edited.connect(self.edited)
        row.removed.connect(lambda: self._remove(row))
        self.rows.append(row)
        self._list.items.addWidget(row)
        self.added.emit(row)
        return row

    def _remove(self, row: PairRow) -> None:
        self.rows.remove(row)
        self._list.drop(row)
        self.edited.emit()


class PairRow(QWidget):
    """One name with its value. Signals: `edited`, `removed`."""

    edited = Signal()
    removed = Signal()

    def __init__(self, icons: Icons, title: str, name: str, value: str) -> None:
        super().__init__()
        self.name, self.value, self.cross = QLineEdit(name), QLineEdit(value), QToolButton()
        self.name.setPlaceholderText("name")
        self.value.setPlaceholderText("value, or secret://NAME")
        self.name.setAccessibleName(f"{title}: name")
        self.value.setAccessibleName(f"{title}: value")
        self.cross.setIcon(icons.icon("close", "muted", 14))
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
