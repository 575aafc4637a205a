"""Random graphs that are cut off anywhere and go on: the story holds, and the end is the one that it would have had."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.files.format import graph_from_json
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.journal import StoredRun
from engine.run.past import Past
from engine.run.result import Result
from engine.run.services import Services
from tests.oracle.conductor import Act, run_idle, scripted, served
from tests.oracle.drawn import graphs, scripts
from tests.oracle.work import Script


def ordered(graph: dict[str, Any]) -> bool:
    """Whether who finishes first is a part of what the graph means: races, quorums, and whatever stops the others."""
    if graph.get("settings", {}).get("on_failure", "continue") != "continue":
        return True
    for node in graph["nodes"]:
        config = node.get("config", {})
        if node["kind"] == "map" or config.get("join", "wait_all") != "wait_all":
            return True
        if "body" in config and ordered(config["body"]):
            return True
    return False


def gone_on(graph: dict[str, Any], script: Script, services: Services, events: list[Event]) -> Result:
    """Runs on from these events."""
    act = Act(script)
    here = served(act, services)
    past = Past(StoredRun(events[0].run, "", "", 0.0, None, "interrupted", None), "", events)
    drawn = graph_from_json(graph)

    async def play() -> Result:
        run = Run(drawn, options=RunOptions(journal=False, pace=0), services=here, _before=past)
        return await run.execute()

    return run_idle(play(), lambda _: act.let_one_go())


@pytest.mark.slow
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(graphs(), scripts, st.floats(0, 1))
def test_a_graph_that_was_cut_off_goes_on(
    services: Services, graph: dict[str, Any], script: Script, share: float
) -> None:
    _, played = scripted(graph, script, services)
    end = max(1, min(int(share * len(played.events)), len(played.events) - 1))
    again = gone_on(graph, script, services, played.events[:end])  # the invariants of every run are held here too
    if not ordered(graph):
        assert again.outputs == played.result.outputs
        assert again.status == played.result.status
