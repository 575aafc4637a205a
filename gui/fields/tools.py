"""The fields for tools: an agent's list of names and patterns, and the one tool that a node calls."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton

from gui.dialogs.choose_tools import ToolChooser, choose_tools
from gui.dialogs.finder import Finder, Found
from gui.field import Place
from gui.fields.chips import ChipsField
from gui.fields.line import LineField
from gui.theme.wear import wear
from gui.tools import mark, tools_here

WIDTH = 460


class ToolsField(ChipsField):
    """Tools, or patterns such as `calc.*`, typed or ticked in a list that says what each does."""

    placeholder = "add a tool…"

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.choose = QPushButton("Choose tools…")
        self.choose.setIcon(place.studio.icons.icon("tool", "muted", 14))
        self.choose.clicked.connect(self.ask)
        column = self.layout()
        assert column is not None
        column.addWidget(self.choose)

    def offers(self) -> Sequence[str]:
        return [tool.name for tool in tools_here(self.place.studio)]

    def ask(self) -> ToolChooser:
        """Opens the list."""
        return choose_tools(self.place.studio, self.place.field.title, self.words, self._take)

    def _take(self, words: list[str]) -> None:
        if words:
            self.edited.emit(words)
        else:
            self.cleared.emit()


class ToolField(LineField):
    """The name of one tool, with a list to choose from and what the chosen one does."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.choose = QToolButton()
        self.choose.setIcon(place.studio.icons.icon("search", "muted", 16))
        self.choose.setToolTip("Choose a tool")
        self.choose.setAccessibleName("Choose a tool")
        self.choose.clicked.connect(self.ask)
        self.what = QLabel()
        self.what.setTextFormat(self.what.textFormat().PlainText)
        self.what.setWordWrap(True)
        wear(self.what, role="faint")
        box = self.layout()
        assert box is not None
        box.removeWidget(self.line)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.line, 1)
        row.addWidget(self.choose)
        box.addItem(row)
        box.addWidget(self.what)

    def set_value(self, value: Any) -> None:
        super().set_value(value)
        found = next((tool for tool in tools_here(self.place.studio) if tool.name == value), None)
        self.what.setText(f"{found.what} It {mark(found)}." if found else "")
        self.what.setVisible(found is not None)

    def ask(self) -> Finder:
        """Opens the list."""
        studio = self.place.studio
        things = [
            Found(tool.name, partial(self.edited.emit, tool.name), tool.what, mark(tool), "tool")
            for tool in tools_here(studio)
        ]
        finder = Finder(studio.window, studio.icons, "Find a tool…", things, WIDTH)
        finder.popup(self.line.mapToGlobal(QPoint(0, self.line.height())))
        return finder


FIELDS = {"tools": ToolsField, "tool": ToolField}
"""`tools` names and patterns, `tool` one name."""
