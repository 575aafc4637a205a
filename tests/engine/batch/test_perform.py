"""Many runs at once: each row once, never over the budget of all, stopped together."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from engine.batch.perform import Batch, Begun, Row, RowResult, Starter
from engine.models.contract import ModelRequest, Reply, Usage
from engine.run.control import Run, RunOptions
from engine.run.services import Services
from engine.testing import build
from tests.engine.run.pricing import Priced

TALK = ("agent", {"model": "large", "prompt": "On {{ task }}", "max_tokens": 100})
GRAPH = build(
    {"task": ("input", {"type": "json"}), "a": TALK, "b": ("agent", {**TALK[1], "prompt": "Then {{ a }}"}),
     "end": "output"},
    "task.value -> a.task", "a.text -> b.a", "b.text -> end.value",
)  # fmt: skip
ROWS = [Row(number, {"task": f"n{number}"}) for number in range(1, 11)]


def starters(services: Services) -> tuple[Starter, Starter]:
    options = RunOptions(pace=0)

    def start(row: Row, usd: float | None) -> Begun:
        return Begun(Run(GRAPH, row.inputs, replace(options, budget_usd=usd), services=services))

    def resume(row: Row, usd: float | None) -> Begun:
        paid = Run.resume(row.run, services=services).before.cost or 0.0
        return Begun(Run.resume(row.run, services=services, budget_usd=None if usd is None else paid + usd))

    return start, resume


async def test_each_row_runs_once_and_no_more_than_allowed_at_once(services: Services) -> None:
    models = Priced(services)
    told: list[RowResult] = []
    await Batch(*starters(models.serve(services)), at_once=3).perform(ROWS, told.append)
    assert sorted(result.number for result in told) == list(range(1, 11))
    assert {result.status for result in told} == {"completed"}
    assert all(result.outputs == {"end": "done"} and result.cost_usd == 1.0 for result in told)
    assert models.calls == 20
    assert models.most[""] == 3


@pytest.mark.parametrize(("budget", "complete"), [(10.5, 10), (5.5, 5), (0.2, 0)])
async def test_the_budget_of_all_rows_holds_and_nothing_is_paid_twice(
    services: Services, budget: float, complete: int
) -> None:
    models = Priced(services)
    told: list[RowResult] = []
    await Batch(*starters(models.serve(services)), at_once=4, budget_usd=budget).perform(ROWS, told.append)
    assert sorted(result.number for result in told) == list(range(1, 11))
    assert sum(result.cost_usd or 0 for result in told) <= budget
    assert models.calls * 0.5 == sum(result.cost_usd or 0 for result in told)
    assert sum(result.status == "completed" for result in told) >= complete * 0.6
    assert all(result.error == "budget" for result in told if result.status == "paused")
    if complete == 10:
        assert all(result.status == "completed" for result in told)


async def test_rows_that_run_at_once_share_what_is_left_and_the_last_one_gets_it_all() -> None:
    shares: list[float | None] = []

    def start(row: Row, usd: float | None) -> RowResult:
        shares.append(usd)
        return RowResult(row.number, "", "failed")

    told: list[RowResult] = []
    await Batch(start, start, at_once=3, budget_usd=6.0).perform(ROWS[:5], told.append)
    assert shares == [2.0, 2.0, 2.0, 3.0, 6.0] and len(told) == 5


async def test_a_stop_reaches_every_row(services: Services) -> None:
    models = Priced(services)
    began = asyncio.Event()

    async def for_ever(model: str, request: ModelRequest) -> Reply:
        began.set()
        await asyncio.Event().wait()
        return Reply("", usage=Usage())

    models.answer = for_ever
    told: list[RowResult] = []
    batch = Batch(*starters(models.serve(services)), at_once=2)
    work = asyncio.create_task(batch.perform(ROWS, told.append))
    await began.wait()
    batch.stop()
    await work
    assert [result.status for result in told] == ["cancelled", "cancelled"]
    assert models.running[""] == 0


async def test_a_row_that_cannot_start_fails_alone(services: Services) -> None:
    models = Priced(services)
    start, resume = starters(models.serve(services))
    told: list[RowResult] = []
    rows = [Row(1, {"task": "x"}), Row(2, {"tusk": "x"}), Row(3, {"task": "x"})]
    await Batch(start, resume, at_once=1).perform(rows, told.append)
    assert [result.status for result in told] == ["completed", "failed", "completed"]
    assert "tusk" in told[1].error
