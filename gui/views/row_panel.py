"""Panels that list things of the graph: rows below a heading, and the link by which a row shows its node."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.panel import PanelWidget
from gui.studio import Studio
from gui.theme.wear import wear
from gui.widgets.empty_state import EmptyState
from gui.widgets.plain_label import plain_label
from gui.widgets.row_list import RowList


class RowPanel(PanelWidget):
    """A list with a heading that scrolls with it, `head`; `list` takes the rows.

    Args:
        icon, title, text: what stands there while there is nothing.
        way: words of the button there that leads on, and the panel that it shows.
    """

    def __init__(
        self, studio: Studio, around: QWidget | None, icon: str, title: str, text: str, way: tuple[str, str] = ("", "")
    ) -> None:
        super().__init__(around)
        self._studio = studio
        self.head = plain_label("", "muted")
        empty = EmptyState(studio.icons, icon, title, text, way[0])
        empty.acted.connect(lambda: studio.window.show_panel(way[1]))
        self.list = RowList(empty, self.head)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.list)


def node_link(studio: Studio, key: str) -> QPushButton:
    """A node's title, as a run calls the node; pressing it shows the node."""
    made = QPushButton(studio.session.title_of(key))
    wear(made, look="link")
    made.setToolTip("Show the node")
    made.clicked.connect(lambda: studio.session.show_node(key))
    return made
