"""Asks for the values a run needs: one row for each input of the graph that has no default."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.base.values import Value, as_text
from gui.theme.theme import Theme
from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_layout


@dataclass(frozen=True, slots=True)
class Wanted:
    """One input that a run needs: its name, type, and words about it."""

    name: str
    type: str
    help: str = ""


def read_value(wanted: str, text: str) -> Value:
    """What was typed, as a value of an input's type.

    Raises:
        ValueError: it is none; the message says what was expected.
    """
    if wanted == "number":
        try:
            number = float(text)
        except ValueError:
            raise ValueError("A number is expected, such as 42 or 0.5.") from None
        return int(number) if number.is_integer() and "." not in text else number
    if wanted in ("json", "list", "messages", "file", "image", "any"):
        try:
            value: Value = json.loads(text)
        except ValueError as error:
            if wanted in ("json", "any") and not text.lstrip().startswith(("{", "[", '"')):
                return text
            raise ValueError(f"JSON is expected: {error}.") from None
        if wanted in ("list", "messages") and not isinstance(value, list):
            raise ValueError("A list is expected, such as [1, 2, 3].")
        return value
    return text


class InputsDialog(QDialog):
    """The form. `values` holds what was given once it was accepted."""

    def __init__(self, parent: QWidget, theme: Theme, wanted: Sequence[Wanted], known: Mapping[str, Value]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Run")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.values: dict[str, Value] = {}
        self._theme = theme
        self._rows: list[_Row] = []
        column = dialog_layout(self, 6)
        heading = QLabel("What shall the run work on?")
        wear(heading, role="heading")
        column.addWidget(heading)
        column.addSpacing(6)
        for each in wanted:
            row = _Row(theme, each, known.get(each.name))
            self._rows.append(row)
            column.addWidget(row)
        column.addSpacing(8)
        column.addLayout(self._buttons())
        self.resize(520, self.sizeHint().height())
        first = self._rows[0].editor
        first.setFocus()
        if not isinstance(first, QCheckBox):
            first.selectAll()

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        cancel, run = QPushButton("Cancel"), QPushButton("Run")
        cancel.setAutoDefault(False)
        run.setDefault(True)
        run.setShortcut(QKeySequence("Ctrl+Return"))  # as on the canvas; Enter alone is a new line of the text
        run.setToolTip("Run (Ctrl+Enter)")
        wear(run, look="primary")
        cancel.clicked.connect(self.reject)
        run.clicked.connect(self._accept)
        row.addWidget(cancel)
        row.addWidget(run)
        return row

    def _accept(self) -> None:
        found = {row.wanted.name: row.read() for row in self._rows}
        if all(there for there, _ in found.values()):
            self.values = {name: value for name, (_, value) in found.items()}
            self.accept()


class _Row(QWidget):
    def __init__(self, theme: Theme, wanted: Wanted, known: Value) -> None:
        super().__init__()
        self.wanted = wanted
        self.editor = self._make(theme, known)
        self.editor.setAccessibleName(wanted.name)
        self._message = QLabel()
        self._message.setTextFormat(Qt.TextFormat.PlainText)
        self._message.setWordWrap(True)
        self._message.hide()
        wear(self._message, role="error")
        title = QLabel(f"{wanted.name}  ·  {wanted.help or wanted.type}")
        title.setTextFormat(Qt.TextFormat.PlainText)
        wear(title, role="field")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(3)
        for part in (title, self.editor, self._message):
            column.addWidget(part)

    def _make(self, theme: Theme, known: Value) -> QLineEdit | QPlainTextEdit | QCheckBox:
        if self.wanted.type == "boolean":
            box = QCheckBox("yes")
            box.setChecked(bool(known))
            return box
        text = "" if known is None else as_text(known)
        if self.wanted.type == "number":
            return QLineEdit(text)
        area = QPlainTextEdit(text)
        area.setTabChangesFocus(True)
        area.setFixedHeight(theme.px(110))
        area.setFont(theme.font("body" if self.wanted.type == "text" else "mono"))
        return area

    def read(self) -> tuple[bool, Value]:
        if isinstance(self.editor, QCheckBox):
            return True, self.editor.isChecked()
        text = self.editor.text() if isinstance(self.editor, QLineEdit) else self.editor.toPlainText()
        try:
            value, message = read_value(self.wanted.type, text), ""
        except ValueError as error:
            value, message = None, str(error)
        self._message.setText(message)
        self._message.setVisible(bool(message))
        wear(self.editor, invalid=bool(message))
        return not message, value


def ask_inputs(
    parent: QWidget,
    theme: Theme,
    wanted: Sequence[Wanted],
    known: Mapping[str, Any],
    then: Callable[[dict[str, Any]], object],
) -> InputsDialog:
    """Opens the form; `then` is called with the values when it was accepted."""
    dialog = InputsDialog(parent, theme, wanted, known)
    dialog.accepted.connect(lambda: then(dialog.values))
    dialog.open()
    return dialog
