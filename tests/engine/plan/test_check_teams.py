"""Teams as they are checked, compiled and forecast before a run (semantics.md S7)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.base.errors import WrongUse
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.amount import Amount
from engine.plan.capabilities import capabilities
from engine.plan.check import check
from engine.plan.compile import compile_graph
from engine.plan.forecast import forecast
from engine.plan.manner import VENDOR
from engine.testing import build

KINDS = Kinds.load()
GOOD: dict[str, Any] = {
    "task": ("input", {"default": "x"}), "lead": "manager", "out": "output",
    "billing": ("agent", {"prompt": "{{ brief }}", "description": "invoices"}),
}  # fmt: skip
EDGES = ("task.value -> lead.task", "lead.text -> out.value", "lead.team -> billing.brief")


def codes(graph: Graph) -> dict[str, str]:
    return {problem.code: problem.node for problem in check(graph, KINDS)}


def test_an_edge_to_a_specialist_that_has_no_such_port_is_told_where_its_brief_arrives() -> None:
    far = {**GOOD, "far": ("remote_agent", {"card": "http://127.0.0.1:9", "description": "elsewhere"})}
    assert "dangling_edge" not in codes(build(far, *EDGES, "lead.team -> far.message"))
    found = check(build(far, *EDGES, "lead.team -> far.brief"), KINDS)
    [problem] = [each for each in found if each.code == "dangling_edge"]
    assert "Its brief arrives at “message”." in problem.fix


def test_a_sound_team_has_no_problems_and_its_members_lead_somewhere() -> None:
    assert codes(build(GOOD, *EDGES)) == {}


@pytest.mark.parametrize(
    ("nodes", "edges", "code", "node"),
    [
        ({}, (), "no_team", "lead"),
        ({"lead": ("manager", {"default": "biling"})}, EDGES[2:], "unknown_specialist", "lead"),
        ({"billing": ("agent", {"prompt": "{{ brief }} {{ more }}"})}, (*EDGES[2:], "task.value -> billing.more"),
         "specialist_with_inputs", "billing"),
        ({"billing": ("agent", {"prompt": "{{ brief }} {{ more }}"})}, EDGES[2:], "unwired_port", "billing"),
        ({"billing": ("agent", {"prompt": "{{ brief }}"})}, EDGES[2:], "no_description", "billing"),
        ({}, (*EDGES[2:], "lead.team -> out.value"), "bad_specialist", "out"),
        ({"lead": ("manager", {"max_depth": 1}), "mid": ("manager", {"max_depth": 1, "description": "d"})},
         ("lead.team -> mid.task", "mid.team -> billing.brief"), "too_deep_team", "mid"),
        ({"mid": ("manager", {"description": "d"})}, ("lead.team -> mid.task", "mid.team -> lead.task"),
         "delegation_cycle", "lead"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_team_is_said_before_the_run(
    nodes: dict[str, Any], edges: tuple[str, ...], code: str, node: str
) -> None:
    graph = build({**GOOD, **nodes}, *EDGES[:2], *edges)
    assert codes(graph).get(code) == node
    assert "cycle" not in codes(graph), "a circle of delegations is told as one"


def test_what_specialists_came_to_is_pinned_with_their_manager() -> None:
    def pinned(port: str) -> Graph:
        return build({**GOOD, "lead": ("manager", {"pinned": {"ports": {"text": "x", port: "y"}}})}, *EDGES)

    assert codes(pinned("team.billing")) == {}
    assert codes(pinned("team.sales")) == {"unknown_port": "lead"}


def test_two_managers_may_share_a_specialist() -> None:
    graph = build({**GOOD, "other": ("manager", {"prompt": "go"}), "end": "output"}, *EDGES,
                  "other.team -> billing.brief", "other.text -> end.value")  # fmt: skip
    assert codes(graph) == {}
    teams = compile_graph(graph, KINDS).teams.values()
    assert [list(team) for team in teams] == [["billing"], ["billing"]]


def test_a_specialist_that_gets_values_too_does_not_run() -> None:
    nodes = {**GOOD, "billing": ("agent", {"prompt": "{{ brief }} {{ more }}"})}
    with pytest.raises(WrongUse, match="only its brief reaches it"):
        compile_graph(build(nodes, *EDGES, "task.value -> billing.more"), KINDS)


def test_many_layers_of_managers_are_made_ready_once_each() -> None:
    nodes: dict[str, Any] = {"lead": ("manager", {"prompt": "go"})}
    edges, above = [], ["lead"]
    for layer in range(20):
        names = [f"m{layer}_{side}" for side in "ab"]
        nodes |= {name: ("manager", {"prompt": "{{ b }}"}) for name in names}
        edges += [f"{upper}.team -> {name}.b" for upper in above for name in names]
        above = names
    assert compile_graph(build(nodes, *edges), KINDS).height == 21


def test_a_forecast_ranges_over_the_delegations() -> None:
    graph = build({**GOOD, "lead": ("manager", {"max_delegations": 6}),
                   "sales": ("agent", {"prompt": "{{ brief }}"})}, *EDGES, "lead.team -> sales.brief")  # fmt: skip
    calls = {call.node: call for call in forecast(graph, KINDS, {}, lambda *_: VENDOR).calls}
    assert calls["lead"].times == Amount(1, 7)
    assert calls["billing"].times == calls["sales"].times == Amount(0, 3)
    swarm = build({**GOOD, "lead": ("manager", {"swarm": True, "max_tasks": 30})}, *EDGES[:2])
    times = [(call.node, call.times) for call in forecast(swarm, KINDS, {}, lambda *_: VENDOR).calls]
    assert ("lead/worker", Amount(1, 30)) in times and times.count(("lead", Amount(1, 1))) == 2


def test_what_the_sub_agents_of_a_swarm_may_do_has_to_be_trusted_and_is_checked() -> None:
    worker = {"tools": ["fs.*"], "folder": "notes"}
    graph = build({**GOOD, "lead": ("manager", {"swarm": True, "worker": worker})}, *EDGES[:2])
    assert [(one.what, one.detail, one.writes) for one in capabilities(graph, KINDS).all] == [("folder", "notes", True)]
    wrong = build({**GOOD, "lead": ("manager", {"swarm": True, "worker": {"max_turns": 0}})}, *EDGES[:2])
    assert codes(wrong)["bad_config"] == "lead/worker"
