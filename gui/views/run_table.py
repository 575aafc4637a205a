"""The stored runs as rows of a table: words are made for the rows that are seen, so that ten thousand open at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import Qt

from engine.run.journal import StoredRun
from gui.figures import money, seconds_text
from gui.theme.icons import Icons
from gui.topbar import OUTCOMES
from gui.views.rows_model import Index, RowsModel

HEADS: Final = ("Outcome", "Graph", "When", "Time", "Money", "Run")
FIGURES: Final = (3, 4, 5)
"""Columns of figures."""
OPEN: Final = {"running": ("running", "running"), "interrupted": ("warning", "interrupted")}
"""How a run stands that has no end, in the glyph of a state and words."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A run as the cells of a row, and its state's glyph."""

    glyph: str
    texts: tuple[str, ...]


def cells_of(run: StoredRun, now: float) -> Cells:
    """A row of the list. `now` is in seconds since 1970."""
    glyph, words = {**OUTCOMES, **OPEN}.get(run.status, ("unknown", run.status))
    took = "" if run.seconds is None else seconds_text(run.seconds)
    cost = "" if run.ended is None else "price unknown" if run.cost_usd is None else money(run.cost_usd)
    return Cells(glyph, (words, run.name or "Untitled", ago(now - run.created), took, cost, run.id))


def ago(seconds: float) -> str:
    """How long ago, in words."""
    for limit, unit, name in ((60, 1, "s"), (3600, 60, "min"), (86_400, 3600, "h")):
        if seconds < limit:
            return f"{max(0, int(seconds // unit))} {name} ago"
    days = int(seconds // 86_400)
    return "yesterday" if days == 1 else f"{days} days ago"


class RunTable(RowsModel):
    """Rows of runs, newest first."""

    def __init__(self, icons: Icons) -> None:
        super().__init__(HEADS)
        self._icons = icons
        self.runs: Sequence[StoredRun] = ()
        self._now = 0.0

    def show_runs(self, runs: Sequence[StoredRun], now: float) -> None:
        """Shows other rows. `now` is in seconds since 1970."""
        self.beginResetModel()
        self.runs, self._now = runs, now
        self.endResetModel()

    @property
    def rows(self) -> Sequence[StoredRun]:
        return self.runs

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        run, column = self.runs[index.row()], index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells(run).texts[column]
        if role == Qt.ItemDataRole.DecorationRole and column == 0:
            glyph = self._cells(run).glyph
            return self._icons.icon(glyph, f"state:{'retry' if glyph == 'warning' else glyph}", 14)
        if role == Qt.ItemDataRole.FontRole and column in FIGURES:
            return self._icons.theme.font("mono_small")
        if role == Qt.ItemDataRole.ToolTipRole:
            return run.file
        return None

    def _cells(self, run: StoredRun) -> Cells:
        return cells_of(run, self._now)
