"""The runs of the rows of a table: new ones, and those that earlier starts have begun: nothing is paid twice (S11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from engine.base.errors import WrongUse
from engine.batch.perform import DONE, Begun, Row, RowResult, row_result
from engine.files import dumps
from engine.graph.graph import Graph
from engine.run.control import Run, RunOptions
from engine.run.past import Past
from engine.run.result import Result
from engine.run.services import Services


@dataclass(frozen=True)
class RowRuns:
    """Makes the run of each row.

    Attributes:
        chosen: what holds for all rows.
        file: the whole name of the graph's file; None where it stands in none.
    """

    graph: Graph
    chosen: RunOptions
    services: Services
    file: Path | None

    def start(self, row: Row, usd: float | None, base: str = "") -> Begun:
        """A new run, from the results of a stored one where that is named. `usd`: what is left for all rows."""
        chosen = replace(self.chosen, budget_usd=_least(usd, self.graph.settings.budget_usd))
        run = Run(
            self.graph, row.inputs, chosen, folder=self.file.parent if self.file else None, services=self.services,
            file=str(self.file or ""), base=base,
        )  # fmt: skip
        return Begun(run, self._paid(base))

    def again(self, row: Row, usd: float | None) -> Begun | RowResult:
        """The run of a row that began in an earlier start goes on, or is over already; what holds of it is used again
        in a new one where the graph or the models are others now."""
        try:
            past = Past.load(self.services.journal.journal, row.run)
        except WrongUse:  # it ended before anything of it was stored, or was deleted
            return self.start(row, usd)
        if past.rehearsal != self.chosen.rehearse or not past.events:
            return self.start(row, usd)
        if dumps(past.graph) != self._text or past.started_with.get("tiers") != dict(self.chosen.tiers):
            return self.start(row, usd, past.id)
        paid = self._paid(past.started_with.get("base", ""))
        if past.row.status in DONE:
            return row_result(row, Result(past.view), paid)
        spent = past.view().cost or 0.0
        most = _least(None if usd is None else spent + usd, self.graph.settings.budget_usd)
        return Begun(Run.resume(past.id, services=self.services, budget_usd=most), paid)

    @cached_property
    def _text(self) -> str:
        return dumps(self.graph)

    def _paid(self, run: str) -> float | None:
        """US dollars that a run and those that it began from have cost; None when that is unknown."""
        paid = 0.0
        while run:
            try:
                past = Past.load(self.services.journal.journal, run)
            except WrongUse:
                return paid
            cost = past.view().cost
            if cost is None:
                return None
            paid, run = paid + cost, past.started_with.get("base", "")
        return paid


def _least(one: float | None, two: float | None) -> float | None:
    """The smaller of two caps; None is none."""
    return min((cap for cap in (one, two) if cap is not None), default=None)
