"""The tool servers of the graph and of all graphs: a list, and what there is to know and to do about each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
)

from gui.dialogs.ask import ask
from gui.dialogs.import_servers import import_servers
from gui.dialogs.server_form import edit_server
from gui.views.server_page import PLACES, ServerPage, standing
from gui.views.tool_card import label
from gui.widgets.dialog_column import dialog_layout
from gui.widgets.empty_state import EmptyState
from gui.widgets.scrolled import Scrolled

if TYPE_CHECKING:
    from engine.run.servers import Listed
    from gui.studio import Studio


class ServersDialog(QDialog):
    """Stays open beside the window: a run can go on meanwhile, and shows how it fares with its servers."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.window)
        self._studio = studio
        self._servers: list[Listed] = []
        self.setWindowTitle("Tool servers")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.list = QListWidget()
        self.list.setAccessibleName("Tool servers")
        self.list.setFixedWidth(studio.theme.px(230))
        self.add, self.take = QPushButton("Add…"), QPushButton("Paste or import…")
        self.page: ServerPage | None = None
        self._area = Scrolled()
        text = "Agents use the tools of MCP servers. Add one, or paste what Claude, Cursor or VS Code have."
        self._right = QStackedWidget()
        self._right.addWidget(EmptyState(studio.icons, "tool", "No tool servers yet", text))
        self._right.addWidget(self._area)
        self._lay_out()
        self.list.currentRowChanged.connect(lambda _: self._show_page())
        self.add.clicked.connect(lambda: edit_server(studio, self, None, self.go_to))
        self.take.clicked.connect(lambda: import_servers(studio, self, self.go_to))
        studio.servers.changed.connect(self._fill)
        self.resize(studio.theme.px(900), studio.theme.px(620))
        self._fill()

    @property
    def chosen(self) -> Listed | None:
        """The server that is looked at."""
        row = self.list.currentRow()
        return self._servers[row] if 0 <= row < len(self._servers) else None

    def _lay_out(self) -> None:
        outer = dialog_layout(self, 10)
        outer.addWidget(label("Tool servers", "heading"))
        outer.addWidget(label("Those of a graph travel with it; those of all graphs stand in your settings.", "muted"))
        left = QVBoxLayout()
        left.setSpacing(8)
        left.addWidget(self.list, 1)
        for button in (self.add, self.take):
            button.setAutoDefault(False)
            left.addWidget(button)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addLayout(left)
        row.addWidget(self._right, 1)
        outer.addLayout(row, 1)

    def _fill(self) -> None:
        """Shows the list anew; the one that is looked at stays so."""
        row, before = self.list.currentRow(), self.chosen
        self._servers = self._studio.servers.all()
        self.list.blockSignals(True)
        self.list.clear()
        for server in self._servers:
            glyph, words = standing(self._studio, server)
            item = QListWidgetItem(
                self._studio.icons.icon(glyph, f"state:{glyph}", 14), f"{server.name}\n{words} · {PLACES[server.place]}"
            )
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{server.name}, {PLACES[server.place]}, {words}")
            self.list.addItem(item)
        keys = [(each.place, each.name) for each in self._servers]
        again = keys.index((before.place, before.name)) if before and (before.place, before.name) in keys else row
        self.list.setCurrentRow(min(max(0, again), len(keys) - 1))
        self.list.blockSignals(False)
        self._show_page()

    def go_to(self, name: str) -> None:
        """Looks at the server of a name."""
        found = [row for row, each in enumerate(self._servers) if each.name == name]
        if found:
            self.list.setCurrentRow(found[-1])

    def _show_page(self) -> None:
        server = self.chosen
        self._right.setCurrentIndex(1 if server else 0)
        if server is None:
            self.page = None
            return
        same = self.page is not None and self.page.accessibleName() == f"{server.place} {server.name}"
        at = self._area.verticalScrollBar().value() if same else 0
        self.page = ServerPage(self._studio, server)
        self.page.setAccessibleName(f"{server.place} {server.name}")
        self.page.edit_asked.connect(lambda: edit_server(self._studio, self, server, self.go_to))
        self.page.remove_asked.connect(lambda: self._ask_remove(server))
        self._area.setWidget(self.page)
        self._area.verticalScrollBar().setValue(at)

    def _ask_remove(self, server: Listed) -> None:
        where = "It goes from the graph; Undo brings it back." if server.place == "graph" else (
            "It goes from your settings, for all graphs.")  # fmt: skip

        def answered(words: str) -> None:
            if words == "Remove":
                self._studio.servers.put(server.place, {}, (server.name,))

        ask(self, f"Remove the tool server “{server.name}”?", where, ["Cancel", "Remove"], answered, "Remove")


def show_servers(studio: Studio, name: str = "") -> ServersDialog:
    """Opens it, or brings the one that is open to the front, at the server of a name."""
    open_now = next((each for each in studio.window.findChildren(ServersDialog) if each.isVisible()), None)
    dialog = open_now or ServersDialog(studio)
    dialog.go_to(name)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
