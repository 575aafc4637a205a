"""The log: what happened, line by line, filtered by node, level and text. Quick with 100,000 events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QColor, QFont, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from engine.run.events import Event
from gui.panel import Panel, PanelWidget
from gui.studio import Studio
from gui.theme.theme import Theme
from gui.theme.wear import wear
from gui.views.log_lines import Line, line_of
from gui.views.rows_model import Index, RowsModel
from gui.widgets.elided_label import plain_tooltip
from gui.widgets.empty_state import EmptyState
from gui.widgets.number_field import Choice
from gui.widgets.search_field import SearchField

LEVELS = {"All levels": (), "Warnings and errors": ("warning", "error"), "Errors": ("error",)}
TONES = {"good": "text:ok", "warning": "text:retry", "error": "text:failed"}
TIP = 1_500
"""Characters of a line that its tooltip shows."""
GLYPHS = {"info": "·", "good": "✓", "warning": "!", "error": "✕"}


class Places(QStyledItemDelegate):
    """Cuts `Revise › pass 2 › Rewrite` in its middle: which node it is stands at the end."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class Log(PanelWidget):
    """Follows the run that is watched."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        super().__init__(around)
        self._studio = studio
        self._seen = 0
        self._run = ""
        self._lines: list[Line] = []
        self._titles: dict[str, str] | None = None
        self.model = LogModel(studio.theme, studio.session.title_of)
        self.table = QTableView()
        self.table.setModel(self.model)
        self._dress_table()
        self.search = SearchField(studio.icons, "Find in the log…")
        self.level, self.node = Choice(), Choice()
        self.level.addItems(list(LEVELS))
        text = "What nodes do, ask and answer is listed here while a run goes on."
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState(studio.icons, "info", "Nothing happened yet", text))
        self._stack.addWidget(self.table)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 8, 0)
        column.addWidget(self._stack)
        self.search.textChanged.connect(self._filter)
        self.level.activated.connect(self._filter)
        self.node.activated.connect(self._filter)
        self.table.clicked.connect(lambda index: self._pick(index.row()))
        studio.session.run_ticked.connect(self._ticked)
        studio.session.run_changed.connect(self._run_changed)
        studio.session.run_filled.connect(self._run_changed)
        self._run_changed()

    def show_node(self, key: str) -> None:
        """Shows only what was said of a node (as the run calls it) and of what is inside it."""
        place = self.node.findData(key)
        if place < 0:
            self.node.addItem(self._studio.session.title_of(key), key)
            place = self.node.count() - 1
        self.node.setCurrentIndex(place)
        self._filter()

    def tools(self) -> QWidget:
        """The filters."""
        strip = QWidget()
        row = QHBoxLayout(strip)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.search.setMinimumWidth(self._studio.theme.px(90))
        self.search.setMaximumWidth(self._studio.theme.px(200))
        for part in (self.node, self.level, self.search):
            wear(part, look="tool")
            row.addWidget(part)
        return strip

    def _dress_table(self) -> None:
        header = self.table.horizontalHeader()
        header.hide()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setStretchLastSection(True)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(self._studio.theme.px(22))
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setAccessibleName("Log")
        self.table.setItemDelegateForColumn(2, Places(self.table))
        for section, width in enumerate((76, 28, 136)):
            self.table.setColumnWidth(section, self._studio.theme.px(width))

    def _run_changed(self) -> None:
        view = self._studio.session.run_view
        if view is None or view.run != self._run or len(self._studio.session.run_events) < self._seen:
            self._run, self._seen, self._lines = (view.run if view else ""), 0, []
            graph = self._studio.session.run_graph
            self._offer_nodes({key: node.name for key, node in (graph.nodes if graph else {}).items()})
        self._ticked([])

    def _offer_nodes(self, titles: dict[str, str]) -> None:
        """The nodes to choose from; a thousand of them take a moment, so only where they are others than before."""
        if titles != self._titles:
            self._titles = titles
            self.node.clear()
            self.node.addItem("All nodes", "")
            self.node.addItems(list(titles.values()))
            for place, key in enumerate(titles, 1):
                self.node.setItemData(place, key)
        self.node.setCurrentIndex(0)
        self.model.set_lines([])

    def _ticked(self, _events: Sequence[Event]) -> None:
        session = self._studio.session
        view, events = session.run_view, session.run_events
        if not self.isVisible():
            return  # lines are made when somebody looks
        new = events[self._seen :]
        self._seen = len(events)
        started = view.started if view and view.started is not None else (new[0].mono if new else 0.0)
        lines = [line for event in new if (line := line_of(event, started))]
        self._lines += lines
        self._stack.setCurrentIndex(1 if self._lines else 0)
        if lines:
            bar = self.table.verticalScrollBar()
            at_end = bar.value() >= bar.maximum() - 2
            self.model.append(self._fitting(lines))
            if at_end:
                self.table.scrollToBottom()

    def _filter(self) -> None:
        self.model.set_lines(self._fitting(self._lines))
        self.table.scrollToBottom()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._ticked([])

    def _fitting(self, lines: list[Line]) -> list[Line]:
        """Those of the lines that pass all filters."""
        if levels := LEVELS[self.level.currentText()]:
            lines = [line for line in lines if line.level in levels]
        if node := self.node.currentData():
            inside = (f"{node}/", f"{node}[")
            lines = [line for line in lines if line.key == node or line.key.startswith(inside)]
        if typed := self.search.text().casefold():
            lines = [line for line in lines if typed in line.text.casefold() or typed in line.key.casefold()]
        return lines

    def _pick(self, row: int) -> None:
        key = self.model.line(row).key
        if key:
            self._studio.session.show_node(key)


class LogModel(RowsModel):
    """The lines that fit; rows are shown page by page as one scrolls.

    Args:
        title: what people call a node, by its key.
    """

    def __init__(self, theme: Theme, title: Callable[[str], str]) -> None:
        super().__init__(("Time", "", "Node", "What happened"))
        self._theme, self._title = theme, title
        self._lines: list[Line] = []

    def set_lines(self, lines: list[Line]) -> None:
        """Shows other lines."""
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    def append(self, lines: list[Line]) -> None:
        """Adds lines at the end."""
        if lines:
            self.beginInsertRows(QModelIndex(), len(self._lines), len(self._lines) + len(lines) - 1)
            self._lines += lines
            self.endInsertRows()

    def line(self, row: int) -> Line:
        """The line of a row."""
        return self._lines[row]

    @property
    def rows(self) -> Sequence[Line]:
        return self._lines

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(line, index.column())
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._ink(line, index.column())
        if role == Qt.ItemDataRole.FontRole and index.column() == 0:
            return QFont(self._theme.font("mono_small"))
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == 0:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == len(self.heads) - 1:
            return plain_tooltip(line.text[:TIP])
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{line.level}: {self._cell(line, 2)} {line.text}"
        return None

    def _cell(self, line: Line, column: int) -> str:
        cells = (f"{line.at:.2f} s", GLYPHS[line.level], self._title(line.key), line.text[:400])
        return cells[column]

    def _ink(self, line: Line, column: int) -> QColor:
        if column == 0:
            return self._theme.colour("faint")
        tone = TONES.get(line.level)
        if tone and (column == 1 or line.level in ("warning", "error")):
            return self._theme.colour(tone)
        return self._theme.colour("muted" if column == 2 else "text")


PANEL = Panel("log", "Log", "bottom", 1, Log)
