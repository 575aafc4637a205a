"""Stop at every point of a run: it always ends cancelled, with nothing left and with all that had arrived (S10)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.files.format import graph_from_json
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.recorder import GATHER_S
from engine.run.result import Result
from engine.run.services import Services
from tests.oracle.conductor import Act, run_idle, served
from tests.oracle.drawn import graphs, scripts
from tests.oracle.work import Json, Script

pytestmark = pytest.mark.slow

SETTLED = {"ok", "failed", "handled", "skipped", "cancelled"}


def stopped(graph: Json, script: Script, services: Services, after: int, times: int = 1) -> tuple[Result, list[Event]]:
    """Runs a graph and stops it once so many events have been told; whoever waits is let go in turn meanwhile."""
    act = Act(script)
    events: list[Event] = []

    async def play() -> Result:
        options = RunOptions(journal=False, pace=0)
        run = Run(graph_from_json(graph), options=options, services=served(act, services))

        def told(batch: Sequence[Event]) -> None:
            if len(events) < after <= len(events) + len(batch):
                for _ in range(times):
                    run.stop()
            events.extend(batch)

        if not after:
            run.stop()
        return await run.execute(told)

    def idle(wait: float | None) -> bool:
        # Events leave some milliseconds after they happened: first they are told, then somebody goes on.
        return not (wait is not None and wait <= GATHER_S) and act.let_one_go()

    result = run_idle(play(), idle)
    assert not act.waiting, "a node still waits"
    return result, events


def _ended_well(result: Result, events: list[Event], finished: bool) -> None:
    view = result.view
    assert all(node.status in SETTLED for node in view.nodes.values()), "every node that was heard of has its end"
    if "run.cancelling" in [event.kind for event in events]:
        assert view.status == "cancelled" or finished
    ok = {event.key: event.data["outputs"] for event in events if event.kind == "node.ok"}
    assert {key: view.nodes[key].outputs for key in ok} == ok, "what had arrived is kept"


NESTED: Json = {
    "nodes": [
        {"id": "start", "kind": "act", "config": {"takes": [], "lists": 3}},
        {"id": "each", "kind": "map", "config": {"concurrency": 2, "body": {
            "nodes": [
                {"id": "item", "kind": "input", "config": {"type": "json"}},
                {"id": "again", "kind": "loop", "config": {"max_passes": 2, "body": {
                    "nodes": [
                        {"id": "x", "kind": "input", "config": {"type": "json"}},
                        {"id": "one", "kind": "act", "config": {"takes": ["many"]}},
                        {"id": "two", "kind": "act", "config": {"takes": ["many"]}},
                        {"id": "race", "kind": "merge", "config": {"join": "first", "cancel_losers": True,
                                                                   "strategy": "concat"}},
                        {"id": "end", "kind": "output", "config": {"name": "x"}},
                    ],
                    "edges": [{"from": "x.value", "to": "one.many"}, {"from": "x.value", "to": "two.many"},
                              {"from": "one.out", "to": "race.items"}, {"from": "two.out", "to": "race.items"},
                              {"from": "race.value", "to": "end.value"}],
                }}},
                {"id": "out", "kind": "output", "config": {}},
            ],
            "edges": [{"from": "item.value", "to": "again.x"}, {"from": "again.x", "to": "out.value"}],
        }}},
        {"id": "last", "kind": "act", "config": {"takes": ["many"]}},
        {"id": "end", "kind": "output", "config": {}},
    ],
    "edges": [{"from": "start.out", "to": "each.items"}, {"from": "each.items", "to": "last.many"},
              {"from": "last.out", "to": "end.value"}],
}  # fmt: skip


@pytest.mark.parametrize("times", [1, 2])
def test_a_stop_after_any_event_ends_a_nested_run(services: Services, times: int) -> None:
    _, events = stopped(NESTED, Script(), services, after=10**9)
    assert events[-1].data["status"] == "completed"
    statuses = set[Any]()
    for after in range(len(events) + 1):
        result, told = stopped(NESTED, Script(), services, after, times)
        _ended_well(result, told, finished=after >= len(events) - 8)
        statuses.add(result.status)
    assert statuses == {"cancelled", "completed"}, "only a stop that came too late changes nothing"


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(graph=graphs(), script=scripts, after=st.integers(0, 80))
def test_any_graph_can_be_stopped_at_any_point(services: Services, graph: Json, script: Script, after: int) -> None:
    result, events = stopped(graph, script, services, after)
    assert result.status in ("cancelled", "completed", "completed_with_warnings", "failed")
    _ended_well(result, events, finished=result.status != "cancelled")


def test_a_kind_that_ignores_a_stop_is_left_behind(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.run import live

    class Deaf(Act):
        """Goes on waiting whatever happens to it."""

        async def run(self, call: Any) -> Any:
            while True:
                try:
                    return await super().run(call)
                except asyncio.CancelledError:
                    ignored.append(call.node)
                    if len(ignored) > 2:
                        raise

    monkeypatch.setattr(live, "GRACE_S", 0.05)
    ignored: list[str] = []
    act = Deaf(Script())
    kinds = services.kinds.with_kind(act)
    graph = graph_from_json({"nodes": [{"id": "deaf", "kind": "act", "config": {"takes": []}}], "edges": []})
    run = Run(graph, options=RunOptions(journal=False), services=replace(services, kinds=kinds))

    def stop_once(batch: Sequence[Event]) -> None:
        if any(event.kind == "node.progress" for event in batch):
            run.stop()

    async def play() -> Result:
        result = await run.execute(stop_once)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()  # so that the loop of the test can close
        return result

    run._stops = 0
    result = asyncio.run(play())
    assert result.status == "cancelled"
    assert result.nodes["deaf"]["status"] == "cancelled"
    assert ignored, "it was asked to stop"
