"""Where branches contradict each other, and what each of them says there: a person takes one at each place (S4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLabel, QRadioButton, QWidget

from engine.base.values import Value
from engine.base.visible import visible
from engine.kinds.resolving import TEXTS
from gui.theme.wear import wear
from gui.views.answer_form import AnswerForm
from gui.views.growing_text import GrowingText

LONGEST: Final = 60
"""Characters of a branch's name."""
A_LINE: Final = 100
"""Characters of what needs no box of its own."""


class MergeForm(AnswerForm):
    """Takes one branch at each place; its value is `{place: label of the branch}`.

    Args:
        places: for each one the schema that the merge asks with; `fits` says whether they are such.
        value: what is taken to begin with.
        name: what people call the branch with a label.
    """

    def __init__(self, places: Mapping[str, Any], value: Mapping[str, Any], name: Callable[[str], str]) -> None:
        super().__init__()
        self.choices: dict[str, dict[str, QRadioButton]] = {}
        self.column.setSpacing(10)
        for place, schema in places.items():
            heading = QLabel(place)
            heading.setTextFormat(Qt.TextFormat.PlainText)
            wear(heading, role="field")
            self.column.addWidget(heading)
            self.column.addLayout(self._sides(place, schema[TEXTS], value.get(place), name))

    def value(self) -> Value:
        return {
            place: next(label for label, button in buttons.items() if button.isChecked())
            for place, buttons in self.choices.items()
        }

    def _sides(self, place: str, texts: Mapping[str, str], first: Value, name: Callable[[str], str]) -> QGridLayout:
        grid, group = QGridLayout(), QButtonGroup(self)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        buttons = self.choices[place] = {}
        for row, (label, text) in enumerate(texts.items()):
            who = visible(name(label), LONGEST)
            button = buttons[label] = QRadioButton(who.replace("&", "&&"))
            button.setAccessibleName(f"{place}: {who}")
            group.addButton(button)
            grid.addWidget(button, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(_shown(text, f"{place}, as {who} has it"), row, 1)
        (buttons.get(str(first)) or next(iter(buttons.values()))).setChecked(True)
        return grid


def _shown(text: str, called: str) -> QWidget:
    """A few words stand there as they are, more in a box that scrolls."""
    shown: QLabel | GrowingText
    if len(text) <= A_LINE and text.isprintable():
        shown = QLabel(text)
        shown.setTextFormat(Qt.TextFormat.PlainText)
        shown.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        shown.setWordWrap(True)
    else:
        shown = GrowingText(1, 8)
        shown.setReadOnly(True)
        shown.setPlainText(text)
    shown.setAccessibleName(called)
    wear(shown, mono=True)
    return shown


def fits(schema: Mapping[str, Any]) -> bool:
    """Whether a question's schema is one of places with what each branch says there."""
    places = schema.get("properties")
    if not isinstance(places, Mapping) or not places:
        return False
    return all(isinstance(place, Mapping) and place.get(TEXTS) for place in places.values())
