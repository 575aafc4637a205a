"""Asks for the values a run needs: one row for each input of the graph that has no default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

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

from engine.base.errors import WrongUse
from engine.base.values import Value, as_text
from engine.files.strict import FILE_CAP
from gui.theme.icons import Icons
from gui.theme.theme import Theme
from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_foot, dialog_layout
from gui.widgets.file_dialog import file_dialog

PICTURES: Final = ("Pictures (*.png *.jpg *.jpeg *.gif *.webp)", "All files (*)")
HINTS: Final = {"file": "notes.txt, or a whole path", "image": "chart.png, or a whole path"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """One input that a run needs: its name, type, and words about it."""

    name: str
    type: str
    help: str = ""


def read_value(wanted: Wanted, text: str, folder: Path) -> Value:
    """What was typed, as a value of an input's type; where anything may stand, words that are no JSON are a text.

    Args:
        folder: where the files stand that may be named.

    Raises:
        WrongUse: it is none; the message says what was expected.
    """
    from engine.files.typed import read_as

    try:
        return read_as(wanted.name, wanted.type, text, folder)
    except WrongUse:
        if wanted.type in ("json", "any") and not text.lstrip().startswith(("{", "[", '"')):
            return text
        raise


class InputsDialog(QDialog):
    """The form. `values` holds what was given once it was accepted."""

    def __init__(
        self,
        parent: QWidget,
        theme: Theme,
        icons: Icons,
        wanted: Sequence[Wanted],
        known: Mapping[str, Value],
        folder: Path,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Run")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.values: dict[str, Value] = {}
        self._folder, self._icons = folder, icons
        self._rows: list[_Row] = []
        column = dialog_layout(self, 6)
        heading = QLabel("What shall the run work on?")
        wear(heading, role="heading")
        column.addWidget(heading)
        column.addSpacing(6)
        for each in wanted:
            row = _Row(theme, each, known.get(each.name))
            row.choose.clicked.connect(partial(self._choose, row))
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
        run = QPushButton("Run")
        run.setShortcut(QKeySequence("Ctrl+Return"))  # as on the canvas; Enter alone is a new line of the text
        run.setToolTip("Run (Ctrl+Enter)")
        run.clicked.connect(self._accept)
        return dialog_foot(self, run)

    def _choose(self, row: _Row) -> None:
        title = f"{'A picture' if row.wanted.type == 'image' else 'A file'} for {row.wanted.name}"
        dialog = file_dialog(self, self._icons, title, self._folder)
        dialog.setNameFilters(PICTURES if row.wanted.type == "image" else PICTURES[1:])
        dialog.fileSelected.connect(row.take)
        dialog.open()

    def _accept(self) -> None:
        found = {row.wanted.name: row.read(self._folder) for row in self._rows}
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
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.editor, 1)
        self.choose = QPushButton("Choose…")
        self.choose.setAutoDefault(False)
        self.choose.setVisible(wanted.type in HINTS)
        line.addWidget(self.choose)
        column.addWidget(title)
        column.addLayout(line)
        column.addWidget(self._message)

    def take(self, file: str) -> None:
        """Takes a file that was chosen."""
        if isinstance(self.editor, QLineEdit):
            self.editor.setText(file)

    def _make(self, theme: Theme, known: Value) -> QLineEdit | QPlainTextEdit | QCheckBox:
        if self.wanted.type == "boolean":
            box = QCheckBox("yes")
            box.setChecked(bool(known))
            return box
        if self.wanted.type in ("number", "file", "image"):
            line = QLineEdit()
            line.setMaxLength(FILE_CAP)  # it may be a picture, as JSON
            line.setText(_typed(known))
            line.setPlaceholderText(HINTS.get(self.wanted.type, ""))
            return line
        area = QPlainTextEdit("" if known is None else as_text(known))
        area.setTabChangesFocus(True)
        area.setFixedHeight(theme.px(110))
        area.setFont(theme.font("body" if self.wanted.type == "text" else "mono"))
        return area

    def read(self, folder: Path) -> tuple[bool, Value]:
        if isinstance(self.editor, QCheckBox):
            return True, self.editor.isChecked()
        text = self.editor.text() if isinstance(self.editor, QLineEdit) else self.editor.toPlainText()
        try:
            value, message = read_value(self.wanted, text, folder), ""
        except WrongUse as error:
            value, message = None, error.message
        self._message.setText(message)
        self._message.setVisible(bool(message))
        wear(self.editor, invalid=bool(message))
        return not message, value


def _typed(known: Value) -> str:
    """A number, or a file by its name, as it is typed."""
    if isinstance(known, dict) and isinstance(known.get("path"), str):
        return str(known["path"])
    return "" if known is None else as_text(known)


def ask_inputs(
    parent: QWidget,
    theme: Theme,
    icons: Icons,
    wanted: Sequence[Wanted],
    known: Mapping[str, Any],
    folder: Path,
    then: Callable[[dict[str, Any]], object],
) -> InputsDialog:
    """Opens the form; `then` is called with the values when it was accepted. Files are named from `folder` on."""
    dialog = InputsDialog(parent, theme, icons, wanted, known, folder)
    dialog.accepted.connect(lambda: then(dialog.values))
    dialog.open()
    return dialog
