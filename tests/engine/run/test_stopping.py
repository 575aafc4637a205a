"""Stop: what runs is cancelled in every scope, what was done is kept, nothing is left (S10)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from engine.testing import build, probing
from tests.engine.run.gate import Gate

FREE = {"takes": []}


async def stop_when(gate: Gate, run: Run, times: int = 1) -> tuple[Any, list[Event]]:
    """Runs, stops the run `times` times once the gate is entered, and returns the result and the events."""
    events: list[Event] = []

    def watch(batch: Sequence[Event]) -> None:
        events.extend(batch)

    working = asyncio.create_task(run.execute(watch))
    await gate.entered.wait()
    for _ in range(times):
        run.stop()
    return await working, events


async def test_stop_cancels_what_runs_and_settles_the_rest(services: Services) -> None:
    gate = Gate()
    graph = build({"g": "gate", "next": "probe", "p": ("probe", FREE)}, "g.out -> next.many")
    options = RunOptions(journal=False)
    result, events = await stop_when(gate, Run(graph, options=options, services=probing(services, gate)))
    assert (result.status, result.exit_code) == ("cancelled", 130)
    assert gate.cancelled == ["g"]
    assert result.nodes["next"] == {"status": "cancelled", "reason": "cancelled"}
    assert result.nodes["p"]["status"] == "ok", "a result that arrived before the cancel is kept"
    assert "run.cancelling" in [event.kind for event in events]
    assert len(asyncio.all_tasks()) == 1, "no task is left"


@pytest.mark.slow
async def test_stop_reaches_into_every_scope_of_a_wide_run(services: Services) -> None:
    gate = Gate()
    inner = {
        "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}}, {"id": "g", "kind": "gate"},
                  {"id": "out", "kind": "output"}],
        "edges": [{"from": "item.value", "to": "g.in"}, {"from": "g.out", "to": "out.value"}],
    }  # fmt: skip
    graph = build(
        {"list": ("input", {"type": "list", "default": list(range(1000))}),
         "m": ("map", {"body": inner, "concurrency": 1000}), "end": "output"},
        "list.value -> m.items", "m.items -> end.value", settings={"concurrency": 1000},
    )  # fmt: skip
    run = Run(graph, options=RunOptions(journal=False), services=probing(services, gate))
    result, events = await stop_when(gate, run)
    assert result.status == "cancelled"
    assert len(gate.cancelled) == 1000
    assert all(node.settled for node in result.view.nodes.values())
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert len(asyncio.all_tasks()) == 1, "no task is left"


async def test_a_second_stop_forces(services: Services) -> None:
    gate = Gate(stubborn=True)
    graph = build({"g": "gate"})
    run = Run(graph, options=RunOptions(journal=False), services=probing(services, gate))
    result, _ = await stop_when(gate, run, times=2)
    assert result.status == "cancelled"
    assert result.nodes["g"]["status"] == "cancelled"


async def test_cancelling_the_task_of_a_run_cancels_its_nodes(services: Services) -> None:
    gate = Gate()
    run = Run(build({"g": "gate"}), options=RunOptions(journal=False), services=probing(services, gate))
    working = asyncio.create_task(run.execute())
    await gate.entered.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert gate.cancelled == ["g"]
    assert len(asyncio.all_tasks()) == 1, "no task is left"


async def test_what_does_not_end_in_time_is_forced(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.run.live.GRACE_S", 0.01)
    gate = Gate(stubborn=True)
    run = Run(build({"g": "gate"}), options=RunOptions(journal=False), services=probing(services, gate))
    result, _ = await stop_when(gate, run)
    assert (result.status, result.nodes["g"]["status"]) == ("cancelled", "cancelled")
    assert len(asyncio.all_tasks()) == 1, "no task is left"


async def test_a_stop_before_the_start_starts_nothing(services: Services) -> None:
    run = Run(build({"p": ("probe", FREE)}), options=RunOptions(journal=False), services=services)
    run.stop()
    result = await run.execute()
    assert result.status == "cancelled"
    assert result.nodes["p"]["status"] == "cancelled"
