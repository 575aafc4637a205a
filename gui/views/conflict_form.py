"""Both sides of a conflict beside each other, as plain text, and the choice between them or another text (S14)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QRadioButton, QVBoxLayout

from engine.base.values import Value
from gui.theme.wear import wear
from gui.views.answer_form import AnswerForm
from gui.views.growing_text import GrowingText

WORDS = {"left": "Keep what is there", "right": "Write this instead", "edit": "Write another text"}


class ConflictForm(AnswerForm):
    """Takes the left side, the right one, or what a person makes of them.

    Args:
        schema: of the answer; names what may be taken.
        value: `resource`, `left` and `right` (each `node` and `text`), and `text` to begin with.
    """

    def __init__(self, schema: Mapping[str, Any], value: Mapping[str, Any]) -> None:
        super().__init__()
        self._group = QButtonGroup(self)
        self.choices: dict[str, QRadioButton] = {}
        may: Sequence[str] = schema.get("properties", {}).get("take", {}).get("enum", ("left", "right"))
        row = QHBoxLayout()
        row.setSpacing(8)
        for side, absent in (("left", "Somebody outside this run"), ("right", "This node")):
            shown = value.get(side) or {}
            row.addLayout(self._side(side, str(shown.get("node") or absent), str(shown.get("text", ""))), 1)
        self.column.addLayout(row)
        self.own = GrowingText(2, 12)
        self.own.setPlainText(str(value.get("text", "")))
        self.own.setAccessibleName("Another text")
        wear(self.own, mono=True)
        if "edit" in may:
            self.column.addWidget(self._choice("edit"))
            self.column.addWidget(self.own)
        self.choices.get(str(value.get("take")), self.choices["left"]).setChecked(True)
        self._show_own()
        self._group.buttonToggled.connect(lambda *_: self._show_own())

    def value(self) -> Value:
        take = next(name for name, button in self.choices.items() if button.isChecked())
        return {"take": take, "text": self.own.toPlainText()} if take == "edit" else {"take": take}

    def _side(self, side: str, who: str, text: str) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        label, area = QLabel(who), GrowingText(2, 12)
        label.setTextFormat(Qt.TextFormat.PlainText)
        wear(label, role="field")
        area.setPlainText(text)
        area.setReadOnly(True)
        area.setAccessibleName(f"{WORDS[side]}: {who}")
        wear(area, mono=True)
        for widget in (label, area, self._choice(side)):
            column.addWidget(widget)
        column.addStretch(1)
        return column

    def _choice(self, name: str) -> QRadioButton:
        button = self.choices[name] = QRadioButton(WORDS[name])
        self._group.addButton(button)
        return button

    def _show_own(self) -> None:
        self.own.setVisible("edit" in self.choices and self.choices["edit"].isChecked())
