"""Chooses an agent's tools: what each does, whether it writes, a whole source at once, by a few letters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
)

from gui.matching import fit
from gui.theme.wear import wear
from gui.tools import mark, tools_here
from gui.widgets.dialog_column import dialog_layout
from gui.widgets.elided_label import plain_tooltip
from gui.widgets.search_field import SearchField

if TYPE_CHECKING:
    from engine.tools.known import KnownTool
    from gui.studio import Studio

Chosen = Callable[[list[str]], object]
NAME = Qt.ItemDataRole.UserRole
PLACES = {"builtin": "built in", "graph": "server of this graph", "settings": "server of your settings"}
ON, OFF = Qt.CheckState.Checked, Qt.CheckState.Unchecked


class ToolChooser(QDialog):
    """A tree of sources with their tools. Each tick is an edit at once.

    Args:
        chosen: names and patterns that are chosen now; those that the tree does not show are kept.
        say: called with the new list after each tick.
    """

    def __init__(self, studio: Studio, title: str, chosen: Sequence[str], say: Chosen) -> None:
        super().__init__(studio.window)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._studio, self._say = studio, say
        self._chosen = list(chosen)
        self.search = SearchField(studio.icons, "Find a tool…")
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(title)
        self.tree.setHeaderLabels(["Tool", "What it does", ""])
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)
        self.tree.setUniformRowHeights(True)
        self._fill(tools_here(studio))
        self._tick()
        for column in (0, 2):
            self.tree.resizeColumnToContents(column)
        self._lay_out(title)
        self.tree.itemChanged.connect(self._ticked)
        self.search.textChanged.connect(self._filter)
        self.search.left_down.connect(lambda _: self.tree.setFocus())

    def items(self) -> dict[str, QTreeWidgetItem]:
        """The rows by the name or pattern that ticking them chooses: each source, then its tools."""
        return {row.data(0, NAME): row for top in _below(self.tree.invisibleRootItem()) for row in (top, *_below(top))}

    def _lay_out(self, title: str) -> None:
        column = dialog_layout(self, 10)
        heading = QLabel(title)
        wear(heading, role="heading")
        note = QLabel("An agent sees only what is ticked here. Tools that write ask before they act.")
        wear(note, role="muted")
        note.setWordWrap(True)
        for part in (heading, note, self.search, self.tree):
            column.addWidget(part)
        row, done = QHBoxLayout(), QPushButton("Done")
        wear(done, look="primary")
        done.setDefault(True)
        done.clicked.connect(self.accept)
        row.addStretch(1)
        row.addWidget(done)
        column.addLayout(row)
        self.resize(720, 560)
        self.search.setFocus()

    def _fill(self, tools: Sequence[KnownTool]) -> None:
        tops: dict[str, QTreeWidgetItem] = {}
        for tool in tools:
            top = tops.get(tool.source)
            if top is None:
                top = tops[tool.source] = QTreeWidgetItem(self.tree, [tool.source, PLACES[tool.place], ""])
                top.setData(0, NAME, f"{tool.source}.*")
                top.setExpanded(True)
            if tool.name != f"{tool.source}.*":
                row = QTreeWidgetItem(top, [tool.name.partition(".")[2], " ".join(tool.what.split()), mark(tool)])
                row.setData(0, NAME, tool.name)
                row.setToolTip(1, plain_tooltip(tool.what))
                role = "text:retry" if tool.writes else "muted"
                row.setForeground(2, self._studio.theme.colour(role))

    def _tick(self) -> None:
        """Shows what is chosen; what a whole source brings cannot be taken away alone."""
        self.tree.blockSignals(True)
        for name, row in self.items().items():
            top: QTreeWidgetItem | None = row.parent()
            whole = top is not None and top.data(0, NAME) in self._chosen
            row.setCheckState(0, ON if whole or name in self._chosen else OFF)
            row.setDisabled(whole)
        self.tree.blockSignals(False)

    def _ticked(self, row: QTreeWidgetItem, column: int) -> None:
        if column:
            return
        name = row.data(0, NAME)
        if row.checkState(0) == ON:
            inside = {each.data(0, NAME) for each in _below(row)}
            self._chosen = [each for each in self._chosen if each not in inside] + [name]
        else:
            self._chosen = [each for each in self._chosen if each != name]
        self._tick()
        self._say(list(self._chosen))

    def _filter(self, text: str) -> None:
        for top in _below(self.tree.invisibleRootItem()):
            for row in _below(top):
                row.setHidden(fit(text, f"{row.data(0, NAME)} {row.text(1)}") is None)
            top.setHidden(fit(text, top.text(0)) is None and all(row.isHidden() for row in _below(top)))


def _below(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(index) for index in range(item.childCount()))
    return [child for child in found if child is not None]


def choose_tools(studio: Studio, title: str, chosen: Sequence[str], say: Chosen) -> ToolChooser:
    """Opens it."""
    dialog = ToolChooser(studio, title, chosen, say)
    dialog.open()
    return dialog
