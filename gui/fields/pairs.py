"""The field for names with values, such as the headers of a request: a row for each, one more to add."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.field import FieldEditor, Place
from gui.widgets.pairs import PairRow, Pairs


class PairsField(FieldEditor):
    """Rows of name and value. A row without a name is not a value yet."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.pairs = Pairs(place.studio.icons, place.field.title)
        self._shown: dict[str, Any] = {}
        self.pairs.edited.connect(self._say)
        self.pairs.added.connect(self._prepare)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.pairs)

    @property
    def rows(self) -> list[PairRow]:
        return self.pairs.rows

    @property
    def add(self) -> QPushButton:
        return self.pairs.add

    def editor(self) -> QWidget:
        return self.rows[0].name if self.rows else self.add

    def set_value(self, value: Any) -> None:
        given = dict(value) if isinstance(value, Mapping) else {}
        if given == self._shown and (self.rows or not given):
            return
        self._shown = given
        self.pairs.set_pairs(given)

    def _prepare(self, row: PairRow) -> None:
        for line in (row.name, row.value):
            self.give_undo_away(line)

    def _say(self) -> None:
        doubt = self.pairs.doubt()
        self.doubted.emit(doubt)
        if doubt.startswith("There are two"):
            return
        self._shown = dict(self.pairs.pairs())
        if self._shown:
            self.edited.emit(dict(self._shown))
        else:
            self.cleared.emit()


FIELDS = {"pairs": PairsField}
