"""The field for a model: tiers, the providers' models, rehearsal, or any `provider/model` typed by hand."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QLabel, QVBoxLayout, QWidget

from engine.base.errors import BatonError
from engine.base.settings import TIERS
from gui.field import FieldEditor, Place
from gui.models import catalogue, model_names
from gui.theme.wear import wear, wear_completions
from gui.widgets.number_field import Choice


class ModelField(FieldEditor):
    """A list to choose from that also takes what is typed; below it, what a tier means here and now."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.box = Choice()
        self.box.setEditable(True)
        self.box.setSizeAdjustPolicy(Choice.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.box.setMinimumContentsLength(8)
        self.box.setInsertPolicy(Choice.InsertPolicy.NoInsert)
        self.box.setAccessibleName(place.field.title)
        self.box.addItems(model_names(place.studio.services))
        completer = self.box.completer()
        if completer is not None:
            completer.setFilterMode(Qt.MatchFlag.MatchContains)
            completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        line = self.box.lineEdit()
        if line is not None:
            self.give_undo_away(line)
            line.textEdited.connect(self._typed)
            line.textEdited.connect(lambda: wear_completions(line))  # not before: only typing makes the list
        self.box.activated.connect(lambda index: self._typed(self.box.itemText(index)))
        self.meaning = QLabel()
        self.meaning.setTextFormat(Qt.TextFormat.PlainText)
        wear(self.meaning, role="faint")
        self.meaning.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addWidget(self.box)
        column.addWidget(self.meaning)

    def editor(self) -> QWidget:
        return self.box

    def set_value(self, value: Any) -> None:
        text = str(value or "")
        if text != self.box.currentText().strip():
            self.box.setEditText(text)
        self._explain(text)

    def _typed(self, text: str) -> None:
        name = text.strip()
        self._explain(name)
        if name:
            self.edited.emit(name)
        else:
            self.cleared.emit()

    def _explain(self, name: str) -> None:
        models = catalogue(self.place.studio.services)
        words = ""
        if name in TIERS:
            words = f"→ {models.tiers()[name][0]}"
        if name:
            try:
                words = models.missing(models.resolve(name)) or words
            except BatonError:
                words = ""
        self.meaning.setText(words)
        self.meaning.setVisible(bool(words))


FIELDS = {"model": ModelField}
