"""What the tables of the studio have in common: flat rows below fixed headings, words made for rows that are seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex


class RowsModel(QAbstractTableModel):
    """A subclass gives `rows`, and says in `data` what stands in a cell.

    Args:
        heads: what stands above the columns.
    """

    def __init__(self, heads: Sequence[str]) -> None:
        super().__init__()
        self.heads = heads

    @property
    def rows(self) -> Sequence[object]:
        """What the table shows, a row each."""
        raise NotImplementedError

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def columnCount(self, _parent: Index | None = None) -> int:
        return len(self.heads)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        shown = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self.heads[section] if shown else None
