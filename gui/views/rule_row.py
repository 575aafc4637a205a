"""A condition as a row: a path into the value, a test, what it is tested against; combined ones as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, get_args

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from engine.base.errors import FileProblem
from engine.base.rules import Op
from engine.files.strict import read_text
from gui.widgets.number_field import Choice

ALONE = ("is_empty", "exists")
"""Tests that need nothing to test against."""

WORDS = {"gt": "> more than", "gte": "≥ at least", "lt": "< less than", "lte": "≤ at most", "in": "is one of"}
"""Tests whose names say too little."""


def parse_operand(text: str) -> Any:
    """What was typed to compare with: JSON where it is a number, a list or an object, else the text itself."""
    try:
        found = read_text(text)
    except FileProblem:
        return text
    return found if isinstance(found, int | float | list | dict) or text in ("true", "false", "null") else text


def shown_operand(value: Any) -> str:
    """A value as it is typed."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


class RuleRow(QWidget):
    """Edits one simple condition; a combined one is shown as JSON.

    Signals: `edited` with the condition as JSON; `doubted` with why it is none yet.
    """

    edited = Signal(object)
    doubted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.path, self.operand, self.whole = QLineEdit(), QLineEdit(), QLineEdit()
        self.test = Choice()
        self.test.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.test.setMinimumContentsLength(6)
        for name in get_args(Op):
            self.test.addItem(WORDS.get(name, name.replace("_", " ")), name)
        self.path.setPlaceholderText("value")
        self.path.setToolTip("A path into the value, such as answer.score; empty for the value itself")
        self.operand.setPlaceholderText("text or number")
        self.whole.setProperty("mono", True)
        for widget, name in ((self.path, "field"), (self.test, "test"), (self.operand, "compared with")):
            widget.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.path, 2)
        row.addWidget(self.test, 3)
        row.addWidget(self.operand, 3)
        row.addWidget(self.whole, 8)
        self.path.textEdited.connect(self._changed)
        self.operand.textEdited.connect(self._changed)
        self.test.activated.connect(self._changed)
        self.whole.textEdited.connect(self._whole_changed)
        self.set_value(None)

    def set_value(self, value: Any) -> None:
        """Shows a condition; None is an empty row."""
        rule = value if isinstance(value, Mapping) else {}
        simple = not rule or set(rule) <= {"field", "op", "value"}
        for widget in (self.path, self.test, self.operand):
            widget.setVisible(simple)
        self.whole.setVisible(not simple)
        if not simple:
            text = json.dumps(value, ensure_ascii=False)
            if not self.whole.hasFocus():
                self.whole.setText(text)
            return
        if str(rule.get("field", "")) != self.path.text():
            self.path.setText(str(rule.get("field", "")))
        self.test.setCurrentIndex(max(0, self.test.findData(rule.get("op", "contains"))))
        if parse_operand(self.operand.text()) != rule.get("value") or not self.operand.text():
            self.operand.setText(shown_operand(rule.get("value")))
        self.operand.setVisible(self.test.currentData() not in ALONE)

    def value(self) -> dict[str, Any]:
        """The condition as it stands in the row."""
        test = self.test.currentData()
        rule = {"field": self.path.text().strip(), "op": test}
        return rule if test in ALONE else {**rule, "value": parse_operand(self.operand.text())}

    def _changed(self) -> None:
        self.operand.setVisible(self.test.currentData() not in ALONE)
        self.edited.emit(self.value())

    def _whole_changed(self, text: str) -> None:
        try:
            found = read_text(text)
        except FileProblem:
            self.doubted.emit("This is not JSON yet.")
            return
        self.doubted.emit("")
        self.edited.emit(found)
