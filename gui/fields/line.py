"""Fields of one line: words, and a folder that is typed or chosen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from gui.field import FieldEditor, Place
from gui.widgets.file_dialog import file_dialog


class LineField(FieldEditor):
    """A line of text. Empty means the default."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.line = QLineEdit()
        self.line.setAccessibleName(place.field.title)
        if place.field.default:
            self.line.setPlaceholderText(self.text_of(place.field.default))
        self.give_undo_away(self.line)
        self.line.textEdited.connect(self._typed)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.line)

    def editor(self) -> QWidget:
        return self.line

    def set_value(self, value: Any) -> None:
        text = "" if value is None or value == self.place.field.default else self.text_of(value)
        if text != self.line.text() and not self._says(value):
            self.line.setText(text)
            self.line.setCursorPosition(0)

    def text_of(self, value: Any) -> str:
        """A value as it is typed."""
        return str(value)

    def value_of(self, text: str) -> Any:
        """What was typed as a value."""
        return text

    def _says(self, value: Any) -> bool:
        """Whether the line shows this value already, written in another way."""
        return bool(self.line.text()) and bool(self.value_of(self.line.text()) == value)

    def _typed(self, text: str) -> None:
        if text.strip():
            self.edited.emit(self.value_of(text))
        else:
            self.cleared.emit()


class FolderField(LineField):
    """A line with a button; a folder inside the graph's own is written from there."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.choose = QToolButton()
        self.choose.setIcon(place.studio.icons.icon("folder", "muted", 16))
        self.choose.setToolTip("Choose a folder")
        self.choose.setAccessibleName("Choose a folder")
        self.choose.clicked.connect(self._ask)
        row = QHBoxLayout()
        row.setSpacing(4)
        box = self.layout()
        assert box is not None
        box.removeWidget(self.line)
        row.addWidget(self.line, 1)
        row.addWidget(self.choose)
        box.addItem(row)

    def take(self, folder: Path) -> None:
        """Uses a folder, by its name from the graph's own where it stands inside that."""
        path = self.place.studio.session.path
        home = path.parent.resolve() if path else None
        inside = home is not None and folder.resolve().is_relative_to(home)
        text = folder.resolve().relative_to(home).as_posix() if home and inside else str(folder)
        self.edited.emit(text)

    def _ask(self) -> None:
        studio = self.place.studio
        dialog = file_dialog(studio.window, studio.icons, "Choose a folder", studio.filing.near())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(lambda chosen: self.take(Path(chosen)))
        dialog.open()


FIELDS = {"line": LineField, "folder": FolderField}
