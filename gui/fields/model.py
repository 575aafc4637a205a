"""The field for a model: tiers, the providers' models with prices and room, or any `provider/model` typed by hand."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLabel, QVBoxLayout, QWidget
from shiboken6 import isValid

from engine.base.errors import BatonError
from engine.base.settings import TIERS
from gui.dialogs.finder import Finder, Found
from gui.field import FieldEditor, Place
from gui.models import ModelRow, catalogue, model_names, model_rows
from gui.theme.wear import wear, wear_completions
from gui.widgets.number_field import Choice

WIDTH = 480


class ModelBox(Choice):
    """A box to type into whose list is a search of its own."""

    asked = Signal()

    def showPopup(self) -> None:
        self.asked.emit()


class ModelField(FieldEditor):
    """A list to choose from that also takes what is typed; below it, what a tier means here and now."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.box = ModelBox()
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
        self.box.asked.connect(self._ask)
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

    def offer(self, rows: list[ModelRow]) -> Finder:
        """Opens the list, below the field."""
        studio = self.place.studio
        things = [Found(row.name, self._taking(row.name), row.hint, row.cost, "agent", words=row.words) for row in rows]
        finder = Finder(studio.window, studio.icons, "Find a model…", things, WIDTH)
        finder.popup(self.box.mapToGlobal(QPoint(0, self.box.height())))
        return finder

    def _ask(self) -> None:
        """Prices are read elsewhere: the first time takes a second, and the form may be gone by then."""
        studio = self.place.studio
        services = studio.services
        show = lambda rows: self.offer(rows) if isValid(self) else None  # noqa: E731  (it holds on to this field)
        studio.window.background.do(lambda: model_rows(services), show, studio.session.say_error)

    def _taking(self, name: str) -> Any:
        def take() -> None:
            self.box.setEditText(name)
            self._typed(name)
            self.box.setFocus()

        return take

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
