"""Fields with a few possible values: a switch, and a list to choose from."""

from __future__ import annotations

from typing import Any, ClassVar

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from gui.field import FieldEditor, Place
from gui.widgets.number_field import Choice


class SwitchField(FieldEditor):
    """Yes or no."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.box = QCheckBox(place.field.title)
        self.box.clicked.connect(lambda on: self.edited.emit(bool(on)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 2)
        column.addWidget(self.box)

    def editor(self) -> QWidget:
        return self.box

    def set_value(self, value: Any) -> None:
        self.box.setChecked(bool(value))


class ChoiceField(FieldEditor):
    """One of several words."""

    compact: ClassVar[bool] = True

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.box = Choice()
        self.box.setAccessibleName(place.field.title)
        self.box.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(5)
        for choice in place.field.choices:
            self.box.addItem(choice.replace("_", " "), choice)
        self.box.activated.connect(lambda index: self.edited.emit(self.box.itemData(index)))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.box)

    def editor(self) -> QWidget:
        return self.box

    def set_value(self, value: Any) -> None:
        index = self.box.findData(value)
        if index < 0 and isinstance(value, str):
            self.box.addItem(value, value)
            index = self.box.count() - 1
        self.box.setCurrentIndex(index)


FIELDS = {"switch": SwitchField, "choice": ChoiceField}
