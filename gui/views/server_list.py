"""The tool servers in a few lines, for the page of the graph: how each stands, and the way to all there is of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.theme.wear import wear
from gui.views.server_page import PLACES, standing

if TYPE_CHECKING:
    from gui.studio import Studio

MOST = 12


class ServerList(QWidget):
    """A button for each server, and one for the rest."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.buttons: list[QPushButton] = []
        self.more = QPushButton("Tool servers…")
        self.more.setIcon(studio.icons.icon("tool", "muted", 14))
        self.more.clicked.connect(lambda: _show_servers(studio))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addWidget(self.more)
        studio.servers.changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        for old in self.buttons:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.buttons = []
        for server in self._studio.servers.own()[:MOST]:
            glyph, words = standing(self._studio, server)
            button = QPushButton(f"{server.name} · {words} · {PLACES[server.place]}")
            button.setIcon(self._studio.icons.icon(glyph, f"state:{glyph}", 14))
            wear(button, look="link")
            button.clicked.connect(lambda _=False, name=server.name: _show_servers(self._studio, name))
            self._column.insertWidget(len(self.buttons), button)
            self.buttons.append(button)


def _show_servers(studio: Studio, name: str = "") -> None:
    from gui.dialogs.servers import show_servers

    show_servers(studio, name)
