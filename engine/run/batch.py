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


Starter: TypeAlias = Callable[[Row, float | None], Run]
"""Makes the run of a row, with this many US dollars at most; None is no limit of the batch."""


class Batch:
    """Runs the rows. Make it, then await `perform` once.

    The budget is never overshot: each run may use its share of what is not promised to others. A run that comes to
    the end of its share pauses, and goes on with what is left once the others are through; nothing is paid twice.

    Args:
        start: makes the run of a row that was not begun.
        resume: makes the run of a row that has paused.
        at_once: runs that go on at the same time.
        budget_usd: US dollars for all rows; None is no limit.
    """

    def __init__(self, start: Starter, resume: Starter, *, at_once: int, budget_usd: float | None = None) -> None:
        self._start, self._resume, self._at_once = start, resume, at_once
        self._left = budget_usd
        self._live: set[Run] = set()
        self._short: list[Row] = []
        self._stopped = False

    async def perform(self, rows: Iterable[Row], told: Callable[[RowResult], None]) -> None:
        """Runs all rows; `told` hears of each as it ends.

        Raises:
            BatonError: `told` raised it; the runs that go on are stopped first.
        """
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

    async def _work(self, waiting: deque[Row], told: Callable[[RowResult], None]) -> None:
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
        before = self._promise(share)
        try:
            run = make(row, share)
        except BatonError as error:
            self._settle(before, 0.0)
            return RowResult(row.number, row.run, "failed", error=str(error))
        self._live.add(run)
        paid = run.before.cost or 0.0
        try:
            result = await run.execute()
        finally:
            self._live.discard(run)
        self._settle(before, (result.cost_usd or 0.0) - paid)
        return _result(row, result)

    def _promise(self, share: float | None) -> float:
        if self._left is None or share is None:
            return 0.0
        self._left -= share
        return share

    def _settle(self, promised: float, paid: float) -> None:
        if self._left is not None:
            self._left += promised - paid


def _result(row: Row, result: Result) -> RowResult:
    view = result.view
    seconds = (view.ended or view.now) - (view.started if view.started is not None else view.now)
    routes = {key: ", ".join(node.route) for key, node in view.nodes.items() if node.route}
    error = "" if result.status in DONE else result.reason
    return RowResult(
        row.number, result.run, result.status, dict(result.outputs), error, result.cost_usd, seconds, routes
    )
