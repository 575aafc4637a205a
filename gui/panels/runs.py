"""The runs: what was run, when, how it ended, how long it took and what it cost; looked at again, opened, deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QStackedWidget, QTreeView, QVBoxLayout

from engine.base.errors import BatonError
from engine.files.open import loads
from engine.graph.graph import Graph
from engine.run.events import Event
from engine.run.journal import Journal, StoredRun
from gui.dialogs.ask import ask
from gui.panel import Panel, PanelWidget
from gui.studio import Studio
from gui.views.run_table import HEADS, RunTable
from gui.widgets.empty_state import EmptyState
from gui.widgets.menu import Menu

MOST = 10_000
WIDTHS = {0: 170, 2: 100, 3: 100, 4: 100, 5: 230}


class Runs(PanelWidget):
    """The stored runs; read when the panel is looked at, and after each run."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.model = RunTable(studio.icons)
        self.list = QTreeView()
        self.list.setModel(self.model)
        self._dress()
        text = "Every run is kept with its result, so that it can be looked at again."
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState(studio.icons, "history", "No runs yet", text))
        self._stack.addWidget(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 8, 0)
        column.addWidget(self._stack)
        self.list.clicked.connect(self._clicked)
        self.list.activated.connect(self._look)
        self.list.customContextMenuRequested.connect(lambda at: self.menu().popup(self._global(at)))
        delete = QShortcut(QKeySequence("Del"), self.list, context=Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.ask_delete)
        studio.session.run_changed.connect(self._changed)
        studio.theme.changed.connect(self._changed)

    def showEvent(self, event: object) -> None:
        self.refresh()

    def refresh(self) -> None:
        """Reads the list again; what was selected stays so."""
        chosen = {run.id for run in self.chosen}
        runs: list[StoredRun] = []
        with self._said():
            journal = self._journal
            runs = journal.runs(MOST) if journal.path.exists() else []
        session = self._studio.session
        watched = session.run_view.run if session.running and session.run_view else ""
        self.model.show_runs(runs, time.time(), watched)
        rows, flags = self.list.selectionModel(), self.list.selectionModel().SelectionFlag
        for row in (row for row, run in enumerate(runs) if run.id in chosen):
            rows.select(self.model.index(row, 0), flags.Select | flags.Rows)
        self._stack.setCurrentIndex(1 if runs else 0)

    @property
    def chosen(self) -> list[StoredRun]:
        """The selected runs, newest first."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedRows())
        return [self.model.runs[row] for row in rows]

    def menu(self) -> Menu:
        """What can be done with the selected runs."""
        menu = Menu(parent=self)
        menu.aboutToHide.connect(menu.deleteLater)
        runs = self.chosen
        one = runs[0].id if len(runs) == 1 else ""
        self._entry(menu, "Look at it", lambda: self.look(one), bool(one))
        self._entry(menu, "Open its graph as a copy", lambda: self.open_graph(one), bool(one))
        self._entry(menu, "Copy its id", lambda: QGuiApplication.clipboard().setText(one), bool(one))
        menu.addSeparator()
        words = "Delete…" if len(runs) < 2 else f"Delete {len(runs)} runs…"
        self._entry(menu, words, self.ask_delete, bool(runs))
        return menu

    def look(self, run: str) -> None:
        """Watches a stored run on the canvas."""
        session = self._studio.session
        if session.running:
            session.said.emit("info", "A run is going on.", "Stop it to look at another one.")
            return
        graph, events = self._stored(run)
        if graph is None or not events:
            session.said.emit("warning", "Nothing is stored of this run.", "It ended before its first event.")
            return
        session.show_run(events, graph)
        if graph.nodes.keys().isdisjoint(session.whole.nodes):
            self._offer_graph(run)

    def open_graph(self, run: str) -> None:
        """Opens the graph that a run ran on, as an unsaved copy, and watches the run there."""
        graph, events = self._stored(run)
        if graph is not None:
            self._studio.filing.before_leaving(lambda: self._show_graph(graph, events))

    def ask_delete(self) -> None:
        """Deletes the selected runs, once that was confirmed; the one that goes on here stays."""
        session = self._studio.session
        going = session.run_view.run if session.running and session.run_view else ""
        runs = [run.id for run in self.chosen if run.id != going]
        if not runs:
            if going:
                session.said.emit("info", "This run is going on.", "Stop it first.")
            return

        def answered(answer: str) -> None:
            if answer == "Delete":
                self._delete(runs)

        title = "Delete this run?" if len(runs) == 1 else f"Delete {len(runs)} runs?"
        text = "All that is stored of it goes: what happened, its outputs, what it cost."
        ask(self._studio.window, title, text, ["Delete", "Cancel"], answered, "Delete")

    def _dress(self) -> None:
        tree = self.list
        tree.setAccessibleName("Runs")
        tree.setRootIsDecorated(False)
        tree.setUniformRowHeights(True)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header = tree.header()
        header.setStretchLastSection(False)
        for section in range(len(HEADS)):
            fixed = section in WIDTHS
            mode = QHeaderView.ResizeMode.Interactive if fixed else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(section, mode)
            if fixed:
                header.resizeSection(section, self._studio.theme.px(WIDTHS[section]))

    def _changed(self) -> None:
        if self.isVisible():
            self.refresh()

    def _clicked(self, index: QModelIndex) -> None:
        if QApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier:  # else rows are being chosen
            self._look(index)

    def _look(self, index: QModelIndex) -> None:
        self.look(self.model.runs[index.row()].id)

    def _delete(self, runs: Sequence[str]) -> None:
        session = self._studio.session
        if session.run_view is not None and session.run_view.run in runs:
            session.put_run_away()
        with self._said():
            for run in runs:
                self._journal.delete(run)
        self.refresh()

    def _offer_graph(self, run: str) -> None:
        def chosen(words: str) -> None:
            if words:
                self.open_graph(run)

        text = "This run was of another graph, so the canvas cannot show it."
        self._studio.window.bar.ask("info", text, ("Open that graph as a copy",), chosen)

    def _show_graph(self, graph: Graph, events: Sequence[Event]) -> None:
        self._studio.filing.restore(graph, None)
        if events:
            self._studio.session.show_run(events, graph)

    @property
    def _journal(self) -> Journal:
        return Journal(self._studio.services.home.runs)

    def _stored(self, run: str) -> tuple[Graph | None, list[Event]]:
        """The graph and the events of a run, as far as they are stored."""
        graph: Graph | None = None
        events: list[Event] = []
        with self._said():
            text = self._journal.graph(run)
            graph = loads(text) if text else None
            events = self._journal.events(run)
        return graph, events

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Says what goes wrong with the stored runs."""
        try:
            yield
        except BatonError as error:
            self._studio.session.say_error(error)

    def _entry(self, menu: Menu, words: str, do: Callable[[], object], can: bool) -> None:
        entry = QAction(words, menu)
        entry.setEnabled(can)
        entry.triggered.connect(do)
        menu.addAction(entry)

    def _global(self, at: QPoint) -> QPoint:
        return self.list.viewport().mapToGlobal(at)


PANEL = Panel("runs", "Runs", "bottom", 3, Runs)
