"""The field for one condition (a loop's end)."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.field import FieldEditor, Place
from gui.views.rule_row import RuleRow


class RuleField(FieldEditor):
    """One row."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.row = RuleRow()
        self.row.edited.connect(self.edited)
        self.row.doubted.connect(self.doubted)
        for line in (self.row.path, self.row.operand, self.row.whole):
            self.give_undo_away(line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.row)

    def editor(self) -> QWidget:
        return self.row.path

    def set_value(self, value: Any) -> None:
        self.row.set_value(value)


FIELDS = {"rule": RuleField}
