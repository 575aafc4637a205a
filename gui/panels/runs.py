"""The runs: what was run, when, how it ended, how long it took and what it cost. A click shows it again."""

from __future__ import annotations

import time
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView, QStackedWidget, QTreeWidget, QTreeWidgetItem, QVBoxLayout

from engine.base.errors import BatonError
from engine.files.open import loads
from engine.graph.graph import Graph
from engine.run.journal import Journal, StoredRun
from gui.panel import Panel, PanelWidget
from gui.studio import Studio
from gui.topbar import OUTCOMES
from gui.views.node_state import seconds_text
from gui.widgets.budget_bar import money
from gui.widgets.empty_state import EmptyState

MOST = 200
RUN = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class Cells:
    """A run as the cells of a row, and its state's glyph."""

    glyph: str
    texts: tuple[str, ...]


def cells_of(run: StoredRun, now: float) -> Cells:
    """A row of the list. A run without an end that nobody watches has crashed."""
    glyph, words = OUTCOMES.get(run.status, ("unknown", run.status or "broken off"))
    took = seconds_text(run.ended - run.created) if run.ended is not None else ""
    cost = "price unknown" if run.cost_usd is None else money(run.cost_usd)
    return Cells(glyph, (words, run.name or "Untitled", ago(now - run.created), took, cost, run.id))


def ago(seconds: float) -> str:
    """How long ago, in words."""
    for limit, unit, name in ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h")):
        if seconds < limit:
            return f"{max(0, int(seconds // unit))} {name} ago"
    days = int(seconds // 86_400)
    return "yesterday" if days == 1 else f"{days} days ago"


class Runs(PanelWidget):
    """The stored runs; read when the panel is looked at, and after each run."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.list = QTreeWidget()
        self.list.setAccessibleName("Runs")
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setHeaderLabels(["Outcome", "Graph", "When", "Time", "Money", "Run"])
        header = self.list.header()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(False)
        for section, width in ((0, 170), (2, 100), (3, 100), (4, 100), (5, 120)):
            header.resizeSection(section, studio.theme.px(width))
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        text = "Every run is kept with its result, so that it can be looked at again."
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState(studio.icons, "history", "No runs yet", text))
        self._stack.addWidget(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 8, 0)
        column.addWidget(self._stack)
        self.list.itemClicked.connect(self._open)
        self.list.itemActivated.connect(self._open)
        studio.session.run_changed.connect(self._changed)
        studio.theme.changed.connect(self._changed)

    def showEvent(self, event: object) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Reads the list again."""
        try:
            journal = Journal(self._studio.services.home.runs)
            runs = journal.runs(MOST) if journal.path.exists() else []
        except BatonError as error:
            self._studio.session.say_error(error)
            runs = []
        self.list.clear()
        now = time.time()
        for run in runs:
            cells = cells_of(run, now)
            item = QTreeWidgetItem(list(cells.texts))
            item.setData(0, RUN, run.id)
            item.setIcon(0, self._studio.icons.icon(cells.glyph, f"state:{cells.glyph}", 14))
            for column in (3, 4, 5):
                item.setFont(column, self._studio.theme.font("mono_small"))
            self.list.addTopLevelItem(item)
        self._stack.setCurrentIndex(1 if runs else 0)

    def _changed(self) -> None:
        if self.isVisible() and not self._studio.session.running:
            self.refresh()

    def _open(self, item: QTreeWidgetItem) -> None:
        session, run = self._studio.session, str(item.data(0, RUN))
        if session.running:
            session.said.emit("info", "A run is going on.", "Stop it to look at another one.")
            return
        try:
            journal = Journal(self._studio.services.home.runs)
            text = journal.graph(run)
            graph = loads(text) if text else None
            events = journal.events(run)
        except BatonError as error:
            session.say_error(error)
            return
        if graph is None or not events:
            session.said.emit("warning", "Nothing is stored of this run.", "It ended before its first event.")
            return
        session.show_run(events, graph)
        if graph.nodes.keys().isdisjoint(session.whole.nodes):
            self._offer_graph(graph)

    def _offer_graph(self, graph: Graph) -> None:
        def chosen(words: str) -> None:
            if words:
                self._studio.filing.before_leaving(lambda: self._show_graph(graph))

        text = "This run was of another graph, so the canvas cannot show it."
        self._studio.window.bar.ask("info", text, ("Open that graph as a copy",), chosen)

    def _show_graph(self, graph: Graph) -> None:
        session = self._studio.session
        events = list(session.run_events)
        self._studio.filing.restore(graph, None)
        session.show_run(events, graph)


PANEL = Panel("runs", "Runs", "bottom", 3, Runs)
