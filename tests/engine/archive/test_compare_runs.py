"""Two runs held against each other: what differs, in which order, and what does not count (S15)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.archive.compare import Change, RunComparison, compare, run_order
from engine.graph.graph import Graph
from engine.run.control import RunOptions
from engine.run.services import Services
from engine.testing import Played, build, play
from tests.engine.scripted import Script

PLAIN = RunOptions(journal=False, pace=0)
BODY = {
    "nodes": [{"id": "late", "kind": "agent", "config": {"model": "script/echo", "prompt": "After {{ early }}"}},
              {"id": "item", "kind": "input"},
              {"id": "early", "kind": "agent", "config": {"model": "script/echo", "prompt": "About {{ item }}"}},
              {"id": "out", "kind": "output"}],
    "edges": [{"from": "item.value", "to": "early.item"}, {"from": "early.text", "to": "late.early"},
              {"from": "late.text", "to": "out.value"}],
}  # fmt: skip


@pytest.fixture
def script() -> Script:
    found = Script()
    found.says("echo", lambda request: f"said {request.messages[-1].text}")
    return found


def graph(prompt: str = "on {{ task }}", **config: Any) -> Graph:
    """The last node of a chain stands first in the file."""
    nodes: Any = {"end": "output", "two": ("agent", {"model": "script/echo", "prompt": "then {{ one }}"}),
             "one": ("agent", {"model": "script/echo", "prompt": prompt, **config}),
             "task": ("input", {"default": "tea"})}  # fmt: skip
    return build(nodes, "task.value -> one.task", "one.text -> two.one", "two.text -> end.value")


async def run(found: Graph, services: Services, **inputs: Any) -> Played:
    return await play(found, inputs, services=services, options=PLAIN)


async def compared(one: Graph, two: Graph, services: Services, script: Script) -> RunComparison:
    services = script.on(services)
    first, second = [(await run(each, services)).result.view for each in (one, two)]
    return compare(first, second, run_order(one, two))


def changes(found: RunComparison) -> dict[str, list[str]]:
    return {node.key: [change.what for change in node.changes] for node in found.nodes}


async def test_equal_runs_are_the_same(services: Services, script: Script) -> None:
    found = await compared(graph(), graph(), services, script)
    assert found.same
    assert found.first is None
    assert found.tokens == (30, 30)


async def test_a_changed_prompt_is_first_and_what_follows_comes_behind(services: Services, script: Script) -> None:
    found = await compared(graph(), graph("about {{ task }}"), services, script)
    assert changes(found) == {"one": ["prompt", "output"], "two": ["prompt", "output"], "end": ["output"]}
    assert found.first is not None
    assert found.first.key == "one"
    assert found.first.changes[0].sentence() == "prompt “on tea” became “about tea”"
    assert found.outputs == ("end",)
    assert not found.same


async def test_sampling_and_models_count_and_retries_do_not(services: Services, script: Script) -> None:
    script.says("other", lambda request: f"said {request.messages[-1].text}")
    one = graph()
    assert changes(await compared(one, graph(temperature=0.5), services, script)) == {"one": ["sampling"]}
    assert changes(await compared(one, graph(model="script/other"), services, script)) == {"one": ["model"]}
    assert (await compared(one, graph(retry={"attempts": 9}, timeout_s=1), services, script)).same


async def test_nodes_of_one_run_only_and_ways_not_taken(services: Services, script: Script) -> None:
    def routed(value: str, *, more: bool = False) -> Graph:
        routes = [{"id": "yes", "when": {"op": "equals", "value": "yes"}}]
        nodes: Any = {
            "t": ("input", {"default": value}),
            "r": ("router", {"routes": routes}),
            "a": "output",
            "b": "output",
        }
        extra: Any = {"x": ("template", {"template": "{{ t }}"})} if more else {}
        joined = ["t.value -> x.t"] if more else []
        return build({**nodes, **extra}, "t.value -> r.value", "r.yes -> a.value", "r.default -> b.value", *joined)

    found = await compared(routed("yes"), routed("no", more=True), services, script)
    assert changes(found) == {
        "t": ["output"], "r": ["route", "output", "output"], "a": ["status"], "b": ["status"], "x": ["presence"],
    }  # fmt: skip
    assert next(node for node in found.nodes if node.key == "x").changes[0].sentence() == "only in the second run"


async def test_items_of_a_map_in_order_and_before_the_map(services: Services, script: Script) -> None:
    services = script.on(services)
    nodes: Any = {"end": "output", "m": ("map", {"body": BODY}), "all": ("input", {"type": "list"})}
    found = build(nodes, "all.value -> m.items", "m.items -> end.value")
    numbers = [f"n{number}" for number in range(12)]
    others = [*numbers[:2], "x", *numbers[3:11], "y"]
    first, second = [(await run(found, services, all=each)).result.view for each in (numbers, others)]
    keys = [node.key for node in compare(first, second, run_order(found)).nodes]
    assert keys == [
        "all", "m[2]/item", "m[2]/early", "m[2]/late", "m[2]/out", "m[11]/item", "m[11]/early", "m[11]/late",
        "m[11]/out", "m", "end",
    ]  # fmt: skip


def test_the_order_survives_cycles_and_empty_graphs() -> None:
    odd = build({"a": "agent", "b": "agent", "c": "output"}, "a.text -> b.x", "b.text -> a.x")
    assert sorted(run_order(odd)) == ["a", "b", "c"]
    assert run_order(Graph()) == []


def test_long_texts_are_cut_to_where_they_part() -> None:
    head = "the same words " * 20
    said = Change("output", f"{head}end here {'z' * 90}", f"{head}go on").sentence()
    shown = f"the same words end here {'z' * 35}"
    assert said == f"output “…{shown}…” became “…the same words go on”"
