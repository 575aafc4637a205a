"""All that one batch needs, settled before its first run: rows as inputs, the table of results, the runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from engine.base.errors import WrongUse
from engine.base.suggest import did_you_mean
from engine.batch.inputs import named, table_inputs
from engine.batch.perform import Batch, Row
from engine.batch.results import Line, Results

if TYPE_CHECKING:
    from engine.batch.runs import RowRuns
    from engine.files.rows import Rows


def unheard(_line: Line) -> None:
    """For who reads the table of results alone."""


class Job:
    """A table's rows through a graph. Make it, then await `perform` once with what `results.begin` gave.

    Args:
        runs: makes the run of each row.
        place: the file of the results.
        label: a column with the right route of each row, and `route`, the router that is held against it.
        at_once: runs that go on at the same time.
        budget_usd: US dollars for all rows of this start; None is no limit.
        folder: where files that cells name stand; None is the folder that the program runs in.

    Raises:
        WrongUse: a row cannot be given to the graph, or label and route mean nothing.
    """

    def __init__(
        self, runs: RowRuns, table: Rows, place: Path, *, label: str = "", route: str = "", at_once: int = 4,
        budget_usd: float | None = None, folder: Path | None = None,
    ) -> None:  # fmt: skip
        graph = runs.graph
        self.inputs = table_inputs(graph, table, {label} if label else (), folder)
        if route and route not in graph.nodes:
            raise WrongUse(f"The graph has no node “{route}”.", did_you_mean(route, graph.nodes))
        self.results = Results(table, place, list(named(graph, "output")), label=label, route=route)
        self._runs = runs
        self._batch = Batch(runs.start, runs.again, at_once=at_once, budget_usd=budget_usd)

    def check(self) -> None:
        """What is wrong with all rows, such as missing trust, is said once, before anything starts.

        Raises:
            WrongUse: the graph cannot run.
            NotTrusted: it could do something outside that the user has not trusted (T2).
        """
        if self.inputs:
            self._runs.start(Row(1, self.inputs[0]), None)

    async def perform(self, rows: Sequence[Row], heard: Callable[[Line], object] = unheard) -> None:
        """Runs the rows. Tool servers that one has started go on for the next ones, and end with the batch.

        Args:
            heard: is told of each row as it begins and as it ends.

        Raises:
            FileProblem: the results cannot be written; the runs that go on are stopped first.
        """
        kept = self._runs.services.tool_servers.use(lambda _kind, _data: None)
        try:
            await self._batch.perform(
                rows, lambda result: heard(self.results.tell(result)),
                lambda row, run: heard(self.results.began(row, run)),
            )  # fmt: skip
        finally:
            await kept.aclose()

    def stop(self) -> None:
        """Starts no more rows and stops the runs that go on, as Stop does (S10). On the loop of `perform`."""
        self._batch.stop()
