"""Maps and loops: order, failures, the breaker, carried values (semantics.md S5, S6)."""

from __future__ import annotations

import copy
from typing import Any, ClassVar

import pytest

from engine.base.errors import NodeError
from engine.graph.graph import Graph
from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.run.services import Services
from engine.testing import Played, build, play, probing


class Step(Kind[NodeConfig]):
    """Doubles a number after a while; fails for texts, gives nothing for null. Counts how many run at once."""

    name: ClassVar[str] = "step"
    title, group, icon, hint = "Step", "work", "unknown", "works on an item"

    def __init__(self) -> None:
        self.running = self.most = self.calls = 0

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("x"),), (Port("y"),))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        import asyncio

        value = call.value("x")
        self.running += 1
        self.calls += 1
        self.most = max(self.most, self.running)
        for _ in range((value * 7) % 5 if isinstance(value, int) else 1):
            await asyncio.sleep(0)
        self.running -= 1
        if isinstance(value, str):
            raise NodeError("credentials" if value == "key" else "tool", f"cannot double {value}")
        return {} if value is None else {"y": value * 2}


BODY = {
    "nodes": [
        {"id": "item", "kind": "input", "config": {"type": "json"}},
        {"id": "work", "kind": "step"},
        {"id": "result", "kind": "output"},
    ],
    "edges": [{"from": "item.value", "to": "work.x"}, {"from": "work.y", "to": "result.value"}],
}


def mapped(**config: Any) -> Graph:
    ports = ("items", "results", "errors")
    return build(
        {"list": ("input", {"type": "json"}), "m": ("map", {"body": BODY, **config}), **dict.fromkeys(ports, "output")},
        "list.value -> m.items", *(f"m.{port} -> {port}.value" for port in ports),
    )  # fmt: skip


async def run_map(services: Services, items: Any, step: Step | None = None, **config: Any) -> Played:
    return await play(mapped(**config), {"list": items}, services=probing(services, step or Step()))


async def test_values_come_in_input_order_and_never_more_than_the_width_run(services: Services) -> None:
    step = Step()
    played = await run_map(services, list(range(60)), step, concurrency=7)
    assert played.result.outputs["items"] == [2 * i for i in range(60)]
    assert [record["status"] for record in played.result.outputs["results"]] == ["ok"] * 60
    assert step.most <= 7
    assert played.result.nodes["m[3]/work"]["status"] == "ok"
    assert len(played.of("map.item")) == 60


async def test_an_empty_list_gives_an_empty_list_and_downstream_runs(services: Services) -> None:
    played = await run_map(services, [])
    assert played.result.outputs == {"items": [], "results": [], "errors": []}
    assert played.result.status == "completed"


@pytest.mark.parametrize("value", [None, "text", {"a": 1}, 3])
async def test_anything_but_a_list_is_a_type_error(services: Services, value: Any) -> None:
    played = await run_map(services, value)
    assert played.result.nodes["m"]["error"]["class"] == "type"
    assert "takes a list" in played.result.nodes["m"]["error"]["message"]


async def test_collect_runs_all_and_then_fails_above_the_number(services: Services) -> None:
    step = Step()
    played = await run_map(services, [1, "a", 2, "b", 3], step)
    assert step.calls == 5
    assert played.result.status == "failed"
    assert "2 of 5 items failed" in played.result.nodes["m"]["error"]["message"]


async def test_failures_within_the_number_are_absent_from_items_and_present_in_results(services: Services) -> None:
    played = await run_map(services, [1, "a", 2, None], max_failures=1)
    assert played.result.outputs["items"] == [2, 4]
    assert [record["status"] for record in played.result.outputs["results"]] == ["ok", "failed", "ok", "skipped"]
    assert played.result.outputs["errors"][0]["index"] == 1
    assert played.result.status == "completed_with_warnings"
    assert played.result.warnings[0].startswith("m: 1 of 4 items failed: item 2; the first said: ")


@pytest.mark.parametrize(("policy", "items"), [("drop", [2, 4]), ("null", [2, None, 4])])
async def test_a_policy_says_what_stands_for_a_failed_item(services: Services, policy: str, items: list[Any]) -> None:
    played = await run_map(services, [1, "a", 2], on_item_failure=policy)
    assert played.result.outputs["items"] == items
    assert played.result.status == "completed_with_warnings"


async def test_fail_fast_cancels_what_runs(services: Services) -> None:
    played = await run_map(services, ["a", *range(50)], on_item_failure="fail_fast", concurrency=2)
    assert played.result.status == "failed"
    assert len([event for event in played.of("map.item") if event.data["status"] != "cancelled"]) < 10


@pytest.mark.parametrize("policy", ["collect", "drop", "null"])
@pytest.mark.parametrize(("bad", "before"), [("a", 3), ("key", 1)])
async def test_equal_errors_in_a_row_or_a_missing_key_stop_admitting_items(
    services: Services, policy: str, bad: str, before: int
) -> None:
    step = Step()
    played = await run_map(services, [bad] * 20, step, on_item_failure=policy, concurrency=1)
    assert step.calls == before
    assert played.result.nodes["m"]["status"] == "failed"
    assert f"{20 - before} were not started" in played.result.nodes["m"]["error"]["message"]


async def test_a_failed_canary_stops_the_rest(services: Services) -> None:
    step = Step()
    played = await run_map(services, ["a", 1, 2, 3, 4], step, canary=2, max_failures=3)
    assert step.calls == 2
    assert played.result.nodes["m"]["status"] == "failed"


