"""How the last five runs of a node went, as bars: only what was measured is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.figures import seconds_text
from gui.theme.wear import wear
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.spark_bars import Bar, SparkBars

if TYPE_CHECKING:
    from gui.studio import Studio

SHOWN = 5


class LastRuns(QWidget):
    """Hidden until there is something to show."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._past = studio.past
        self._node = ""
        self.bars = SparkBars(studio.theme)
        title = ElidedLabel("Last five runs", "field")
        wear(title, role="field")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(title)
        column.addWidget(self.bars)
        self._past.changed.connect(self._show)
        self._show()

    def show_node(self, node: str) -> None:
        """Shows the runs of a node."""
        self._node = node
        self._show()

    def _show(self) -> None:
        found = self._past.of_node(self._node)[-SHOWN:]
        bars = [Bar(took, status, "failed" if status == "failed" else seconds_text(took)) for status, took in found]
        self.bars.set_bars(bars)
        self.setVisible(bool(bars))
