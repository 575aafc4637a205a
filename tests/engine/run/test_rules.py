"""What happens around failures and stand-ins: semantics.md S1, S2, S3, S8, S12, one rule a test."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

import pytest

from engine.base.errors import WrongUse
from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Ports
from engine.run.control import Run
from engine.run.scheduler import Scheduler, SchedulerStalled
from engine.run.services import Services
from engine.testing import build, play, probing
from tests.engine.run.gate import Gate

FREE = {"takes": []}


async def test_continue_runs_all_that_is_not_downstream_of_a_failure(services: Services) -> None:
    graph = build(
        {"bad": ("probe", {**FREE, "fails": "tool"}), "after": "probe", "aside": ("probe", FREE), "end": "probe"},
        "bad.out -> after.many", "aside.out -> end.many",
    )  # fmt: skip
    result = (await play(graph, services=services)).result
    assert {key: node["status"] for key, node in result.nodes.items()} == {
        "bad": "failed", "after": "skipped", "aside": "ok", "end": "ok",
    }  # fmt: skip
    assert result.nodes["after"]["reason"] == "upstream_failed"
    assert result.nodes["bad"]["error"] == {
        "node": "bad", "class": "tool", "message": "bad was told to fail", "attempts": 1,
    }  # fmt: skip
    assert (result.status, result.exit_code) == ("failed", 1)


async def test_whatever_a_failure_keeps_from_running_names_the_node_that_failed(services: Services) -> None:
    graph = build(
        {"one": ("probe", FREE), "two": ("probe", {"fails": "tool"}), "three": "probe", "four": "probe",
         "fine": ("probe", FREE), "five": "probe", "late": ("probe", {**FREE, "fails": "tool", "turns": 9})},
        "one.out -> two.many", "two.out -> three.many", "three.out -> four.many", "fine.out -> five.many",
        "late.out -> five.many", "four.out -> five.many",
    )  # fmt: skip
    nodes = (await play(graph, services=services)).result.view.nodes
    assert [nodes[name].why for name in ("three", "four")] == ["blocked by two"] * 2
    assert nodes["five"].why == "blocked by late"  # the first in the order of its edges, whoever failed first


@pytest.mark.parametrize(("policy", "running_ends"), [("drain", "ok"), ("fail_fast", "cancelled")])
async def test_a_policy_decides_what_an_unhandled_failure_does(
    services: Services, policy: str, running_ends: str
) -> None:
    gate = Gate()
    graph = build(
        {"bad": ("probe", {**FREE, "fails": "tool", "turns": 3}), "gate": "gate", "later": "probe"},
        "gate.out -> later.many", settings={"on_failure": policy},
    )  # fmt: skip
    playing = asyncio.create_task(play(graph, services=probing(services, gate)))
    await gate.entered.wait()
    if policy == "drain":
        for _ in range(20):
            await asyncio.sleep(0)
        gate.opened.set()
    result = (await playing).result
    assert result.nodes["gate"]["status"] == running_ends
    assert result.nodes["later"] == {"status": "skipped", "reason": "run_failed"}
    assert result.status == "failed"


@pytest.mark.parametrize("policy", ["drain", "fail_fast"])
async def test_a_failure_that_is_absorbed_stops_nothing(services: Services, policy: str) -> None:
    graph = build(
        {"bad": ("probe", {**FREE, "fails": "tool"}), "slow": ("probe", {**FREE, "turns": 20}), "next": "probe",
         "join": ("merge", {"strategy": "list", "tolerate_failures": True}), "end": "output"},
        "bad.out -> join.items", "slow.out -> next.many", "next.out -> join.items", "join.value -> end.value",
        settings={"on_failure": policy},
    )  # fmt: skip
    result = (await play(graph, services=services)).result
    assert result.outputs == {"end": ["next"]}
    assert result.status == "completed_with_warnings"


@pytest.mark.parametrize("failed", ["many", "one"])
async def test_a_failure_is_the_reason_whatever_else_blocks(services: Services, failed: str) -> None:
    """`upstream_failed` wins over `not_chosen`, at whichever port the failed edge ends (S1)."""
    other = {"many": "one", "one": "many"}[failed]
    graph = build(
        {"bad": ("probe", {**FREE, "fails": "tool"}), "silent": ("probe", {**FREE, "gives": []}),
         "both": ("probe", {"takes": ["many", "one"]})},
        f"bad.out -> both.{failed}", f"silent.out -> both.{other}",
    )  # fmt: skip
    assert (await play(graph, services=services)).result.nodes["both"]["reason"] == "upstream_failed"


async def test_a_node_that_has_not_taken_its_first_step_is_cancelled_too(services: Services) -> None:
    graph = build(
        {"first": ("probe", FREE), "bad": ("probe", {**FREE, "fails": "tool"}), "second": ("probe", {"turns": 50}),
         "last": "probe"},
        "first.out -> second.many", "second.out -> last.many", settings={"on_failure": "fail_fast"},
    )  # fmt: skip
    result = (await asyncio.wait_for(play(graph, services=services), 60)).result
    assert {key: node["status"] for key, node in result.nodes.items()} == {
        "first": "ok", "bad": "failed", "second": "cancelled", "last": "skipped",
    }  # fmt: skip
    assert result.status == "failed"


@pytest.mark.parametrize("turns", [(20, 0), (0, 20)])
async def test_of_several_failures_the_first_in_the_file_is_told_whichever_came_first(
    services: Services, turns: tuple[int, int]
) -> None:
    one, two = ({**FREE, "fails": "tool", "turns": count} for count in turns)
    result = (await play(build({"one": ("probe", one), "two": ("probe", two)}), services=services)).result
    assert result.reason.startswith("one: ")


async def test_a_wired_error_port_handles_a_failure_and_the_run_is_completed(services: Services) -> None:
    graph = build(
        {"bad": ("probe", {**FREE, "fails": "refused"}), "normal": "probe", "rescue": "probe"},
        "bad.out -> normal.many", "bad.error -> rescue.many",
    )  # fmt: skip
    result = (await play(graph, services=services)).result
    assert result.nodes["bad"]["status"] == "handled"
    assert result.nodes["normal"] == {"status": "skipped", "reason": "not_chosen"}
    assert result.nodes["rescue"]["status"] == "ok"
    assert result.status == "completed"


async def test_two_live_values_at_a_single_port_name_both_edges(services: Services) -> None:
    graph = build({"a": ("probe", FREE), "b": ("probe", FREE), "end": "output"}, "a.out -> end.value",
                  "b.out -> end.value")  # fmt: skip
    result = (await play(graph, services=services)).result
    error = result.nodes["end"]["error"]
    assert error["class"] == "port_conflict"
    assert "a.out" in error["message"]
    assert "b.out" in error["message"]


async def test_a_run_without_output_says_who_closed_the_way(services: Services) -> None:
    graph = build(
        {"start": ("probe", FREE), "gate": ("probe", {"gives": []}), "more": "probe", "end": "output"},
        "start.out -> gate.many", "gate.out -> more.many", "more.out -> end.value",
    )  # fmt: skip
    result = (await play(graph, services=services)).result
    assert result.status == "completed"
    assert result.outputs == {}
    assert result.no_output == {"closed_by": "gate"}


@pytest.mark.parametrize("value", [None, "", [], 0, False])
async def test_every_json_value_is_a_value(services: Services, value: Any) -> None:
    graph = build({"x": ("input", {"type": "json"}), "end": "output"}, "x.value -> end.value")
    result = (await play(graph, {"x": value}, services=services)).result
    assert result.outputs == {"end": value}
    assert result.status == "completed"


async def test_several_texts_at_a_placeholder_are_joined_by_a_blank_line_in_edge_order(services: Services) -> None:
    graph = build(
        {"a": ("probe", {**FREE, "turns": 5}), "b": ("probe", FREE), "t": ("template", {"template": "<{{ x }}>"}),
         "end": "output"},
        "b.out -> t.x", "a.out -> t.x", "t.text -> end.value",
    )  # fmt: skip
    assert (await play(graph, services=services)).result.outputs == {"end": "<b\n\na>"}


async def test_an_optional_port_reads_as_empty_text_and_the_failure_is_a_warning(services: Services) -> None:
    graph = build(
        {"bad": ("probe", {**FREE, "fails": "tool"}),
         "t": ("template", {"template": "[{{ x }}]", "optional": ["x"]}), "end": "output"},
        "bad.out -> t.x", "t.text -> end.value",
    )  # fmt: skip
    result = (await play(graph, services=services)).result
    assert result.outputs == {"end": "[]"}
    assert result.status == "completed_with_warnings"


async def test_a_stand_in_value_is_ok_but_degraded(services: Services) -> None:
    graph = build(
        {"bad": ("probe", {**FREE, "fails": "tool", "on_error": {"value": 7}}), "end": "output"}, "bad.out -> end.value"
    )
    result = (await play(graph, services=services)).result
    assert result.outputs == {"end": 7}
    assert "bad was told to fail" in result.nodes["bad"]["degraded"]
    assert result.status == "completed_with_warnings"


async def test_a_pinned_output_stands_in_and_nothing_runs(services: Services) -> None:
    graph = build(
        {"p": ("probe", {**FREE, "fails": "tool", "pinned": {"value": "kept", "at": "2026-11-01"}}), "end": "output"},
        "p.out -> end.value",
    )
    played = await play(graph, services=services)
    assert played.result.outputs == {"end": "kept"}
    assert played.result.nodes["p"]["source"] == "pinned"
    assert not played.of("node.progress")


async def test_the_time_for_all_attempts_is_limited(services: Services) -> None:
    graph = build({"g": ("gate", {"node_timeout_s": 0.02})})
    result = (await play(graph, services=probing(services, Gate()))).result
    assert result.nodes["g"]["error"]["class"] == "timeout"
    stood_in = build({"g": ("gate", {"node_timeout_s": 0.02, "on_error": {"value": "late"}}), "end": "output"},
                     "g.out -> end.value")  # fmt: skip
    result = (await play(stood_in, services=probing(services, Gate()))).result
    assert (result.status, result.outputs) == ("completed_with_warnings", {"end": "late"})


async def test_a_race_fires_once_and_later_arrivals_are_told_as_late(services: Services) -> None:
    graph = build(
        {"slow": ("probe", {**FREE, "turns": 9}), "quick": ("probe", FREE),
         "race": ("merge", {"join": "first", "strategy": "list"}), "end": "output"},
        "slow.out -> race.items", "quick.out -> race.items", "race.value -> end.value",
    )  # fmt: skip
    played = await play(graph, services=services)
    assert played.result.outputs == {"end": ["quick"]}
    assert [event.data["edge"] for event in played.of("late")] == ["slow.out->race.items"]
    assert len([event for event in played.of("node.ok") if event.node == "race"]) == 1


async def test_a_quorum_that_cannot_be_reached_is_skipped_for_the_failure(services: Services) -> None:
    graph = build(
        {"a": ("probe", FREE), "b": ("probe", {**FREE, "fails": "tool"}),
         "q": ("merge", {"join": "quorum", "k": 2, "strategy": "list"}), "end": "output"},
        "a.out -> q.items", "b.out -> q.items", "q.value -> end.value",
    )  # fmt: skip
    result = (await play(graph, services=services)).result
    assert result.nodes["q"] == {"status": "skipped", "reason": "upstream_failed"}


async def test_the_losers_of_a_race_are_cancelled_unless_they_lead_elsewhere(services: Services) -> None:
    gate = Gate()
    graph = build(
        {"quick": ("probe", {**FREE, "turns": 5}), "g": "gate", "after": "probe", "needed": ("probe", {"turns": 30,
         **FREE}), "race": ("merge", {"join": "first", "strategy": "list", "cancel_losers": True}), "end": "output",
         "aside": "output"},
        "quick.out -> race.items", "g.out -> after.many", "after.out -> race.items", "needed.out -> race.items",
        "needed.out -> aside.value", "race.value -> end.value",
    )  # fmt: skip
    played = await play(graph, services=probing(services, gate))
    assert played.result.outputs == {"end": ["quick"], "aside": "needed"}
    assert gate.cancelled == ["g"]
    assert played.result.nodes["g"]["status"] == "cancelled"
    assert played.result.nodes["g"]["reason"] == "race_lost"
    assert played.result.nodes["after"] == {"status": "skipped", "reason": "race_lost"}
    assert played.result.view.edges["g.out->after.many"].fate == "dead:benign"
    assert played.result.status == "completed"


async def test_the_longest_way_starts_first(services: Services) -> None:
    graph = build(
        {"short": ("probe", FREE), "long": ("probe", FREE), "l2": "probe", "l3": "probe"},
        "long.out -> l2.many", "l2.out -> l3.many", settings={"concurrency": 1},
    )  # fmt: skip
    played = await play(graph, services=services)
    assert [event.node for event in played.of("node.started")] == ["long", "l2", "short", "l3"]


async def test_no_more_leaf_nodes_run_at_once_than_the_settings_say(services: Services) -> None:
    graph = build({f"n{i}": ("probe", {**FREE, "turns": 3}) for i in range(20)}, settings={"concurrency": 4})
    played = await play(graph, services=services)
    running = most = 0
    for event in played.events:
        running += (event.kind == "node.started") - (event.kind == "node.ok")
        most = max(most, running)
    assert most == 4


async def test_a_bug_in_a_kind_fails_its_node_and_never_the_run(services: Services) -> None:
    class Broken(Gate):
        name: ClassVar[str] = "broken"

        async def run(self, call: Call[NodeConfig]) -> Outputs:
            raise ZeroDivisionError("oops")

    class Idle(Kind[NodeConfig]):
        name: ClassVar[str] = "idle"

        def ports(self, config: NodeConfig) -> Ports:
            return Ports()

    graph = build({"b": "broken", "i": "idle", "p": ("probe", FREE)})
    result = (await play(graph, services=probing(services, Broken(), Idle()))).result
    assert result.nodes["b"]["error"]["class"] == "internal"
    assert "does no work" in result.nodes["i"]["error"]["message"]
    assert result.nodes["p"]["status"] == "ok"


async def test_a_bug_of_the_engine_that_starts_nothing_is_said_and_never_a_run_that_completed(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scheduler, "_enqueue", lambda *_: None)
    with pytest.raises(SchedulerStalled, match="pending: one, two"):
        await play(build({"one": ("probe", FREE), "two": ("probe", FREE)}), services=services)


# Bodies


def body(*, fails: str = "") -> dict[str, Any]:
    return {
        "nodes": [
            {"id": "text", "kind": "input", "config": {"type": "text"}},
            {"id": "work", "kind": "probe", "config": {"fails": fails}},
            {"id": "said", "kind": "output", "config": {}},
        ],
        "edges": [{"from": "text.value", "to": "work.many"}, {"from": "work.out", "to": "said.value"}],
    }


async def test_a_subgraph_runs_in_a_scope_of_its_own(services: Services) -> None:
    graph = build(
        {"x": ("input", {"default": "hello"}), "sub": ("subgraph", {"body": body()}), "end": "output"},
        "x.value -> sub.text", "sub.said -> end.value",
    )  # fmt: skip
    result = (await play(graph, services=services)).result
    assert result.outputs == {"end": "work"}
    assert result.nodes["sub/work"]["status"] == "ok"


async def test_a_failure_inside_a_subgraph_is_told_with_its_class(services: Services) -> None:
    graph = build(
        {"x": ("input", {"default": "hello"}), "sub": ("subgraph", {"body": body(fails="refused")})},
        "x.value -> sub.text",
    )
    result = (await play(graph, services=services)).result
    assert result.nodes["sub"]["error"]["class"] == "refused"
    assert "“work” inside" in result.nodes["sub"]["error"]["message"]


# Before the start


@pytest.mark.parametrize(
    ("inputs", "says"),
    [
        ({}, "“topic” needs a value"),
        ({"topic": 3}, "takes text, but was given number"),
        ({"topic": "x", "topik": 1}, "Did you mean “topic”"),
    ],
)
def test_wrong_inputs_are_told_before_anything_starts(services: Services, inputs: dict[str, Any], says: str) -> None:
    graph = build({"topic": ("input", {"type": "text"}), "end": "output"}, "topic.value -> end.value")
    with pytest.raises(WrongUse, match=says):
        Run(graph, inputs, services=services)


async def test_an_input_without_a_type_takes_what_comes(services: Services) -> None:
    graph = build({"topic": "input", "end": "output"}, "topic.value -> end.value")
    for value in ("text", 3, True, [1], {"a": None}, None):
        assert (await play(graph, {"topic": value}, services=services)).result.outputs == {"end": value}


def test_a_cycle_is_refused_with_its_nodes(services: Services) -> None:
    graph = build({"a": "probe", "b": "probe"}, "a.out -> b.many", "b.out -> a.many")
    with pytest.raises(WrongUse, match=r"a, b form a cycle\. Wrap them in a loop"):
        Run(graph, services=services)


def test_a_required_port_without_an_edge_is_refused(services: Services) -> None:
    with pytest.raises(WrongUse, match="Nothing is connected to “value” of the node “end”"):
        Run(build({"end": "output"}), services=services)
