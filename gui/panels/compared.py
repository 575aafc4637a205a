"""Two runs held against each other, node by node: what was said and done otherwise, the first difference on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from gui.bridge.differs import FIRST
from gui.panel import Panel
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.row_panel import RowPanel, node_link
from gui.widgets.plain_label import plain_label

if TYPE_CHECKING:
    from engine.archive.compare import NodeDifference, RunComparison

MOST = 200


class Compared(RowPanel):
    """Follows what is compared in the session."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        text = "Choose two runs in the list of runs, with Ctrl held, and press Compare."
        super().__init__(studio, around, "duplicate", "Nothing compared", text, ("Show the runs", "runs"))
        self.rows: list[DifferenceRow] = []
        studio.session.comparison_changed.connect(self.begin)

    def begin(self) -> None:
        """Shows what is compared now."""
        compared = self._studio.session.comparison
        nodes = compared.nodes[:MOST] if compared else ()
        self.rows = [DifferenceRow(self._studio, each, first=number == 0) for number, each in enumerate(nodes)]
        self.head.setText(_head(compared) if compared else "")
        self.list.fill(self.rows, anything=compared is not None)
        self.counted.emit(len(nodes), "text:retry")


class DifferenceRow(QFrame):
    """What one node did otherwise."""

    def __init__(self, studio: Studio, difference: NodeDifference, *, first: bool) -> None:
        super().__init__()
        self.where = node_link(studio, difference.key)
        glyph = QLabel()
        glyph.setPixmap(studio.icons.pixmap("warning" if first else "info", 16, "state:retry" if first else "muted"))
        self.words = plain_label("\n".join(change.sentence() for change in difference.changes))
        self.words.setContentsMargins(6, 0, 0, 0)  # below the words of the button
        texts, head = QVBoxLayout(), QHBoxLayout()
        texts.setSpacing(0)
        head.addWidget(self.where)
        if first:
            mark = QLabel(FIRST)
            wear(mark, role="warning")
            head.addWidget(mark)
        head.addStretch(1)
        texts.addLayout(head)
        texts.addWidget(self.words)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 4, 4, 4)
        row.setSpacing(10)
        row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(texts, 1)
        self.setAccessibleName(f"{self.where.text()}: {self.words.text()}")


def _head(compared: RunComparison) -> str:
    """Which runs these are, and what they came to."""
    from gui.comparing import totals

    found = list(totals(compared))
    count = "1 node" if len(compared.nodes) == 1 else f"{len(compared.nodes)} nodes"
    same = "They did the same." if compared.same else f"{count} did otherwise."
    return f"{compared.runs[0]} and {compared.runs[1]}. {same} {' · '.join(found)}".strip()


PANEL = Panel(
    "compared", "Compare", "bottom", 5, Compared,
    lambda studio: [studio.session.comparison_changed], lambda studio: studio.session.comparison is not None,
)  # fmt: skip
