"""Random graphs in random orders: whatever a person can draw ends as the rules say, in any order of finishing."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from engine.run.services import Services
from engine.testing import Played
from tests.oracle.conductor import scripted
from tests.oracle.drawn import graphs, scripts
from tests.oracle.judge import Judge
from tests.oracle.work import Json, Script

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(QUICK, max_examples=int(os.environ.get("BATON_ORACLE_GRAPHS", "1000")))


def judged(graph: Json, script: Script, services: Services) -> Played:
    """Runs a graph in the order of a script and judges every step and the end."""
    _, played = scripted(graph, script, services)
    judge = Judge(graph, script, graph.get("settings", {}).get("on_failure", "continue"))
    for event in played.events:
        judge.see(event.kind, event.scope, event.node, event.data)
    _settled(judge, played)
    _ended(judge, played)
    return played


def _settled(judge: Judge, played: Played) -> None:
    """Every node of every scope and every edge is what the rules make of it."""
    view = played.result.view
    open_levels = [level for level in judge.levels.values() if not level.never_begun]
    wanted = {level.prefix + node: state for level in open_levels for node, state in level.state.items()}
    found = {key: node.status for key, node in view.nodes.items()}
    assert {key: found.get(key) for key in wanted} == wanted
    assert set(found) == set(wanted)
    late = {(event.scope, event.data["edge"]) for event in played.of("late")}
    for level in judge.levels.values():
        if level.doomed:
            continue
        for node, reason in level.reason.items():
            if level.state[node] == "skipped":
                assert view.nodes[level.prefix + node].reason == reason, level.prefix + node
        assert {(level.path, key) for key in level.late} <= late
        if not level.stopped:
            fates = {w.key: level.fate[w.index] for w in level.wires}
            shown = {key: view.edges[level.prefix + key].fate.removeprefix("dead:") for key in fates}
            assert shown == fates


def _ended(judge: Judge, played: Played) -> None:
    """The run ended with the outcome of S1, its outputs, and a word where there are none."""
    top, result = judge.top, played.result
    assert result.status == top.status()
    assert result.outputs == top.outputs()
    assert top.status() != "failed" or result.reason.startswith(f"{top.culprit()['node']}: ")
    silent = not top.outputs() and top.status() != "failed"
    assert (result.no_output is not None) == silent
    if silent:
        closer = (result.no_output or {})["closed_by"]
        assert top.state[closer] != "skipped", "who closed the way must have run"


def free_of_races(graph: Json) -> bool:
    """Whether no rule of the graph looks at the order of finishing."""
    if graph.get("settings", {}).get("on_failure", "continue") != "continue":
        return False
    for node in graph["nodes"]:
        config = node.get("config", {})
        if config.get("join", "wait_all") != "wait_all" or node["kind"] == "map":
            return False  # a map's breaker looks at failures in a row of completion (S5)
        if "body" in config and not free_of_races(config["body"]):
            return False
    return True


def same(played: Played) -> Any:
    """All that must be the same in every order of finishing."""
    view = played.result.view
    nodes = {key: (node.status, node.reason, node.outputs, node.error) for key, node in view.nodes.items()}
    return played.result.status, played.result.outputs, nodes, {key: edge.fate for key, edge in view.edges.items()}


def ends_of(graph: Json, script: Script, services: Services) -> list[Any]:
    """What it comes to, each time as the rules say; what no rule lets the order of finishing decide only once."""
    orders = (script.order, (0,), tuple(9 - place for place in script.order))
    found = [same(judged(graph, Script(script.deeds, order), services)) for order in orders]
    return [end for place, end in enumerate(found) if end not in found[:place]]


@QUICK
@given(graph=graphs(), script=scripts)
def test_a_graph_ends_as_the_rules_say_in_any_order(services: Services, graph: Json, script: Script) -> None:
    assert len(ends_of(graph, script, services)) == 1 or not free_of_races(graph)


@pytest.mark.slow
@pytest.mark.timeout(900)
@MANY
@given(graph=graphs(), script=scripts)
def test_thousands_of_graphs_end_as_the_rules_say(services: Services, graph: Json, script: Script) -> None:
    assert len(ends_of(graph, script, services)) == 1 or not free_of_races(graph)
