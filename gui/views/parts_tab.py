"""The tab of the inspector for what a container did: each item, pass or delegation with its state, time and money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from engine.run.children import DelegationView
from engine.run.view import NodeView, PartView
from gui.bridge.cells import delegates, part_title, part_values, stragglers
from gui.figures import money, seconds_text
from gui.theme.icons import Icons
from gui.views.delegation_page import DelegationPage
from gui.views.rows_model import Index, RowsModel
from gui.widgets.scrolled import BAR, Scrolled

HEADS: Final = ("Time", "Money", "Gave")
"""Behind the first column, which is headed by what its rows are."""
WIDTHS: Final = {0: 110, 1: 56, 2: 72}
TASK, LEAST_GAVE = 170, 72
"""Pixels for the title of a task where there is room, and for what came of it in any case."""
GLYPHS: Final = {"interrupted": "cancelled", "stopped": "cancelled", "rejected": "skipped", "pending": "queued"}
ONE_LINE: Final = 200


class PartsTab(QWidget):
    """Below the list stands a chosen delegation, with all there is to know and to do about it.

    Signals: `opened` with the number of a part to be looked into; `retry_asked`; `stop_asked` with the key of a
    delegation; `redirect_asked` with that, a message and a specialist; `look_asked` with the key of a node.
    """

    opened = Signal(int)
    retry_asked = Signal()
    stop_asked = Signal(str)
    redirect_asked = Signal(str, str, str)
    look_asked = Signal(str)

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self.model = PartsTable(icons)
        self.list = QTreeView()
        self.list.setModel(self.model)
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setAccessibleName("Items")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._px = icons.theme.px
        header = self.list.header()
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(icons.theme.px(WIDTHS[1]))
        header.resizeSection(len(WIDTHS), icons.theme.px(LEAST_GAVE))  # the least that it takes
        for section, width in WIDTHS.items():
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(section, icons.theme.px(width))
        self.only_failed = QCheckBox("Only failed")
        self.only_failed.toggled.connect(self._filter)
        self.retry = QPushButton("Retry failed")
        self.retry.clicked.connect(self.retry_asked)
        self.page = DelegationPage(icons)
        self._area = Scrolled(self.page)
        self.page.stop_asked.connect(lambda: self.stop_asked.emit(self._key()))
        self.page.redirect_asked.connect(lambda text, to: self.redirect_asked.emit(self._key(), text, to))
        self.page.look_asked.connect(self._look)
        row = QHBoxLayout()
        row.addWidget(self.only_failed, 1)
        row.addWidget(self.retry)
        row.setContentsMargins(0, 0, BAR, 0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 12, 0, 12)
        column.addLayout(row)
        column.addWidget(self.list, 2)
        column.addWidget(self._area, 3)
        self.list.activated.connect(self._enter)
        self.list.doubleClicked.connect(self._enter)
        self.list.selectionModel().selectionChanged.connect(lambda: self._show_page())
        self._node: NodeView | None = None
        self._delegations: Mapping[str, DelegationView] = {}
        self._nodes: Mapping[str, NodeView] = {}
        self._team: Sequence[str] = ()
        self._live = False
        self._show_page()

    def show_node(
        self, node: NodeView, now: float, *, can_retry: bool, delegations: Mapping[str, DelegationView],
        nodes: Mapping[str, NodeView], team: Sequence[str], live: bool,
    ) -> None:  # fmt: skip
        """Shows the parts of a container.

        Args:
            now: monotonic seconds.
            delegations: all of the run, by key.
            nodes: all of the run, by key.
            team: the specialists of a manager.
            live: the run goes on.
        """
        other = self._node is None or self._node.key != node.key
        self._node, self._delegations, self._nodes = node, delegations, nodes
        self._team, self._live = team, live
        free = not any(part.cost != 0 for part in node.parts.values())
        if other or free != self.list.isColumnHidden(2):
            self.list.setColumnHidden(2, free)
            self._share()
        self.retry.setVisible(can_retry)
        self.model.show_parts(node, self._fitting(node), now)
        self._show_page()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        """Gives titles of tasks the room that they need, as far as something is left for what came of them."""
        tasks = self._node is not None and any(part.specialist for part in self._node.parts.values())
        others = sum(WIDTHS[column] for column in (1, 2) if not self.list.isColumnHidden(column))
        room = max(self._px(WIDTHS[0]), self.width() - self._px(others + LEAST_GAVE))
        self.list.header().resizeSection(0, min(self._px(TASK), room) if tasks else self._px(WIDTHS[0]))

    def _fitting(self, node: NodeView) -> list[PartView]:
        parts = [part for _, part in sorted(node.parts.items())]
        return [part for part in parts if part.status == "failed"] if self.only_failed.isChecked() else parts

    def _filter(self) -> None:
        if self._node is not None:
            self.model.show_parts(self._node, self._fitting(self._node), self.model.now)

    def _chosen(self) -> int:
        rows = self.list.selectionModel().selectedRows()
        return self.model.parts[rows[0].row()].number if rows else -1

    def _key(self) -> str:
        """The key of the delegation that is chosen."""
        return f"{self._node.key}[{self._chosen()}]" if self._node else ""

    def _enter(self, index: QModelIndex) -> None:
        """An item or pass is entered on the canvas; what a delegation said stands below the list."""
        if self._key() in self._delegations:
            self.page.show_messages()
        else:
            self.opened.emit(self.model.parts[index.row()].number)

    def _look(self) -> None:
        one = self._delegations.get(self._key())
        if one is not None:
            self.look_asked.emit(one.node)

    def _show_page(self) -> None:
        one = self._delegations.get(self._key())
        self._area.setVisible(one is not None)
        if one is not None:
            self.page.show_delegation(one, self._nodes.get(one.node), self.model.now, self._team, live=self._live)


class PartsTable(RowsModel):
    """Rows of parts."""

    def __init__(self, icons: Icons) -> None:
        super().__init__(("", *HEADS))
        self._icons = icons
        self.parts: Sequence[PartView] = ()
        self.now = 0.0
        self._node = NodeView("", "")
        self._slow: set[int] = set()
        self._one_worker = False

    def show_parts(self, node: NodeView, parts: Sequence[PartView], now: float) -> None:
        """Shows these parts of a container; the rows that stay keep their place."""
        self._slow = {part.number for part in stragglers(node, now)}
        self._one_worker = len({part.specialist for part in node.parts.values()}) == 1
        head = "Task" if delegates(node) else "Pass" if node.first else "Item"
        if head != self.heads[0]:
            self.heads = (head, *HEADS)
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, 0)
        same = [part.number for part in parts] == [part.number for part in self.parts] and node.key == self._node.key
        if not same:
            self.beginResetModel()
        self._node, self.parts, self.now = node, list(parts), now
        if same and self.parts:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.parts) - 1, len(HEADS)))
        elif not same:
            self.endResetModel()

    @property
    def rows(self) -> Sequence[PartView]:
        return self.parts

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        part, column = self.parts[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cell(part, column)
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            glyph = GLYPHS.get(part.status, part.status)
            state = "retry" if part.number in self._slow else glyph
            return self._icons.icon(glyph, f"state:{state}", 14)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{part.status}: {part.error or ' '.join(part_values(part))[:ONE_LINE]}"
        return None

    def _cell(self, part: PartView, column: int) -> str:
        if column == 0:
            alone = part.told.get("title") if self._one_worker else ""
            return str(alone or part_title(self._node, part.number, short=True))
        if column == 1:
            return seconds_text((self.now if part.ended is None else part.ended) - part.started)
        if column == 2:
            return "" if not part.cost and part.cost is not None else "?" if part.cost is None else money(part.cost)
        return " ".join((part.error or "; ".join(part_values(part)) or part.status)[:ONE_LINE].split())
