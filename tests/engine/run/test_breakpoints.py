"""Breakpoints: a run holds before a node starts; what arrives is looked at, changed, and goes on, step by step."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from engine.base.errors import NodeError, WrongUse
from engine.graph.graph import Graph
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from engine.run.view import View
from engine.testing import build, play
from tests.engine.scripted import Script

CHAIN = build(
    {"i": ("input", {"default": "x"}), "a": ("template", {"template": "{{ t }}a"}),
     "b": ("template", {"template": "{{ t }}b"}), "end": "output", "side": "probe", "other": "output"},
    "i.value -> a.t", "a.text -> b.t", "b.text -> end.value", "i.value -> side.many", "side.out -> other.value",
)  # fmt: skip
BODY = {
    "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}},
              {"id": "t", "kind": "template", "config": {"template": "{{ v }}!"}}, {"id": "out", "kind": "output"}],
    "edges": [{"from": "item.value", "to": "t.v"}, {"from": "t.text", "to": "out.value"}],
}  # fmt: skip


class Debugged:
    """An attended run, and what it is held at."""

    def __init__(self, services: Services, graph: Graph, *places: str, **options: Any) -> None:
        chosen = RunOptions(**{"journal": False, "attended": True, "breakpoints": places, **options})
        self.run = Run(graph, options=chosen, services=services)
        self.view, self.events = View(), list[Event]()
        self._news, self._loop = asyncio.Event(), asyncio.get_running_loop()
        self.working = asyncio.create_task(self.run.execute(self._watch))

    def _watch(self, batch: Sequence[Event]) -> None:
        self.events.extend(batch)
        for event in batch:
            self.view.apply(event)
        self._loop.call_soon_threadsafe(self._news.set)  # a stored run tells on another thread

    async def held(self, *places: str) -> list[Any]:
        """Waits until exactly these are held; the values there."""
        async with asyncio.timeout(20):
            while list(self.view.held) != list(places) or self.view.finished:
                self._news.clear()
                await self._news.wait()
        return [self.view.held[place]["value"] for place in places]

    def begun(self) -> list[str]:
        return [event.key for event in self.events if event.kind == "node.started"]


async def test_a_node_is_held_before_it_starts_and_other_branches_go_on(services: Services) -> None:
    debugged = Debugged(services, CHAIN, "b")
    assert await debugged.held("b") == [{"t": "xa"}]
    node = debugged.view.nodes["b"]
    assert (node.status, node.reason, node.started) == ("waiting", "breakpoint", None)
    assert "b" not in debugged.begun() and debugged.view.nodes["other"].status == "ok"
    debugged.run.go_on("b")
    result = await debugged.working
    assert result.outputs == {"end": "xab", "other": "side"}
    assert debugged.view.held == {} and len(asyncio.all_tasks()) == 1


async def test_values_are_changed_at_edges_and_at_nodes(services: Services) -> None:
    debugged = Debugged(services, CHAIN, "a.text -> b.t", "b", "end")
    assert await debugged.held("a.text->b.t") == ["xa"]
    debugged.run.go_on("a.text->b.t", "new")
    assert await debugged.held("b") == [{"t": "new"}]
    for wrong in ("text", {"nothing": 1}):
        with pytest.raises(WrongUse, match="ports"):
            debugged.run.go_on("b", wrong)
    debugged.run.go_on("b", {"t": "newer"})
    assert await debugged.held("end") == [{"value": "newerb"}]
    debugged.run.go_on("end", {"value": None})
    assert (await debugged.working).outputs["end"] is None
    changed = [event.data["changed"] for event in debugged.events if "changed" in event.data]
    assert changed[0] == [{"at": "a.text->b.t", "value": "new"}, {"at": "b", "value": {"t": "newer"}}]
    assert debugged.view.nodes["a"].outputs == {"text": "xa"}, "what the source gave stays as it was"


async def test_steps_hold_at_each_next_node_until_the_run_goes_on(services: Services) -> None:
    graph = build(
        {"i": ("input", {"default": "x"}), "a": ("template", {"template": "{{ t }}a"}), "end": "output"},
        "i.value -> a.t", "a.text -> end.value",
    )  # fmt: skip
    debugged = Debugged(services, graph, "i")
    await debugged.held("i")
    debugged.run.step()
    await debugged.held("a")
    assert debugged.begun() == ["i"]
    debugged.run.step("a")
    await debugged.held("end")
    debugged.run.go_on("end")
    assert (await debugged.working).outputs == {"end": "xa"}
    with pytest.raises(WrongUse, match="Nothing is held"):
        debugged.run.step()
    with pytest.raises(WrongUse, match="Nothing is held at “a”"):
        debugged.run.go_on("a")


async def test_a_step_ends_at_a_held_edge_and_the_node_behind_it_is_not_held_once_more(services: Services) -> None:
    debugged = Debugged(services, CHAIN, "a", "a.text->b.t")
    await debugged.held("a")
    debugged.run.step()
    await debugged.held("a.text->b.t")
    debugged.run.go_on("a.text->b.t")
    assert (await debugged.working).outputs["end"] == "xab"


@pytest.mark.parametrize(("place", "which"), [("m/t", (0, 1, 2)), ("m[1]/t", (1,)), ("m/item.value -> t.v", (0, 1, 2))])
async def test_one_item_of_a_map_or_every_one_is_held(services: Services, place: str, which: Sequence[int]) -> None:
    graph = build(
        {"list": ("input", {"type": "list", "default": ["a", "b", "c"]}), "m": ("map", {"body": BODY}),
         "end": "output"},
        "list.value -> m.items", "m.items -> end.value",
    )  # fmt: skip
    debugged = Debugged(services, graph, place)
    keys = [f"m[{index}]/{place.rpartition('/')[2].replace(' ', '')}" for index in which]
    await debugged.held(*keys)
    for key in keys:
        debugged.run.go_on(key)
    assert (await debugged.working).outputs == {"end": ["a!", "b!", "c!"]}


async def test_what_is_held_keeps_no_slot_and_takes_one_when_it_goes_on(services: Services) -> None:
    graph = build(
        {"p": ("probe", {"takes": []}), "q": ("probe", {"takes": [], "turns": 3}), "end": "output", "other": "output"},
        "p.out -> end.value", "q.out -> other.value", settings={"concurrency": 1},
    )  # fmt: skip
    debugged = Debugged(services, graph, "p")
    await debugged.held("p")
    debugged.run.go_on("p")
    assert (await debugged.working).outputs == {"end": "p", "other": "q"}


async def test_breakpoints_can_be_set_and_taken_away_while_it_goes_on(services: Services) -> None:
    debugged = Debugged(services, CHAIN, "i")
    await debugged.held("i")
    debugged.run.break_at(["a"])
    debugged.run.go_on("i")
    await debugged.held("a")
    debugged.run.break_at([])
    debugged.run.go_on("a")
    assert (await debugged.working).outputs["end"] == "xab"


async def test_a_stop_ends_what_is_held(services: Services) -> None:
    debugged = Debugged(services, CHAIN, "b")
    await debugged.held("b")
    debugged.run.stop()
    result = await debugged.working
    assert (result.status, result.nodes["b"]["status"]) == ("cancelled", "cancelled")
    assert debugged.view.held == {} and len(asyncio.all_tasks()) == 1


async def test_a_run_that_nobody_attends_is_paused_there(services: Services) -> None:
    options = RunOptions(journal=False, breakpoints=["b"])
    result = (await play(CHAIN, services=services, options=options)).result
    assert (result.status, result.reason, result.outputs) == ("paused", "human", {"other": "side"})


async def test_a_step_takes_a_changed_value_along_and_one_that_does_not_fit_is_no_step(services: Services) -> None:
    debugged = Debugged(services, CHAIN, "a")
    await debugged.held("a")
    with pytest.raises(WrongUse, match="ports"):
        debugged.run.step("a", {"nothing": 1})
    debugged.run.step("a", {"t": "new"})
    assert await debugged.held("b") == [{"t": "newa"}]
    debugged.run.go_on("b")
    result = await debugged.working
    assert result.outputs["end"] == "newab"


async def test_what_was_changed_holds_when_the_run_fails_and_goes_on(services: Services) -> None:
    script = Script()
    script.says("m", NodeError("credentials", "no key"))
    here = script.on(services)
    asks = ("agent", {"model": "script/m", "prompt": "asked {{ t }}"})
    graph = build(
        {"i": ("input", {"default": "x"}), "a": asks, "end": "output"}, "i.value -> a.t", "a.text -> end.value"
    )
    debugged = Debugged(here, graph, "i.value -> a.t", journal=True)
    await debugged.held("i.value->a.t")
    debugged.run.go_on("i.value->a.t", "new")
    assert (await debugged.working).status == "failed"
    script.says("m", lambda request: request.messages[-1].text)
    again = await Run.resume(debugged.run.id, services=here).execute()
    assert (again.status, again.outputs) == ("completed", {"end": "asked new"})


async def test_a_run_that_was_stopped_where_it_was_held_goes_on_from_there(services: Services) -> None:
    debugged = Debugged(services, CHAIN, "b", journal=True)
    await debugged.held("b")
    debugged.run.stop()
    assert (await debugged.working).status == "cancelled"
    again = await Run.resume(debugged.run.id, services=services).execute()
    assert (again.status, again.outputs) == ("completed", {"end": "xab", "other": "side"})
