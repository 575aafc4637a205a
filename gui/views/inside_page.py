"""What the inspector shows inside a container when nothing is selected: what its inputs and outputs mean there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from engine.graph.graph import Graph
from gui.theme.wear import wear

if TYPE_CHECKING:
    from gui.studio import Studio

WORDS = {
    "map": "This graph runs once for each item of the list. The input named item gets the item, one named index "
    "gets its number.",
    "loop": "This graph runs pass after pass. An output with the name of an input goes into the next pass.",
    "subgraph": "This graph runs once, as one node of the graph around it.",
}


class InsidePage(QWidget):
    """Follows the place that is shown."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._session = studio.session
        self.title, self.about, self.ports = QLabel(), QLabel(), QLabel()
        wear(self.title, role="title")
        wear(self.about, role="muted")
        for label in (self.title, self.about, self.ports):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self.up = QPushButton("Set up the container")
        self.up.setIcon(studio.icons.icon("chevron_up", "muted", 14))
        self.up.clicked.connect(self._session.go_up)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 16)
        column.setSpacing(12)
        for part in (self.title, self.about, self.ports):
            column.addWidget(part)
        column.addWidget(self.up, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch(1)
        for signal in (self._session.entered, self._session.changed):
            signal.connect(self._show)
        self._show()

    def _show(self, *_: object) -> None:
        session = self._session
        if not session.inside:
            return
        holder = session.around[-1]
        self.title.setText(f"Inside “{holder.name}”")
        self.about.setText(WORDS.get(holder.kind, "Inputs and outputs here are the ports of the node."))
        takes, gives = _names(session.graph, "input"), _names(session.graph, "output")
        self.ports.setText(f"It takes: {takes or 'nothing yet, add an input'}\n"
                           f"It gives: {gives or 'nothing yet, add an output'}")  # fmt: skip


def _names(graph: Graph, kind: str) -> str:
    """The ports that the inputs or outputs of a body are, in order."""
    found = [str(node.config.get("name") or node.id) for node in graph.nodes.values() if node.kind == kind]
    return ", ".join(found)