async def test_equal_items_share_a_run_only_where_the_map_says_so(services: Services) -> None:
    for dedupe, calls in ((False, 4), (True, 2)):
        step = Step()
        played = await run_map(services, [1, 2, 1, 1], step, dedupe=dedupe)
        assert played.result.outputs["items"] == [2, 4, 2, 2]
        assert step.calls == calls


async def test_maps_may_stand_in_maps(services: Services) -> None:
    inner = {
        "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}},
                  {"id": "each", "kind": "map", "config": {"body": BODY, "concurrency": 2}},
                  {"id": "result", "kind": "output"}],
        "edges": [{"from": "item.value", "to": "each.items"}, {"from": "each.items", "to": "result.value"}],
    }  # fmt: skip
    outer = ("map", {"body": inner, "concurrency": 2})
    graph = build({"list": ("input", {"type": "json"}), "m": outer, "end": "output"},
                  "list.value -> m.items", "m.items -> end.value", settings={"concurrency": 1})  # fmt: skip
    played = await play(graph, {"list": [[1, 2], [], [3]]}, services=probing(services, Step()))
    assert played.result.outputs == {"end": [[2, 4], [], [6]]}
    assert played.result.nodes["m[0]/each[1]/work"]["status"] == "ok"


def looped(**config: Any) -> Graph:
    body = {
        "nodes": [{"id": "n", "kind": "input", "config": {"type": "number"}}, {"id": "work", "kind": "step"},
                  {"id": "out", "kind": "output", "config": {"name": "n"}}],
        "edges": [{"from": "n.value", "to": "work.x"}, {"from": "work.y", "to": "out.value"}],
    }  # fmt: skip
    return build({"start": ("input", {"type": "number"}), "l": ("loop", {"body": body, **config}), "end": "output"},
                 "start.value -> l.n", "l.n -> end.value")  # fmt: skip


async def run_loop(services: Services, start: int, **config: Any) -> Played:
    return await play(looped(**config), {"start": start}, services=probing(services, Step()))


async def test_a_loop_carries_its_value_until_the_condition_holds(services: Services) -> None:
    played = await run_loop(services, 1, until={"field": "n", "op": "gte", "value": 8})
    assert played.result.outputs == {"end": 8}
    assert len(played.of("loop.pass")) == 3
    assert played.result.nodes["l[3]/work"]["status"] == "ok"
    assert played.result.status == "completed"


@pytest.mark.parametrize(
    ("config", "end", "status"),
    [
        ({"on_max": "use_last"}, 8, "completed_with_warnings"),
        ({"on_max": "best", "score": "n"}, 8, "completed_with_warnings"),
        ({"on_max": "fail"}, None, "failed"),
    ],
)
async def test_what_happens_at_the_most_passes(
    services: Services, config: dict[str, Any], end: Any, status: str
) -> None:
    played = await run_loop(services, 1, until={"field": "n", "op": "gt", "value": 99}, max_passes=3, **config)
    assert played.result.outputs.get("end") == end
    assert played.result.status == status


async def test_the_best_pass_goes_by_its_score(services: Services) -> None:
    config = {"until": {"field": "n", "op": "gt", "value": 0}, "max_passes": 3, "on_max": "best", "score": "n"}
    assert (await run_loop(services, -1, **config)).result.outputs == {"end": -2}


async def test_a_pass_that_changes_nothing_ends_the_loop_with_a_warning(services: Services) -> None:
    played = await run_loop(services, 0, until={"field": "n", "op": "gt", "value": 1})
    assert len(played.of("loop.pass")) == 1
    assert played.of("loop.exit")[0].data["reason"] == "no_progress"
    assert played.result.status == "completed_with_warnings"


async def test_a_loop_that_carries_nothing_makes_all_its_passes(services: Services) -> None:
    body = copy.deepcopy(looped().nodes["l"].config["body"])
    body["nodes"][2]["config"]["name"] = "other"
    drawn = build({"start": ("input", {"type": "number"}), "l": ("loop", {"body": body, "max_passes": 3}),
                   "end": "output"}, "start.value -> l.n", "l.other -> end.value")  # fmt: skip
    played = await play(drawn, {"start": 4}, services=probing(services, Step()))
    assert [event.data["outputs"] for event in played.of("loop.pass")] == [{"other": 8}] * 3
    assert [event.data["reason"] for event in played.of("loop.exit")] == ["max"]


async def test_a_container_tells_what_its_inner_nodes_used(services: Services) -> None:
    body = {
        "nodes": [{"id": "item", "kind": "input"}, {"id": "a", "kind": "agent", "config": {"prompt": "{{ item }}"}},
                  {"id": "out", "kind": "output"}],
        "edges": [{"from": "item.value", "to": "a.item"}, {"from": "a.text", "to": "out.value"}],
    }  # fmt: skip
    outer = {
        "nodes": [{"id": "list", "kind": "input", "config": {"type": "list"}},
                  {"id": "m", "kind": "map", "config": {"body": body}}, {"id": "out", "kind": "output"}],
        "edges": [{"from": "list.value", "to": "m.items"}, {"from": "m.items", "to": "out.value"}],
    }  # fmt: skip
    graph = build({"x": ("input", {"type": "list", "default": ["one two", "three"]}),
                   "s": ("subgraph", {"body": outer}), "end": "output"},
                  "x.value -> s.list", "s.out -> end.value")  # fmt: skip
    result = (await play(graph, services=services)).result
    total = result.as_json()["usage"]
    assert total["input_tokens"] > 0
    assert result.nodes["s"]["usage"] == total == result.nodes["s/m"]["usage"]
    assert "usage" not in result.nodes["x"]
