"""Takes tool servers over from another client's configuration: pasted, or from its file. Starts none of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.base.errors import WrongUse
from engine.base.visible import visible
from gui.dialogs.server_form import PLACE_WORDS
from gui.theme.wear import wear
from gui.views.server_page import lines_of
from gui.views.tool_card import label
from gui.widgets.dialog_column import dialog_foot, dialog_layout
from gui.widgets.file_dialog import file_dialog
from gui.widgets.number_field import Choice

if TYPE_CHECKING:
    from engine.tools.mcp.imports import Imported
    from gui.studio import Studio

LONGEST: Final = 1_000_000
SHOWN: Final = 600
EXAMPLE: Final = '{"mcpServers": {"time": {"command": "uvx", "args": ["mcp-server-time"]}}}'


class ImportServers(QDialog):
    """What was found is shown, literally, before anything is taken."""

    def __init__(self, studio: Studio, parent: QWidget, then: Callable[[str], object]) -> None:
        super().__init__(parent)
        self._studio, self._then = studio, then
        self._read: Imported | None = None
        self.setWindowTitle("Tool servers from elsewhere")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.text = QPlainTextEdit()
        self.text.setAccessibleName("Configuration")
        self.text.setPlaceholderText(EXAMPLE)
        wear(self.text, mono=True)
        self.place = Choice()
        for key, words in PLACE_WORDS.items():
            self.place.addItem(words, key)
        self.place.setAccessibleName("Used by")
        self.keys: dict[str, QLineEdit] = {}
        self.wrong = label("", "error")
        self._found = QScrollArea()
        self._found.setWidgetResizable(True)
        self._found.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._lay_out()
        self.text.textChanged.connect(self._look)
        copied = QGuiApplication.clipboard().text()
        if len(copied) < LONGEST and "{" in copied and any(word in copied for word in ('"command"', '"url"')):
            self.text.setPlainText(copied)
        self._look()

    def _lay_out(self) -> None:
        column = dialog_layout(self, 8)
        column.addWidget(label("Tool servers from elsewhere", "heading"))
        told = "Paste what stands in the settings of Claude, Cursor, VS Code or a client that writes alike."
        column.addWidget(label(told, "muted"))
        column.addWidget(self.text, 1)
        self.file = QPushButton("Open a file…")
        self.file.setAutoDefault(False)
        self.file.clicked.connect(self._ask_file)
        column.addWidget(self.file, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.wrong)
        column.addWidget(self._found, 2)
        self.take = QPushButton("Take them in")
        self.take.clicked.connect(self._take)
        row = dialog_foot(self, self.take)
        row.insertWidget(0, label("Used by", "muted"))
        row.insertWidget(1, self.place)
        column.addLayout(row)
        self.resize(self._studio.theme.px(660), self._studio.theme.px(660))

    def read(self, path: str) -> None:
        """Shows the configuration in a file."""
        try:
            with Path(path).open("rb") as file:
                raw = file.read(LONGEST + 1)
            if len(raw) > LONGEST:
                raise ValueError
            self.text.setPlainText(raw.decode("utf-8-sig"))
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or "it is not text, or too long"
            self._say(f"{Path(path).name} cannot be read: {why}.")

    def _ask_file(self) -> None:
        dialog = file_dialog(self, self._studio.icons, "Configuration of another client", Path.home())
        dialog.fileSelected.connect(self.read)
        dialog.open()

    def _look(self) -> None:
        """Shows what the text means; nothing is started or stored."""
        from engine.tools.mcp.imports import read_config

        text = self.text.toPlainText()
        self._read = None
        wrong = ""
        if text.strip():
            try:
                self._read = read_config(text)
            except WrongUse as error:
                wrong = str(error)
        self._say(wrong)
        self.take.setEnabled(self._read is not None)
        count = len(self._read.servers) if self._read else 0
        self.take.setText("Take it in" if count == 1 else f"Take {count} in" if count else "Take them in")
        self._found.setWidget(self._preview(self._read) if self._read else QWidget())
        self._found.setVisible(self._read is not None)

    def _preview(self, found: Imported) -> QWidget:
        from engine.tools.mcp.description import Description

        page = QWidget()
        wear(page, role="page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 4, 8, 4)
        column.setSpacing(6)
        there = {each.name for each in self._studio.servers.all()}
        for name, server in found.servers.items():
            column.addWidget(label(f"{name}{' (instead of the one there is)' if name in there else ''}", "body"))
            for words in lines_of(Description.read(name, server), folder="cwd" in server):
                column.addWidget(label(visible(words, SHOWN), "mono"))
        if found.secrets:
            names = ", ".join(found.secrets)
            column.addWidget(label(f"Its keys go into the keyring of this computer, as {names}.", "muted"))
        self.keys = {}
        for name, what in found.needed.items():
            line = self.keys[name] = QLineEdit()
            line.setEchoMode(QLineEdit.EchoMode.Password)
            line.setAccessibleName(f"Key {name}")
            about = "" if what == name else f" ({visible(what, 120)})"
            stored = self._studio.services.secrets.known(name)
            line.setPlaceholderText("stored already" if stored else "kept in the keyring; empty: set it later")
            column.addWidget(label(f"The key {name}{about}", "field"))
            column.addWidget(line)
        for note in found.notes:
            column.addWidget(label(visible(note, SHOWN), "warning"))
        column.addStretch(1)
        return page

    def _take(self) -> None:
        found, servers, session = self._read, self._studio.servers, self._studio.session
        if found is None:
            return
        written = {name: dict(server) for name, server in found.servers.items()}
        if not servers.put(self.place.currentData(), written, foreign=True):
            return
        typed = {name: line.text() for name, line in self.keys.items() if line.text()}
        if secrets := {**found.secrets, **typed}:
            servers.keep_secrets(secrets, lambda told: session.said.emit("warning", told, "") if told else None)
        if QGuiApplication.clipboard().text() == self.text.toPlainText() and found.secrets:
            QGuiApplication.clipboard().clear()
        self.accept()
        self._then(next(iter(written)))

    def _say(self, text: str) -> None:
        self.wrong.setText(text)
        self.wrong.setVisible(bool(text))


def import_servers(studio: Studio, parent: QWidget, then: Callable[[str], object]) -> ImportServers:
    """Opens it; a configuration on the clipboard stands there already."""
    dialog = ImportServers(studio, parent, then)
    dialog.open()
    return dialog
