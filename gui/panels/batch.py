"""The batch: how each row of a table stands, what came of it and what it cost; stopped, gone on with, looked at."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from gui.paced import Paced
from gui.panel import Panel, PanelWidget
from gui.stored import look
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.batch_table import BatchTable, ConfusionTable
from gui.widgets.columns import Columns
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.empty_state import EmptyState
from gui.widgets.tabs import UnderlineTabs

OUTPUTS, WIDTHS, SPARE = 120, {0: 44, 1: 104, 2: 200, 4: 72, 5: 84, 6: 160}, (2, 4, 5)
ERROR = 6
"""The column of errors, shown where there are some."""
TABS = ("Rows", "Routes")


class Batch(PanelWidget):
    """Follows the batch of the window."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        super().__init__(around)
        self._studio = studio
        self.model, self.matrix = BatchTable(studio.icons), ConfusionTable(studio.icons)
        self.list, self.routes = QTreeView(), QTreeView()
        self.tabs, self._pages = UnderlineTabs(studio.theme, TABS), QStackedWidget()
        self.tabs.currentChanged.connect(self._pages.setCurrentIndex)
        self.bar, self.right = QProgressBar(), QLabel()
        self.bar.setAccessibleName("Rows done")
        self.bar.setTextVisible(False)
        text = "A table (CSV or JSON lines) gives each of its rows to the inputs of the graph, a run each."
        self.empty = EmptyState(studio.icons, "map", "No rows yet", text, "Run for each row…")
        self.empty.acted.connect(lambda: studio.actions["run.batch"].trigger(studio))
        self._stack = QStackedWidget()
        self._paced = Paced(self._sum, self, studio.session.turns)
        self._lay_out()
        self.list.activated.connect(self._look)
        studio.batching.changed.connect(self._changed)
        studio.batching.told.connect(self._told)
        studio.theme.changed.connect(self._restyle)

    def begin(self) -> None:
        self._changed()

    def tools(self) -> QWidget:
        """The sum, and what can be done with all rows."""
        strip = QWidget()
        row = QHBoxLayout(strip)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.facts = ElidedLabel("", "mono_small")
        self.facts.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.stop, self.go_on, self.results = QPushButton("Stop"), QPushButton("Go on"), QPushButton("Open the results")
        self.stop.clicked.connect(self._studio.batching.stop)
        self.go_on.clicked.connect(self._studio.batching.go_on)
        self.results.clicked.connect(self._open_results)
        row.addStretch(1)
        row.addWidget(self.facts)
        for button in (self.stop, self.go_on, self.results):
            wear(button, look="bar")
            row.addWidget(button)
        return strip

    def _lay_out(self) -> None:
        for tree, model, name in ((self.list, self.model, "Rows"), (self.routes, self.matrix, "Routes")):
            tree.setModel(model)
            tree.setAccessibleName(name)
            tree.setRootIsDecorated(False)
            tree.setUniformRowHeights(True)
        Columns(self.list, 3, self._studio.theme.px(OUTPUTS),
                {column: self._studio.theme.px(width) for column, width in WIDTHS.items()}, SPARE)  # fmt: skip
        routes = QWidget()
        below = QVBoxLayout(routes)
        below.setContentsMargins(0, 0, 0, 0)
        wear(self.right, role="muted")
        self.right.setContentsMargins(8, 4, 0, 0)
        below.addWidget(self.right)
        below.addWidget(self.routes)
        self._pages.addWidget(self.list)
        self._pages.addWidget(routes)
        page = QWidget()
        inside = QVBoxLayout(page)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(2)
        for part in (self.bar, self.tabs, self._pages):
            inside.addWidget(part)
        self._stack.addWidget(self.empty)
        self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 8, 0)
        column.addWidget(self._stack)

    def _changed(self) -> None:
        """Another batch, or it goes on or stands still from now on."""
        batching = self._studio.batching
        self.model.show_rows(batching.results, batching.lines)
        self._stack.setCurrentIndex(1 if batching.active or batching.results is not None else 0)
        self.tabs.setVisible(batching.wish is not None and bool(batching.wish.route))
        if self.tabs.isHidden():
            self.tabs.setCurrentIndex(0)
        self.bar.setVisible(batching.active)
        self.bar.setRange(0, len(batching.table.rows) if batching.table else 0)
        self.stop.setVisible(batching.active)
        self.stop.setText("Force the stop" if batching.stopping else "Stop")
        elsewhere = batching.left_elsewhere
        self.go_on.setVisible(batching.can_go_on or bool(elsewhere))
        self.go_on.setEnabled(batching.can_go_on)
        self.go_on.setToolTip(f"Open {elsewhere} to go on with its rows" if elsewhere else "")
        self.results.setVisible(batching.results is not None and not batching.active)
        self._sum()

    def _told(self, numbers: list[int]) -> None:
        self.model.tell(numbers)
        self._paced.ask()

    def _sum(self) -> None:
        """Counts what there is: rows done, failures, money, right routes."""
        from engine.batch.perform import DONE
        from engine.batch.results import confusion, statuses

        batching = self._studio.batching
        counts = statuses(batching.lines)
        done, failed = sum(counts[status] for status in DONE), counts["failed"]
        self.bar.setValue(done + failed)
        self.counted.emit(failed, "text:failed")
        if batching.table is None or batching.wish is None:
            self.facts.set_text("reading the table" if batching.active else "")
            return
        self.list.setColumnHidden(ERROR, not any(line.get("error") for line in batching.lines.values()))
        self.facts.set_text(batching.facts() + (" · rehearsal" if batching.wish.rehearse else ""))
        if batching.wish.route:
            found = confusion(batching.ended(), batching.table, batching.wish.label)
            self.matrix.show_counts(found)
            share = f" ({found.right / found.total:.0%})" if found.total else ""
            self.right.setText(f"{found.right} of {found.total} right{share}")

    def _look(self, index: QModelIndex) -> None:
        """Brings the run of a row to the canvas."""
        run = self.model.run_of(index)
        if run:
            look(self._studio, run)
        else:
            self._studio.session.said.emit("info", "There is nothing to look at yet.", "This row has not ended.")

    def _open_results(self) -> None:
        wish = self._studio.batching.wish
        if wish is not None and not QDesktopServices.openUrl(QUrl.fromLocalFile(str(wish.place))):
            self._studio.session.said.emit("info", f"The results are in {wish.place}.", "")

    def _restyle(self) -> None:
        """Glyphs and figures in the colours of the other look."""
        self.list.viewport().update()
        self.routes.viewport().update()


PANEL = Panel("batch", "Batch", "bottom", 7, Batch, lambda studio: [studio.batching.changed])
