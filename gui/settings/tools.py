"""The page of the settings that leads to the tool servers: they have a place of their own, and change there at once."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout

from engine.base.settings import Settings
from gui.dialogs.servers import show_servers
from gui.settings_page import SettingsPage, note
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.server_page import standing


class ToolsPage(SettingsPage):
    name, title, icon, order = "tools", "Tool servers", "tool", 35

    def __init__(self, studio: Studio, settings: Settings) -> None:
        super().__init__(studio, settings)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(6)
        column.addWidget(note("Servers that stand here are there for agents of all graphs, on this computer alone."))
        self.servers: list[QPushButton] = []
        for server in studio.servers.own():
            if server.place == "settings":
                glyph, words = standing(studio, server)
                self._link(f"{server.name} · {words}", f"state:{glyph}", glyph, server.name)
        self.all = QPushButton("Tool servers…")
        self.all.setAutoDefault(False)
        self.all.clicked.connect(lambda: self._go(""))
        column.insertSpacing(column.count(), 6)
        column.addWidget(self.all, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)

    def _link(self, words: str, colour: str, glyph: str, name: str) -> None:
        button = QPushButton(words)
        button.setAutoDefault(False)
        button.setIcon(self.studio.icons.icon(glyph, colour, 14))
        wear(button, look="link")
        button.clicked.connect(lambda: self._go(name))
        column = self.layout()
        assert column is not None
        column.addWidget(button)
        self.servers.append(button)

    def _go(self, name: str) -> None:
        """Closes the settings first: saved later, they would bring back what is changed there."""
        self.window().close()
        show_servers(self.studio, name)


PAGE = ToolsPage
