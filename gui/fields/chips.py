"""The field for a list of words: each is a chip that can be taken away, the next one is typed behind them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCompleter, QFrame, QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from gui.field import FieldEditor, Place
from gui.models import model_names
from gui.theme.icons import Icons
from gui.theme.wear import wear, wear_completions
from gui.widgets.flow import FlowLayout


class ChipsField(FieldEditor):
    """Words in order. Enter, a comma or leaving the field makes a word of what was typed; Backspace takes the last."""

    placeholder = "add…"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.words: list[str] = []
        self.chips: list[Chip] = []
        self.box = QFrame()
        wear(self.box, role="well")
        self._flow = FlowLayout(self.box)
        self._flow.setContentsMargins(5, 5, 5, 5)
        self.line = QLineEdit()
        self.line.setProperty("bare", True)
        self.line.setMinimumWidth(place.studio.theme.px(70))
        self.line.setPlaceholderText(self.placeholder)
        self.line.setAccessibleName(place.field.title)
        self.give_undo_away(self.line)
        self.line.textEdited.connect(self._typed)
        self.line.editingFinished.connect(self._finish)
        self._flow.addWidget(self.line)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.box)
        self.box.mousePressEvent = lambda _: self.line.setFocus()  # type: ignore[method-assign]  # all of it is the field
        self._completer: QCompleter | None = None

    def offers(self) -> Sequence[str]:
        """Words to choose from while one types."""
        return ()

    def editor(self) -> QWidget:
        return self.line

    def set_value(self, value: Any) -> None:
        words = [str(word) for word in value] if isinstance(value, Sequence) and not isinstance(value, str) else []
        if words == self.words:
            return
        self.words = words
        for chip in self.chips:
            self._flow.removeWidget(chip)
            chip.hide()
            chip.deleteLater()
        self.chips = []
        for index, word in enumerate(words):
            chip = Chip(self.place.studio.icons, word)
            chip.cross.clicked.connect(lambda _=False, index=index: self._say(words[:index] + words[index + 1 :]))
            self.chips.append(chip)
            self._flow.insert_before_last(chip)
        self.line.setPlaceholderText("" if words else self.placeholder)
        self.updateGeometry()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Backspace at the beginning takes the last word away; Down shows what there is."""
        if watched is self.line and event.type() == QEvent.Type.FocusIn:
            self._offer()
        if watched is self.line and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() == Qt.Key.Key_Backspace and not self.line.text() and self.words:
                self._say(self.words[:-1])
                return True
            if event.key() == Qt.Key.Key_Down and self._completer is not None and not self.line.text():
                self._completer.setCompletionPrefix("")
                self._completer.complete()
                return True
        return super().eventFilter(watched, event)

    def _offer(self) -> None:
        """The list is made when one comes to the field: what there is may have changed."""
        if self._completer is None and self.offers():
            self._completer = QCompleter(list(self.offers()), self.line)
            self._completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
            self._completer.setFilterMode(Qt.MatchFlag.MatchContains)
            self._completer.activated.connect(lambda word: self._add(word))
            self.line.setCompleter(self._completer)
            wear_completions(self.line)

    def _typed(self, text: str) -> None:
        if "," in text:
            self._add(text)

    def _finish(self) -> None:
        if self.line.text().strip():
            self._add(self.line.text())

    def _add(self, text: str) -> None:
        fresh = [word for part in text.split(",") if (word := part.strip())]
        self.line.clear()
        self._say(list(dict.fromkeys([*self.words, *fresh])))

    def _say(self, words: list[str]) -> None:
        if words == self.words:
            return
        if words:
            self.edited.emit(words)
        else:
            self.cleared.emit()
        self.line.setFocus()


class Chip(QFrame):
    """One word with a cross."""

    def __init__(self, icons: Icons, word: str) -> None:
        super().__init__()
        wear(self, role="chip")
        label = QLabel(word)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self.cross = QToolButton()
        self.cross.setIcon(icons.icon("close", "muted", 10))
        self.cross.setProperty("look", "slim")
        self.cross.setToolTip("Take it away")
        self.cross.setAccessibleName(f"Take {word} away")
        row = QHBoxLayout(self)
        row.setContentsMargins(7, 1, 3, 1)
        row.setSpacing(3)
        row.addWidget(label)
        row.addWidget(self.cross)


class ModelsField(ChipsField):
    """Models to go on with, in order."""

    placeholder = "add a model…"

    def offers(self) -> Sequence[str]:
        return model_names(self.place.studio.services)


class WordsField(ChipsField):
    """Any words; the nodes before this one are offered, since most lists name branches."""

    def offers(self) -> Sequence[str]:
        graph = self.place.studio.session.graph
        return list(dict.fromkeys(edge.source for edge in graph.incoming(self.place.node)))


FIELDS = {"list": WordsField, "models": ModelsField}
