"""The runs: what was run, when, how it ended, how long it took and what it cost; looked at again, opened, deleted."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from engine.run.journal import StoredRun
from gui.comparing import compare_runs
from gui.dialogs.ask import ask
from gui.panel import Panel, PanelWidget
from gui.resuming import OVER, resume, retry_failed, run_again, run_from
from gui.sharing import run_choices
from gui.stored import journal, listed, look, open_graph
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.run_table import RunTable
from gui.widgets.columns import Columns
from gui.widgets.empty_state import EmptyState
from gui.widgets.menu import Menu

MOST = 10_000
NAME, WIDTHS, SPARE = 100, {0: 140, 2: 92, 3: 68, 4: 80, 5: 150}, (5, 3)


class Runs(PanelWidget):
    """The stored runs; read when the panel is looked at, and after each run."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        super().__init__(around)
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

    def tools(self) -> QWidget:
        """What one does most with runs; all the rest is in the menu."""
        strip = QWidget()
        row = QHBoxLayout(strip)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.again, self.compare, self.more = QPushButton("Run again"), QPushButton("Compare"), QToolButton()
        self.again.clicked.connect(lambda: run_again(self._studio, self.chosen[0].id))
        self.compare.clicked.connect(lambda: compare_runs(self._studio, *self._pair(self.chosen)))
        self.more.clicked.connect(lambda: self.menu().popup(self.more.mapToGlobal(self.more.rect().bottomLeft())))
        self._studio.icons.dress(self.more, "more")
        self.more.setToolTip("All that can be done with the chosen runs")
        self.more.setAccessibleName(self.more.toolTip())
        row.addStretch(1)
        for button in (self.again, self.compare):
            wear(button, look="bar")
            row.addWidget(button)
        row.addWidget(self.more)
        self.list.selectionModel().selectionChanged.connect(self._show_tools)
        self.model.modelReset.connect(self._show_tools)
        self._show_tools()
        return strip

    def showEvent(self, event: object) -> None:
        self.refresh()

    def _show_tools(self) -> None:
        """What can be done with as many runs as are chosen."""
        chosen = self.chosen
        self.again.setEnabled(len(chosen) == 1)
        self.again.setToolTip("With the same inputs" if self.again.isEnabled() else "Choose a run")
        self.compare.setEnabled(len(chosen) == 2)
        self.compare.setToolTip("On the canvas" if self.compare.isEnabled() else "Choose two runs, with Ctrl held")
        self.more.setEnabled(bool(chosen))

    def refresh(self) -> None:
        """Reads the list again; what was selected stays so."""
        chosen = {run.id for run in self.chosen}
        runs = listed(self._studio, MOST)
        self.model.show_runs(runs, time.time())
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
        two = self._pair(runs)
        open_ended = bool(one) and runs[0].status not in OVER
        self._entry(menu, "Look at it", lambda: look(self._studio, one), bool(one))
        self._entry(menu, "Go on with it", lambda: resume(self._studio, one), open_ended)
        self._entry(menu, "Run again with its inputs", lambda: run_again(self._studio, one), bool(one))
        self._entry(menu, "Retry what failed", lambda: self._then(one, retry_failed), self._failed(runs))
        self._entry(menu, "Run from the selected node", lambda: self._then(one, run_from), bool(one) and self._node())
        self._entry(menu, "Open its graph as a copy", lambda: open_graph(self._studio, one), bool(one))
        self._share(menu, one)
        self._entry(menu, "Copy its id", lambda: QGuiApplication.clipboard().setText(one), bool(one))
        self._entry(menu, "Compare them", lambda: compare_runs(self._studio, *two), bool(two))
        menu.addSeparator()
        words = "Delete…" if len(runs) < 2 else f"Delete {len(runs)} runs…"
        self._entry(menu, words, self.ask_delete, bool(runs))
        return menu

    def _share(self, menu: Menu, run: str) -> None:
        """What one run can be saved as for others."""
        for words, ask_place in run_choices(run):
            self._entry(menu, words, partial(ask_place, self._studio), bool(run))

    def _then(self, run: str, act: Callable[[Studio], object]) -> None:
        """Looks at a run, and does something with it."""
        look(self._studio, run, partial(act, self._studio))

    def _pair(self, runs: Sequence[StoredRun]) -> list[str]:
        """The two runs that are chosen, the older one first; none where there are not two."""
        return [run.id for run in reversed(runs)] if len(runs) == 2 else []

    def _failed(self, runs: Sequence[StoredRun]) -> bool:
        return len(runs) == 1 and runs[0].status in ("failed", "completed_with_warnings")

    def _node(self) -> bool:
        session = self._studio.session
        return len(session.selection) == 1 and not session.inside

    def ask_delete(self) -> None:
        """Deletes the selected runs, once that was confirmed; the one that goes on here stays."""
        runs = [run.id for run in self.chosen if run.status != "running"]
        if not runs:
            if self.chosen:
                self._studio.session.said.emit("info", "This run is going on.", "Stop it first.")
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
        widths = {column: self._studio.theme.px(width) for column, width in WIDTHS.items()}
        Columns(tree, 1, self._studio.theme.px(NAME), widths, SPARE)

    def _changed(self) -> None:
        if self.isVisible():
            self.refresh()

    def _clicked(self, index: QModelIndex) -> None:
        if QApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier:  # else rows are being chosen
            self._look(index)

    def _look(self, index: QModelIndex) -> None:
        look(self._studio, self.model.runs[index.row()].id)

    def _delete(self, runs: Sequence[str]) -> None:
        session = self._studio.session
        if session.run_view is not None and session.run_view.run in runs:
            session.put_run_away()
        there = journal(self._studio)

        def delete() -> None:
            for run in runs:
                there.delete(run)

        self._studio.opening.away(delete, lambda _: self.refresh())

    def _entry(self, menu: Menu, words: str, do: Callable[[], object], can: bool) -> None:
        entry = QAction(words, menu)
        entry.setEnabled(can)
        entry.triggered.connect(do)
        menu.addAction(entry)

    def _global(self, at: QPoint) -> QPoint:
        return self.list.viewport().mapToGlobal(at)


PANEL = Panel("runs", "Runs", "bottom", 3, Runs)
