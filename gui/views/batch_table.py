"""The rows of a batch as a table: words are made for the rows that are seen, so that ten thousand open at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt

from gui.figures import money, seconds_text
from gui.theme.icons import Icons
from gui.topbar import OUTCOMES
from gui.views.rows_model import Index, RowsModel
from gui.views.run_table import OPEN
from gui.widgets.elided_label import plain_tooltip

if TYPE_CHECKING:
    from engine.archive.confusion import Confusion
    from engine.batch.results import Line, Results

HEADS: Final = ("Row", "State", "Given", "Outputs", "Time", "Money", "Error")
FIGURES: Final = (0, 4, 5)
"""Columns of figures."""
WORDS: Final = 160
"""Letters of a value that a cell takes."""
AHEAD: Final = ("queued", "waiting")
"""How a row stands that was not begun."""


class BatchTable(RowsModel):
    """A row for each row of the table, with what the results say of it."""

    def __init__(self, icons: Icons) -> None:
        super().__init__(HEADS)
        self._icons = icons
        self._table: Sequence[Mapping[str, Any]] = ()
        self._outputs: Mapping[str, str] = {}
        self._results: Results | None = None
        self._lines: Mapping[int, Line] = {}

    def show_rows(self, results: Results | None, lines: Mapping[int, Line]) -> None:
        """Shows other rows. `lines` is what the results say by now; it is read again for rows that are told of."""
        if results is self._results:
            return
        self.beginResetModel()
        self._results = results
        self._table, self._lines = results.table.rows if results else (), lines
        self._outputs = results.columns.outputs if results else {}
        self.endResetModel()

    def tell(self, numbers: Sequence[int]) -> None:
        """Rows, counted from 1, stand otherwise now."""
        first, last = min(numbers) - 1, max(numbers) - 1
        self.dataChanged.emit(self.index(first, 0), self.index(last, len(HEADS) - 1))

    def run_of(self, index: Index) -> str:
        """The run of a row, once it is over; "" before."""
        line = self._lines.get(index.row() + 1, {})
        return "" if line.get("status") == "running" else str(line.get("run") or "")

    @property
    def rows(self) -> Sequence[Mapping[str, Any]]:
        return self._table

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line, column = self._lines.get(index.row() + 1, {}), index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), column, line)
        if role == Qt.ItemDataRole.DecorationRole and column == 1:
            glyph = _state(line)[0]
            return self._icons.icon(glyph, f"state:{'retry' if glyph == 'warning' else glyph}", 14)
        if role == Qt.ItemDataRole.FontRole and column in FIGURES:
            return self._icons.theme.font("mono_small")
        if role == Qt.ItemDataRole.ToolTipRole and column in (2, 3, 6):
            return plain_tooltip(self._text(index.row(), column, line, 20 * WORDS)) or None
        return None

    def _text(self, row: int, column: int, line: Line, most: int = WORDS) -> str:
        if column == 0:
            return str(row + 1)
        if column == 1:
            return _state(line)[1]
        if column == 2:
            return _first(self._table[row], most)
        if column == 3:
            return _first({name: line.get(column) for name, column in self._outputs.items()}, most)
        if column == 6:
            return " ".join(str(line.get("error") or "").split())[:most]
        return _figure(line, "seconds" if column == 4 else "cost_usd")


class ConfusionTable(RowsModel):
    """A row for each right route, a column for each chosen one; what is right stands out."""

    def __init__(self, icons: Icons) -> None:
        super().__init__(())
        self._icons = icons
        self._found: Confusion | None = None

    def show_counts(self, found: Confusion) -> None:
        """Shows other counts."""
        self.beginResetModel()
        self._found, self.heads = found, ("right  \\  chosen", *(route or "none" for route in found.routes))
        self.endResetModel()

    @property
    def rows(self) -> Sequence[str]:
        return self._found.labels if self._found else ()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        found = self._found
        if found is None:
            return None
        label, column = found.labels[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return (label or "none") if column == 0 else str(found.counts.get((label, found.routes[column - 1]), 0))
        if column == 0:
            return None
        if role == Qt.ItemDataRole.FontRole:
            return self._icons.theme.font("mono_small")
        if role == Qt.ItemDataRole.ForegroundRole:
            count, right = found.counts.get((label, found.routes[column - 1]), 0), label == found.routes[column - 1]
            return self._icons.theme.colour("faint" if not count else "text:ok" if right else "text:failed")
        return None


def _state(line: Line) -> tuple[str, str]:
    """The glyph and the words of how a row stands."""
    if not line:
        return AHEAD
    status = str(line.get("status"))
    return {**OUTCOMES, **OPEN}.get(status, ("unknown", status))


def _first(values: Mapping[str, Any], most: int) -> str:
    """The first words of values, with their names where there are several."""
    there = {name: value for name, value in values.items() if value not in (None, "")}
    texts = (
        f"{name}: {_short(value, most)}" if len(there) > 1 else _short(value, most) for name, value in there.items()
    )
    return " · ".join(texts)[:most]


def _short(value: Any, most: int) -> str:
    text = value[: 2 * most] if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return " ".join(text.split())[:most]


def _figure(line: Line, name: str) -> str:
    """A time or a price; those of an earlier start come from a table as text."""
    found = line.get(name)
    if found in (None, ""):
        return "price unknown" if name == "cost_usd" and line.get("seconds") not in (None, "") else ""
    return seconds_text(float(found)) if name == "seconds" else money(float(found))
