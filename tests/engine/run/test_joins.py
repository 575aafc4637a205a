"""Joins: when a merge fires, with what, and what becomes of those who came too late (S3)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.graph.graph import Graph
from engine.plan.check import check
from engine.run.services import Services
from engine.testing import Played, build, play

FREE: dict[str, Any] = {"takes": []}
FAILS = {**FREE, "fails": "tool"}
SILENT = {**FREE, "gives": []}


def joined(*probes: dict[str, Any], **config: Any) -> Graph:
    """Probes `p0`, `p1`, ... meet in the merge `join`, whose list goes to `end`."""
    nodes: dict[str, Any] = {f"p{number}": ("probe", probe) for number, probe in enumerate(probes)}
    edges = [f"{name}.out -> join.items" for name in nodes]
    return build({**nodes, "join": ("merge", {"strategy": "list", **config}), "end": "output"}, *edges,
                 "join.value -> end.value")  # fmt: skip


async def status(services: Services, graph: Graph) -> tuple[Played, dict[str, Any]]:
    played = await play(graph, services=services)
    return played, played.result.nodes["join"]


@pytest.mark.parametrize("config", [{"join": "first"}, {"strategy": "first_success"}, {"join": "quorum", "k": 2}])
async def test_a_race_in_which_all_fail_is_blocked(services: Services, config: dict[str, Any]) -> None:
    played, join = await status(services, joined(FAILS, FAILS, **config))
    assert join == {"status": "skipped", "reason": "upstream_failed"}
    assert played.result.status == "failed"


@pytest.mark.parametrize("config", [{"join": "first"}, {"join": "quorum", "k": 2}])
async def test_a_race_to_which_nobody_came_is_skipped(services: Services, config: dict[str, Any]) -> None:
    played, join = await status(services, joined(SILENT, SILENT, **config))
    assert join == {"status": "skipped", "reason": "not_chosen"}
    assert played.result.status == "completed"
    assert played.result.no_output is not None


async def test_a_quorum_that_is_out_of_reach_is_decided_when_its_last_edge_is(services: Services) -> None:
    played, join = await status(services, joined(SILENT, FREE, SILENT, join="quorum", k=2))
    assert join["status"] == "skipped"
    assert join["reason"] == "not_chosen"
    assert played.result.nodes["p1"]["status"] == "ok"


async def test_a_quorum_takes_its_values_in_edge_order_and_tells_who_was_late(services: Services) -> None:
    graph = joined({**FREE, "turns": 6}, {**FREE, "turns": 30}, {**FREE, "turns": 2}, FAILS, join="quorum", k=2)
    played, _ = await status(services, graph)
    assert played.result.outputs == {"end": ["p0", "p2"]}
    assert [event.data["edge"] for event in played.of("late")] == ["p1.out->join.items"]
    assert played.result.status == "completed_with_warnings", "a failure was absorbed"
    [warning] = played.result.warnings
    assert warning.startswith("p3: failed (tool: ") and warning.endswith("), and what followed went on without it")


async def test_a_join_that_tolerates_names_who_is_missing(services: Services) -> None:
    config = {"strategy": "template", "template": "{{ labels }} without {{ missing }}"}
    played, _ = await status(services, joined(FREE, FAILS, SILENT, tolerate_failures=True, **config))
    assert " ".join(played.result.outputs["end"].split()) == '[ "p0" ] without [ "p1", "p2" ]'
    _, join = await status(services, joined(FAILS, FAILS, tolerate_failures=True))
    assert join == {"status": "skipped", "reason": "upstream_failed"}


async def test_a_join_that_does_not_tolerate_is_blocked_by_one_failure(services: Services) -> None:
    _, join = await status(services, joined(FREE, FAILS))
    assert join == {"status": "skipped", "reason": "upstream_failed"}


async def test_only_edges_into_items_count(services: Services) -> None:
    graph = build(
        {"base": ("probe", {**FREE, "turns": 20}), "a": ("probe", FREE), "b": ("probe", FREE),
         "join": ("merge", {"join": "first", "strategy": "list"}), "end": "output"},
        "base.out -> join.base", "a.out -> join.items", "b.out -> join.items", "join.value -> end.value",
    )  # fmt: skip
    played, _ = await status(services, graph)
    assert played.result.outputs == {"end": ["a"]}, "the base is no contender, though it has to be waited for"
    assert [event.data["edge"] for event in played.of("late")] == ["b.out->join.items"]


@pytest.mark.parametrize("join", [{"join": "first"}, {"join": "quorum", "k": 1}, {"strategy": "first_success"}])
async def test_losers_are_cancelled_up_to_what_others_need(services: Services, join: dict[str, Any]) -> None:
    graph = build(
        {"start": ("probe", FREE), "shared": ("probe", {"turns": 20}), "mine": ("probe", {"turns": 60}),
         "quick": ("probe", {**FREE, "turns": 3}), "join": ("merge", {"cancel_losers": True, **join}),
         "end": "output", "other": "output"},
        "start.out -> shared.many", "shared.out -> mine.many", "shared.out -> other.value",
        "mine.out -> join.items", "quick.out -> join.items", "join.value -> end.value",
    )  # fmt: skip
    played, _ = await status(services, graph)
    assert played.result.outputs["other"] == "shared"
    assert played.result.nodes["shared"]["status"] == "ok"
    assert played.result.nodes["mine"]["reason"] == "race_lost"
    assert played.result.status == "completed"


async def test_all_that_worked_for_a_race_says_that_it_was_lost(services: Services) -> None:
    """Whether it runs or waits still: no part of a losing branch is told as a way that was not chosen."""
    graph = build(
        {"slow": ("probe", {**FREE, "turns": 60}), "mid": "probe", "late": "probe",
         "quick": ("probe", {**FREE, "turns": 3}), "join": ("merge", {"join": "first", "cancel_losers": True}),
         "end": "output"},
        "slow.out -> mid.many", "mid.out -> late.many", "late.out -> join.items", "quick.out -> join.items",
        "join.value -> end.value",
    )  # fmt: skip
    nodes = (await play(graph, services=services)).result.nodes
    assert [nodes[name]["status"] for name in ("slow", "mid", "late")] == ["cancelled", "skipped", "skipped"]
    assert {nodes[name]["reason"] for name in ("slow", "mid", "late")} == {"race_lost"}


async def test_who_runs_for_two_races_is_cancelled_when_the_second_is_over(services: Services) -> None:
    race = ("merge", {"join": "first", "cancel_losers": True, "strategy": "list"})
    graph = build(
        {"slow": ("probe", {**FREE, "turns": 90}), "quick": ("probe", {**FREE, "turns": 3}),
         "second": ("probe", {**FREE, "turns": 30}), "one": race, "two": race, "end": "output", "other": "output"},
        "slow.out -> one.items", "quick.out -> one.items", "slow.out -> two.items", "second.out -> two.items",
        "one.value -> end.value", "two.value -> other.value",
    )  # fmt: skip
    played = await play(graph, services=services)
    assert played.result.outputs == {"end": ["quick"], "other": ["second"]}
    order = [event.node for event in played.events if event.kind in ("node.ok", "node.cancelled")]
    assert order.index("one") < order.index("second") < order.index("slow"), "it went on while one of them needed it"
    slow = played.result.nodes["slow"]
    assert (slow["status"], slow["reason"]) == ("cancelled", "race_lost")


def test_a_quorum_of_more_than_there_are_is_a_problem_before_the_run(services: Services) -> None:
    problems = check(joined(FREE, FREE, join="quorum", k=3), services.kinds)
    [problem] = [problem for problem in problems if problem.code == "join_never_fires"]
    assert problem.severity == "error"
    assert problem.node == "join"


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(turns=st.lists(st.integers(0, 12), min_size=2, max_size=5), strategy=st.sampled_from(["list", "dict", "concat"]))
async def test_the_order_of_finishing_never_shows(services: Services, turns: list[int], strategy: str) -> None:
    names = [f"p{number}" for number in range(len(turns))]
    made: dict[str, Any] = {"list": names, "dict": {name: name for name in names}, "concat": "\n\n".join(names)}
    graph = joined(*[{**FREE, "turns": count} for count in turns], strategy=strategy)
    assert (await play(graph, services=services)).result.outputs == {"end": made[strategy]}
