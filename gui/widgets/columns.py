"""The columns of a table in the room there is: one takes what the others leave, and the least telling ones go first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QHeaderView, QTreeView


class Columns(QObject):
    """Follows the width of a table, so that nobody has to scroll sideways.

    Args:
        tree: the table, with its columns.
        wide: the column that takes what is left.
        least: pixels below which it does not go: then a column of `spare` is left out.
        widths: pixels of the other columns.
        spare: columns that can be missed, the first one soonest.
    """

    def __init__(self, tree: QTreeView, wide: int, least: int, widths: Mapping[int, int], spare: Sequence[int]) -> None:
        super().__init__(tree)
        self._tree, self._least, self._widths, self._spare = tree, least, widths, spare
        header = tree.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(min(least, *widths.values()))
        header.setSectionResizeMode(wide, QHeaderView.ResizeMode.Stretch)
        for column, width in widths.items():
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(column, width)
        tree.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Shares the room anew."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Show):
            self._share()
        return super().eventFilter(watched, event)

    def _share(self) -> None:
        room = self._tree.width() - self._least - sum(self._widths.values())
        for column in self._spare:
            self._tree.setColumnHidden(column, room < 0)
            room += self._widths[column] if room < 0 else 0
