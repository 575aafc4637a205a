"""Many runs of one graph, one for each row of a table: a few at once, within one budget for all of them."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from engine.base.errors import BatonError
from engine.base.values import Value
from engine.run.control import Run
from engine.run.result import Result

DONE = ("completed", "completed_with_warnings")
"""How a row ends that needs no second run."""


@dataclass(frozen=True, slots=True)
class Row:
    """What one run is given. `number` counts from 1; `run` is a stored run that is gone on with, or ""."""

    number: int
    inputs: Mapping[str, Value]
    run: str = ""


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row. `seconds` and US dollars are of its run; `routes` are what routers chose, by node."""

    number: int
    run: str
    status: str
    outputs: Mapping[str, Value] = field(default_factory=dict)
    error: str = ""
    cost_usd: float | None = 0.0
    seconds: float = 0.0
    routes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Begun:
    """The run of a row that goes on now. `paid`: US dollars that other runs of the row have cost; None is unknown."""

    run: Run
    paid: float | None = 0.0


Starter: TypeAlias = Callable[[Row, float | None], Begun | RowResult]
"""Makes the run of a row, with this many US dollars at most; None is no limit of the batch. A run that had ended gives
its result."""


class Batch:
    """Runs the rows. Make it, then await `perform` once.

    The budget is never overshot: each run may use its share of what is not promised to others. A run that comes to
    the end of its share pauses, and goes on with what is left once the others are through; nothing is paid twice.

    Args:
        start: makes the run of a row that was not begun.
        resume: makes the run of a row that was begun.
        at_once: runs that go on at the same time.
        budget_usd: US dollars for all rows; None is no limit.
    """

    def __init__(self, start: Starter, resume: Starter, *, at_once: int, budget_usd: float | None = None) -> None:
        self._start, self._resume, self._at_once = start, resume, at_once
        self._left = budget_usd
        self._live: set[Run] = set()
        self._short: list[Row] = []
        self._stopped = False
        self._began: Callable[[Row, str], object] = lambda _row, _run: None

    async def perform(
        self,
        rows: Iterable[Row],
        told: Callable[[RowResult], object],
        began: Callable[[Row, str], object] | None = None,
    ) -> None:
        """Runs all rows; `told` hears of each as it ends, `began` of each and its run before anything of it is paid.

        Raises:
            BatonError: one of them raised it; the runs that go on are stopped first.
        """
        self._began = began or self._began
        waiting = deque(rows)
        workers = [asyncio.create_task(self._work(waiting, told)) for _ in range(min(self._at_once, len(waiting)))]
        try:
            await asyncio.gather(*workers)
            for row in sorted(self._short, key=lambda row: row.number):
                told(await self._one(row, self._resume, self._left))
        finally:
            self.stop()
            await asyncio.gather(*workers, return_exceptions=True)

    def stop(self) -> None:
        """Starts no more rows and stops the runs that go on, as Stop does (S10)."""
        self._stopped = True
        for run in self._live:
            run.stop()

    async def _work(self, waiting: deque[Row], told: Callable[[RowResult], object]) -> None:
        while waiting and not self._stopped:
            row = waiting.popleft()
            share = None if self._left is None else self._left / min(self._at_once - len(self._live), len(waiting) + 1)
            result = await self._one(row, self._resume if row.run else self._start, share)
            if result.status == "paused" and result.error == "budget" and self._left is not None:
                self._short.append(Row(row.number, row.inputs, result.run))
            else:
                told(result)

    async def _one(self, row: Row, make: Starter, share: float | None) -> RowResult:
        """One row's run, with its share set aside while it goes on."""
        if self._stopped:
            return RowResult(row.number, row.run, "cancelled")
        promised = self._promise(share)
        try:
            made = make(row, share)
        except BatonError as error:
            made = RowResult(row.number, row.run, "failed", error=str(error))
        if isinstance(made, RowResult):
            self._settle(promised, 0.0)
            return made
        self._began(row, made.run.id)
        return await self._performed(row, made, promised)

    async def _performed(self, row: Row, made: Begun, promised: float) -> RowResult:
        run, before = made.run, made.run.before.cost or 0.0
        self._live.add(run)
        paid = 0.0
        try:
            result = await run.execute()
            paid = (result.cost_usd or 0.0) - before
            return row_result(row, result, made.paid)
        except BatonError as error:  # it goes on elsewhere, or cannot be stored: nothing has been started
            return RowResult(row.number, run.id, "failed", error=str(error))
        finally:
            self._live.discard(run)
            self._settle(promised, paid)

    def _promise(self, share: float | None) -> float:
        if self._left is None or share is None:
            return 0.0
        self._left -= share
        return share

    def _settle(self, promised: float, paid: float) -> None:
        if self._left is not None:
            self._left += promised - paid


def row_result(row: Row, result: Result, paid: float | None = 0.0) -> RowResult:
    """What became of a row's run. `paid`: US dollars that other runs of the row have cost."""
    view = result.view
    seconds = (view.ended or view.now) - (view.started if view.started is not None else view.now)
    routes = {key: ", ".join(node.route) for key, node in view.nodes.items() if node.route}
    error = "" if result.status in DONE else result.reason
    cost = None if paid is None or result.cost_usd is None else paid + result.cost_usd
    return RowResult(row.number, result.run, result.status, dict(result.outputs), error, cost, seconds, routes)
