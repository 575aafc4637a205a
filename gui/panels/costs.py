"""What runs cost: by node, by model, or run by run, with calls and tokens."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from gui.paced import Paced
from gui.panel import Panel, PanelWidget
from gui.stored import listed, look
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.cost_rows import Cost, by_model, by_node, by_run, total
from gui.views.run_table import ago
from gui.widgets.columns import Columns
from gui.widgets.empty_state import EmptyState
from gui.widgets.number_field import Choice

HEADS = ("Node", "Calls", "Tokens in", "Tokens out", "Money", "Share")
WAYS = ("By node", "By model", "By run")
"""Their last word heads the first column."""
RUNS = 200
NAME, FIGURES, SPARE = 120, 88, (5, 1)
FIGURE = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
ROLE = Qt.ItemDataRole.UserRole


class Costs(PanelWidget):
    """Follows the run that is watched, while it can be seen."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        super().__init__(around)
        self._studio = studio
        self._shown: object = None
        self.way = Choice()
        self.way.addItems(list(WAYS))
        self.way.setAccessibleName("Sum up")
        self.way.activated.connect(lambda _: self._show())
        self.list = QTreeWidget()
        self.list.setAccessibleName("Costs")
        self.list.setRootIsDecorated(False)
        self.list.setUniformRowHeights(True)
        self.list.setHeaderLabels(list(HEADS))
        for section in range(1, len(HEADS)):
            self.list.headerItem().setTextAlignment(section, FIGURE)
        widths = dict.fromkeys(range(1, len(HEADS)), studio.theme.px(FIGURES))
        Columns(self.list, 0, studio.theme.px(NAME), widths, SPARE)
        self.list.itemClicked.connect(self._clicked)
        text = "Each call of a model is added up here, with what it cost."
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState(studio.icons, "money", "Nothing paid yet", text))
        self._stack.addWidget(self.list)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 2, 8, 0)
        column.addWidget(self._stack)
        self._paced = Paced(self._show, self, studio.session.turns)
        studio.session.run_ticked.connect(lambda _: self._paced.ask() if self.isVisible() else None)
        studio.session.run_changed.connect(self._show)

    def tools(self) -> QWidget:
        """How it is summed up."""
        wear(self.way, look="tool")
        self.way.setMaximumWidth(self._studio.theme.px(140))
        return self.way

    def showEvent(self, event: object) -> None:
        self._show()

    def _show(self) -> None:
        if not self.isVisible():
            return
        rows = self._rows()
        cells = [row.cells for row in rows]
        if cells == self._shown:
            return
        self._shown = cells
        whole = total(rows)
        self.list.headerItem().setText(0, self.way.currentText().split()[-1].capitalize())
        self.list.clear()
        for row in rows:
            self.list.addTopLevelItem(self._item(row, whole.usd))
        if len(rows) > 1:
            self.list.addTopLevelItem(self._item(whole, None))
        self._stack.setCurrentIndex(1 if rows else 0)

    def _rows(self) -> list[Cost]:
        session, way = self._studio.session, self.way.currentText()
        if way == WAYS[2]:
            return self._runs()
        view = session.run_view
        if view is None:
            return []
        return by_node(view, session.title_of) if way == WAYS[0] else by_model(view)

    def _runs(self) -> list[Cost]:
        now = time.time()
        return by_run(listed(self._studio, RUNS), lambda run: ago(now - run.created))

    def _item(self, row: Cost, whole: float | None) -> QTreeWidgetItem:
        share = f"{100 * row.usd / whole:.0f} %" if whole and row.usd is not None else ""
        made = QTreeWidgetItem([*row.cells, share])
        made.setData(0, ROLE, row.key)
        for section in range(1, len(HEADS)):
            made.setFont(section, self._studio.theme.font("mono_small"))
            made.setTextAlignment(section, FIGURE)
        return made

    def _clicked(self, item: QTreeWidgetItem) -> None:
        key = item.data(0, ROLE)
        if key and self.way.currentText() == WAYS[0]:
            self._studio.session.show_node(key)
        elif key and self.way.currentText() == WAYS[2]:
            look(self._studio, key)


PANEL = Panel("costs", "Costs", "bottom", 4, Costs)
