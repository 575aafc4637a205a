"""The form of one tool server: a program that is started here, or an address. Keys go to the keyring (T3)."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from engine.base.errors import WrongUse
from gui.theme.wear import wear
from gui.views.tool_card import label
from gui.widgets.dialog_column import dialog_foot, dialog_layout
from gui.widgets.number_field import Choice
from gui.widgets.pairs import Pairs

if TYPE_CHECKING:
    from engine.run.servers import Listed, Place
    from gui.studio import Studio

OURS = ("command", "args", "cwd", "env", "url", "headers", "type")
"""What the form edits; keys of other clients stay."""
WAYS = ("A program on this computer", "An address")
PLACE_WORDS: Mapping[Place, str] = {"graph": "This graph, and who gets it", "settings": "All my graphs"}


class ServerForm(QDialog):
    """Adds a server, or changes `server`; `then` hears its name once it is there."""

    def __init__(self, studio: Studio, parent: QWidget, server: Listed | None, then: Callable[[str], object]) -> None:
        super().__init__(parent)
        self._studio, self._server, self._then = studio, server, then
        self.setWindowTitle("Tool server")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.name, self.command, self.args, self.cwd, self.url = (QLineEdit() for _ in range(5))
        self.place, self.way = Choice(), Choice()
        self.pairs = {key: Pairs(studio.icons, title) for key, title in (("env", "Variables"), ("headers", "Headers"))}
        for key, words in PLACE_WORDS.items():
            self.place.addItem(words, key)
        self.way.addItems(WAYS)
        self.wrong = label("", "error")
        self.wrong.hide()
        self._rows: dict[str, list[QWidget]] = {"command": [], "url": []}
        self._lay_out()
        self._show()
        for pairs in self.pairs.values():
            pairs.added.connect(lambda _: QTimer.singleShot(0, self._fit))
        self.way.currentIndexChanged.connect(lambda _: self._show_way())
        self._show_way()

    def _lay_out(self) -> None:
        self._column = dialog_layout(self, 4)
        self._column.addWidget(label("Change the tool server" if self._server else "Add a tool server", "heading"))
        self._field("Name", self.name, "Its tools are called name.tool")
        self._field("Used by", self.place)
        self._field("It is", self.way)
        self._field("Program", self.command, "uvx, npx, python, or a full path", way="command")
        self._field("Arguments", self.args, 'mcp-server-time --local-timezone "Europe/Rome"', way="command")
        self._field("Folder", self.cwd, "the graph’s folder", way="command")
        self._field("Variables of the program", self.pairs["env"], way="command")
        self._field("Address", self.url, "https://mcp.example.org/mcp", way="url")
        self._field("Headers", self.pairs["headers"], way="url")
        note = "A key that stands here goes into the keyring of this computer, and its name into the file."
        self._column.addSpacing(6)
        self._column.addWidget(label(note, "muted"))
        self._column.addWidget(self.wrong)
        self._column.addStretch(1)
        self._column.addSpacing(10)
        self._column.addLayout(self._buttons())
        self.setMinimumWidth(self._studio.theme.px(520))

    def _field(self, words: str, editor: QWidget, hint: str = "", way: str = "") -> None:
        title = QLabel(words)
        wear(title, role="field")
        title.setContentsMargins(0, 8, 0, 0)
        editor.setAccessibleName(words)
        if isinstance(editor, QLineEdit):
            editor.setPlaceholderText(hint)
        for part in (title, editor):
            self._column.addWidget(part)
            if way:
                self._rows[way].append(part)

    def _buttons(self) -> QHBoxLayout:
        self.save = QPushButton("Save" if self._server else "Add")
        self.save.clicked.connect(self._save)
        return dialog_foot(self, self.save)

    def _show(self) -> None:
        if self._server is None:
            self.place.setCurrentIndex(0)
            return
        written = self._server.written if isinstance(self._server.written, Mapping) else {}
        self.name.setText(self._server.name)
        self.place.setCurrentIndex(self.place.findData(self._server.place))
        self.way.setCurrentIndex(0 if "command" in written or not written else 1)
        self.command.setText(str(written.get("command", "")))
        args = written.get("args")
        self.args.setText(shlex.join(map(str, args)) if isinstance(args, list) else "")
        self.cwd.setText(str(written.get("cwd", "")))
        self.url.setText(str(written.get("url", "")))
        for line in (self.name, self.command, self.args, self.cwd, self.url):
            line.setCursorPosition(0)
        for key, pairs in self.pairs.items():
            given = written.get(key)
            pairs.set_pairs(given if isinstance(given, Mapping) else {})

    def _show_way(self) -> None:
        chosen = "command" if self.way.currentIndex() == 0 else "url"
        for way, parts in self._rows.items():
            for part in parts:
                part.setVisible(way == chosen)
        self._fit()

    def _fit(self) -> None:
        """Takes the height that all fields need; words that wrap need more than Qt asks for by itself."""
        self._column.activate()
        width = max(self.width(), self.minimumWidth())
        self.resize(width, max(self._column.totalHeightForWidth(width), self._column.totalSizeHint().height()))

    def _written(self) -> dict[str, Any]:
        """What was entered, as files have it; keys of other clients stay.

        Raises:
            WrongUse: it is none; a sentence says what is wrong.
        """
        old = self._server.written if self._server and isinstance(self._server.written, Mapping) else {}
        made = {key: each for key, each in old.items() if key not in OURS}
        local = self.way.currentIndex() == 0
        pairs = self.pairs["env" if local else "headers"]
        if doubt := pairs.doubt():
            raise WrongUse(doubt)
        if local:
            try:
                args = shlex.split(self.args.text())
            except ValueError:
                raise WrongUse("A quotation mark of the arguments is not closed.") from None
            made |= {"command": self.command.text().strip()}
            made |= {key: each for key, each in (("args", args), ("cwd", self.cwd.text().strip())) if each}
        else:
            made |= {"url": self.url.text().strip()}
        return made | ({"env" if local else "headers": pairs.pairs()} if pairs.pairs() else {})

    def _save(self) -> None:
        """A key that was typed is taken out first, as from another client's settings."""
        from engine.tools.mcp.description import Description
        from engine.tools.mcp.imports import read_config

        name, place = self.name.text().strip(), self.place.currentData()
        try:
            written = self._written()
            Description.read(name, written)
            self._refuse_taken(name, place)
            found = read_config(json.dumps({"mcpServers": {name: written}}))
        except WrongUse as error:
            self.wrong.setText(str(error))
            self.wrong.show()
            return
        written = {**{key: each for key, each in written.items() if key not in OURS}, **found.servers[name]}
        servers, session = self._studio.servers, self._studio.session
        was = self._server
        gone = (was.name,) if was and was.place == place and was.name != name else ()
        if not servers.put(place, {name: written}, gone):
            return
        if was and was.place != place:
            servers.put(was.place, {}, (was.name,))
        if found.secrets:
            servers.keep_secrets(found.secrets, lambda told: session.said.emit("warning", told, "") if told else None)
        self.accept()
        self._then(name)

    def _refuse_taken(self, name: str, place: Place) -> None:
        from engine.tools.registry import Tools

        if name in Tools.load().sources:
            raise WrongUse(f"“{name}” is the name of built-in tools.", "Choose another one.")
        was = self._server
        if (was is None or (was.place, was.name) != (place, name)) and any(
            (each.place, each.name) == (place, name) and not each.inside for each in self._studio.servers.all()
        ):
            raise WrongUse(f"There is a tool server “{name}” already.", "Choose another name.")


def edit_server(studio: Studio, parent: QWidget, server: Listed | None, then: Callable[[str], object]) -> ServerForm:
    """Opens the form, empty for a new server."""
    form = ServerForm(studio, parent, server, then)
    form.open()
    return form
