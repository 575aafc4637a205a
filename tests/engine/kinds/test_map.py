"""Where a map's items come from, how many, which are tried again, and why the rest stopped (semantics.md S5)."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar

import pytest

from engine.base.errors import NodeError
from engine.graph.graph import Graph
from engine.kinds.builtin.map import KIND, MapConfig
from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.run.control import RunOptions
from engine.run.services import Services
from engine.testing import Played, build, play, probing

OPTIONS = RunOptions(journal=False, pace=0)


class Flaky(Kind[NodeConfig]):
    """Gives what it takes; an object says how often it fails first, with which class. Waits for ever for "wait"."""

    name: ClassVar[str] = "flaky"
    title, group, icon, hint = "Flaky", "work", "unknown", "fails at first"

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.most_tasks = 0

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("x"),), (Port("y"),))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        value = call.value("x")
        self.calls[repr(value)] += 1
        self.most_tasks = max(self.most_tasks, len(asyncio.all_tasks()))
        if value == "wait":
            await asyncio.Event().wait()
        if isinstance(value, dict) and self.calls[repr(value)] <= value.get("fails", 0):
            raise NodeError(value.get("class", "transient"), f"{value['name']} is not ready")
        return {"y": value}


def body(*more: dict[str, Any], kind: str = "flaky") -> dict[str, Any]:
    return {
        "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}}, {"id": "work", "kind": kind},
                  {"id": "result", "kind": "output"}, *more],
        "edges": [{"from": "item.value", "to": "work.x"}, {"from": "work.y", "to": "result.value"}],
    }  # fmt: skip


def mapped(*ports: str, **config: Any) -> Graph:
    """A map with an input for each of its ports and an output for each list."""
    ins, outs = ports or ("items",), ("items", "results", "errors")
    return build(
        {**{f"in_{port}": ("input", {"type": "json", "name": port}) for port in ins},
         "m": ("map", {"body": body(), **config}), **{f"out_{port}": ("output", {"name": port}) for port in outs}},
        *(f"in_{port}.value -> m.{port}" for port in ins), *(f"m.{port} -> out_{port}.value" for port in outs),
    )  # fmt: skip


async def run_map(services: Services, items: Any, kind: Flaky | None = None, **config: Any) -> Played:
    return await play(mapped(**config), {"items": items}, services=probing(services, kind or Flaky()))


def flaky(name: str, fails: int = 1, error_class: str = "transient") -> dict[str, Any]:
    return {"name": name, "fails": fails, "class": error_class}


def scopes(played: Played) -> list[str]:
    return [event.scope for event in played.of("node.started") if event.node == "work"]


async def test_rows_of_a_table_and_of_a_file(services: Services) -> None:
    played = await run_map(services, "name,age\nAda,36\nAlan,41\n", over="rows")
    assert played.result.outputs["items"] == [{"name": "Ada", "age": "36"}, {"name": "Alan", "age": "41"}]
    played = await run_map(services, {"path": "a.jsonl", "text": "1\n[2]"}, over="rows")
    assert played.result.outputs["items"] == [1, [2]]
    assert played.of("map.opened")[0].data["over"] == "rows"


async def test_a_table_that_cannot_be_read_fails_the_node_before_any_item(services: Services) -> None:
    played = await run_map(services, "a,b\n1,2\n3\n", over="rows")
    error = played.result.nodes["m"]["error"]
    assert (error["class"], "line 3" in error["message"]) == ("type", True)
    assert not played.of("map.item")


async def test_a_matrix_has_a_port_for_each_list_and_gives_each_its_value_alone(services: Services) -> None:
    inner = {
        "nodes": [{"id": "os", "kind": "input"}, {"id": "item", "kind": "input", "config": {"type": "json"}},
                  {"id": "t", "kind": "template", "config": {"template": "{{ item.python }} on {{ os }}"}},
                  {"id": "result", "kind": "output"}],
        "edges": [{"from": "os.value", "to": "t.os"}, {"from": "item.value", "to": "t.item"},
                  {"from": "t.text", "to": "result.value"}],
    }  # fmt: skip
    graph = mapped("python", "os", body=inner, over="matrix", matrix=["python", "os"],
                   exclude={"field": "os", "op": "equals", "value": "mac"})  # fmt: skip
    given = {"python": ["3.11", "3.12"], "os": ["linux", "mac"]}
    played = await play(graph, given, services=services)
    assert played.result.outputs["items"] == ["3.11 on linux", "3.12 on linux"]
    labels = {event.data["index"]: event.data["label"] for event in played.of("map.item")}
    assert labels == {0: "python=3.11, os=linux", 1: "python=3.12, os=linux"}
    empty = await play(graph, {**given, "os": []}, services=services)
    assert empty.result.outputs == {"items": [], "results": [], "errors": []}
    wrong = await play(graph, {**given, "os": "linux"}, services=services)
    assert wrong.result.nodes["m"]["error"]["message"].startswith("The map “m” takes a list at “os”")


async def test_a_type_error_names_the_node_and_what_it_got(services: Services) -> None:
    played = await run_map(services, {"a": 1})
    assert played.result.nodes["m"]["error"]["message"].startswith("The map “m” takes a list, but was given object.")


async def test_events_of_files_show_their_path(services: Services) -> None:
    played = await run_map(services, [{"path": "a/b.md", "text": "x"}, 3])
    assert {event.data["index"]: event.data.get("label") for event in played.of("map.item")} == {0: "a/b.md", 1: None}


async def answered(services: Services, decision: str, **options: Any) -> Played:
    chosen = RunOptions(journal=False, pace=0, answers={"m": {"decision": decision}}, **options)
    return await play(mapped(max_items=2), {"items": [1, 2, 3]}, services=probing(services, Flaky()), options=chosen)


async def test_a_person_is_asked_before_more_items_than_allowed_and_none_is_cut(services: Services) -> None:
    played = await run_map(services, [1, 2, 3], max_items=2)
    assert (played.result.status, played.result.reason) == ("paused", "human")
    assert "3 items" in played.of("human.requested")[0].data["question"]
    assert not played.of("map.opened")
    assert (await answered(services, "approved")).result.outputs["items"] == [1, 2, 3]
    error = (await answered(services, "rejected")).result.nodes["m"]["error"]
    assert (error["class"], "3 items, more than 2" in error["message"]) == ("bad_request", True)


async def test_a_rehearsal_does_not_ask(services: Services) -> None:
    played = await play(mapped(max_items=2), {"items": [1, 2, 3]}, services=probing(services, Flaky()),
                        options=RunOptions(journal=False, pace=0, rehearse=True))  # fmt: skip
    assert played.result.outputs["items"] == [1, 2, 3]
    assert not played.of("human.requested")


async def test_failed_items_are_tried_again_when_all_others_are_done(services: Services) -> None:
    items = [1, flaky("a"), 2, flaky("b", 2), 3]
    played = await run_map(services, items, item_retries=2, concurrency=1)
    assert played.result.outputs["items"] == items
    assert played.result.status == "completed"
    assert [record["attempts"] for record in played.result.outputs["results"]] == [1, 2, 1, 3, 1]
    assert scopes(played) == [*(f"m[{i}]" for i in range(5)), "m[1].2", "m[3].2", "m[3].3"]
    assert [(e.data["index"], e.data["round"], e.data["status"]) for e in played.of("map.item")][4:] == [
        (4, 1, "ok"), (1, 2, "ok"), (3, 2, "failed"), (3, 3, "ok"),
    ]  # fmt: skip


@pytest.mark.parametrize("error_class", ["refused", "credentials", "bad_request", "type"])
async def test_what_another_try_would_meet_again_is_not_tried_again(services: Services, error_class: str) -> None:
    played = await run_map(services, [flaky("a", 1, error_class), 1], item_retries=3, concurrency=2)
    assert played.result.status == "failed"
    assert scopes(played) == ["m[0]", "m[1]"]


async def test_items_that_never_come_right_are_judged_after_the_last_round(services: Services) -> None:
    played = await run_map(services, [flaky("a", 9), 1], item_retries=2, max_failures=1)
    assert played.result.outputs["items"] == [1]
    assert played.result.outputs["results"][0]["attempts"] == 3
    assert len(played.result.outputs["errors"]) == 1


async def test_equal_items_are_equal_as_json_and_cost_once(services: Services) -> None:
    kind = Flaky()
    items = [1, True, 1.0, "1", {"a": 1, "b": 2}, {"b": 2, "a": 1}, "A", "a"]
    played = await run_map(services, items, kind, dedupe=True)
    assert sum(kind.calls.values()) == 6
    assert played.result.outputs["items"] == [1, True, 1, "1", {"a": 1, "b": 2}, {"a": 1, "b": 2}, "A", "a"]
    assert [event.data.get("same_as") for event in played.of("map.item")].count(0) == 1


async def test_a_failure_that_equal_items_share_counts_for_each_and_stops_nothing(services: Services) -> None:
    kind = Flaky()
    bad = flaky("a", 1)
    played = await run_map(services, [bad, bad, bad, bad, 1], kind, dedupe=True, max_failures=4, concurrency=1)
    assert [record["status"] for record in played.result.outputs["results"]] == ["failed"] * 4 + ["ok"]
    kind = Flaky()
    again = await run_map(services, [bad, 1, bad], kind, dedupe=True, item_retries=1)
    assert again.result.outputs["items"] == [bad, 1, bad]
    assert sorted(kind.calls.values()) == [1, 2], "equal items share the second try too"


async def test_an_item_of_several_outputs_is_an_object_though_it_gave_only_one(services: Services) -> None:
    way = {"id": "way", "kind": "router", "config": {"routes": [
        {"id": "big", "when": {"field": "", "op": "gt", "value": 5}}]}}  # fmt: skip
    inner = body(way, {"id": "large", "kind": "output"})
    inner["edges"] += [{"from": "work.y", "to": "way.value"}, {"from": "way.big", "to": "large.value"}]
    played = await run_map(services, [1, 9], body=inner)
    assert played.result.outputs["items"] == [{"result": 1}, {"result": 9, "large": 9}]


async def test_what_the_breaker_left_out_is_told_as_cancelled(services: Services) -> None:
    items = [flaky("same", 9)] * 3 + [7, 8]
    played = await run_map(services, items, concurrency=1, on_item_failure="drop", item_retries=1)
    told = {event.data["index"]: event.data for event in played.of("map.item")}
    assert [(told[i]["status"], told[i].get("reason")) for i in (3, 4)] == [("cancelled", "breaker")] * 2
    assert played.of("map.closed")[0].data == {"done": 3, "failed": 3, "total": 5, "cancelled": 2}
    assert played.result.nodes["m"]["status"] == "failed"


async def test_equal_errors_at_the_very_end_leave_nothing_out_and_the_policy_decides(services: Services) -> None:
    played = await run_map(services, [1, *[flaky("same", 9)] * 3], concurrency=1, on_item_failure="drop")
    assert played.result.outputs["items"] == [1]
    assert played.result.status == "completed_with_warnings"


async def test_a_good_canary_lets_the_rest_go(services: Services) -> None:
    played = await run_map(services, [1, 2, flaky("c", 9), 4], canary=2, max_failures=1)
    assert scopes(played)[:2] == ["m[0]", "m[1]"]
    assert played.result.outputs["items"] == [1, 2, 4]


async def test_fail_fast_says_run_failed_for_what_it_interrupts(services: Services) -> None:
    played = await run_map(services, ["wait", flaky("b", 9), 3], concurrency=2, on_item_failure="fail_fast")
    told = {event.data["index"]: event.data for event in played.of("map.item")}
    assert [told[i].get("reason") for i in (0, 2)] == ["run_failed", "run_failed"]
    inside = played.result.nodes["m[0]/work"]
    assert (inside["status"], inside["reason"]) == ("cancelled", "run_failed")


async def test_a_run_that_fails_fast_says_so_inside_containers_too(services: Services) -> None:
    graph = build(
        {"list": ("input", {"type": "json"}), "m": ("map", {"body": body()}), "end": "output",
         "bad": ("probe", {"takes": [], "turns": 30, "fails": "tool"}), "after": "output"},
        "list.value -> m.items", "m.items -> end.value", "bad.out -> after.value", settings={"on_failure": "fail_fast"},
    )  # fmt: skip
    played = await play(graph, {"list": ["wait", "wait"]}, services=probing(services, Flaky()))
    nodes = played.result.nodes
    assert played.result.status == "failed"
    assert [nodes[key]["reason"] for key in ("m", "m[0]/work", "m[1]/work", "m[0]/result")] == ["run_failed"] * 4


async def test_the_loser_of_a_race_says_so_inside_too(services: Services) -> None:
    graph = build(
        {"list": ("input", {"type": "json"}), "m": ("map", {"body": body()}),
         "quick": ("probe", {"takes": [], "turns": 30}),
         "first": ("merge", {"join": "first", "strategy": "list", "cancel_losers": True}), "end": "output"},
        "list.value -> m.items", "m.items -> first.items", "quick.out -> first.items", "first.value -> end.value",
    )  # fmt: skip
    played = await play(graph, {"list": ["wait"]}, services=probing(services, Flaky()))
    assert played.result.outputs == {"end": ["quick"]}
    assert [played.result.nodes[key]["reason"] for key in ("m", "m[0]/work")] == ["race_lost", "race_lost"]


@pytest.mark.slow
async def test_many_items_need_few_tasks(services: Services) -> None:
    kind = Flaky()
    played = await run_map(services, list(range(2_000)), kind, concurrency=10, max_items=9_999)
    assert played.result.outputs["items"] == list(range(2_000))
    assert kind.most_tasks < 40


async def test_two_maps_side_by_side_both_get_on(services: Services) -> None:
    graph = build(
        {"list": ("input", {"type": "json"}), **{m: ("map", {"body": body(), "concurrency": 8}) for m in ("a", "b")},
         "x": "output", "y": "output"},
        "list.value -> a.items", "list.value -> b.items", "a.items -> x.value", "b.items -> y.value",
        settings={"concurrency": 1},
    )  # fmt: skip
    played = await play(graph, {"list": list(range(40))}, services=probing(services, Flaky()))
    order = [event.scope[0] for event in played.of("node.started") if event.node == "work"]
    assert max(abs(order[:n].count("a") - order[:n].count("b")) for n in range(80)) <= 2


def found(**config: Any) -> set[str]:
    return {finding.code for finding in KIND.check(MapConfig(**{"body": body(kind="template"), **config}))}


def test_settings_that_contradict_each_other_are_noticed() -> None:
    index = {"id": "index", "kind": "input"}
    assert found() == set()
    assert found(over="matrix") == {"matrix_without_lists"}
    assert found(matrix=["a"]) == {"matrix_unused"}
    assert found(item_retries=1, on_item_failure="fail_fast") == {"retries_unused"}
    assert found(dedupe=True, body=body(index)) == {"dedupe_with_index"}
    assert found(body={"nodes": [], "edges": []}) == {"map_without_item", "map_without_output"}
    lone = {"nodes": [{"id": "os", "kind": "input"}, {"id": "o", "kind": "output"}], "edges": []}
    assert found(over="matrix", matrix=["os"], body=lone) == set()


@pytest.mark.parametrize("names", [["item"], ["index"], ["Os"], ["a", "a"], [""]])
def test_names_of_lists_that_cannot_be_ports_are_refused(names: list[str]) -> None:
    with pytest.raises(ValueError, match="matrix"):
        MapConfig(matrix=tuple(names))


def test_the_card_says_what_it_maps_over() -> None:
    assert KIND.summary(MapConfig()) == "map · 8 at once"
    assert KIND.summary(MapConfig(over="rows", concurrency=2)) == "map · rows · 2 at once"
    assert KIND.summary(MapConfig(over="matrix", matrix=("python", "os"))) == "python × os · 8 at once"
