"""A swarm plans its sub-tasks, gives each to a fresh sub-agent, and makes one text of what they found (S7)."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from engine.base.errors import NodeError
from engine.graph.graph import Graph
from engine.models.contract import ModelRequest, Reply, ToolCall, Usage
from engine.run.services import Services
from engine.testing import build, play
from tests.engine.run.test_resume import cut, ran, resumed
from tests.engine.teams import Cast


def plan(*briefs: str) -> str:
    return json.dumps({"tasks": [{"title": f"t {brief}", "brief": brief} for brief in briefs]})


def swarm(worker: dict[str, Any] | None = None, **config: Any) -> Graph:
    lead = {"model": "lead", "swarm": True, "worker": {"model": "hand", **(worker or {})}, **config}
    return build(
        {"task": ("input", {"default": "All of it."}), "lead": ("manager", {**lead, "retry": {"attempts": 1}}),
         "out": "output", "all": "output"},
        "task.value -> lead.task", "lead.text -> out.value", "lead.results -> all.value",
    )  # fmt: skip


def did(request: ModelRequest) -> str:
    return f"did {request.messages[-1].text}"


async def test_sub_tasks_are_planned_worked_on_and_merged(services: Services) -> None:
    cast = Cast(services, lead=[plan("a", "b", "a", "c"), "One text."], hand=did)
    played = await play(swarm({"instructions": "Be quick."}, width=2), services=cast.serve(services))
    assert played.result.outputs["out"] == "One text."
    records = played.result.outputs["all"]
    assert [(record["brief"], record["result"]) for record in records] == [(x, f"did {x}") for x in "abc"]
    schema = cast.of("lead")[0].output_schema
    assert schema is not None and schema["properties"]["tasks"]["maxItems"] == 20
    assert all("All of it." not in str(request) and "Be quick." in str(request) for request in cast.of("hand"))
    assert "did b" in cast.of("lead")[1].messages[-1].text
    assert [child.title for child in played.result.view.children("lead")] == ["t a", "t b", "t c"]
    assert "worker" not in played.result.nodes


@pytest.mark.parametrize(("allowed", "status"), [(1, "completed_with_warnings"), (0, "failed")])
async def test_some_may_fail_and_the_result_says_what_is_missing(services: Services, allowed: int, status: str) -> None:
    def some(request: ModelRequest) -> Any:
        return NodeError("bad_request", "no") if request.messages[-1].text == "b" else did(request)

    cast = Cast(services, lead=plan("a", "b", "c", "d"), hand=some)
    played = await play(swarm(merge="list", width=1, max_failures=allowed), services=cast.serve(services))
    assert played.result.status == status
    if allowed:
        assert played.result.outputs["out"] == "## t a\n\ndid a\n\n## t c\n\ndid c\n\n## t d\n\ndid d"
        assert played.result.outputs["all"][1]["status"] == "failed"
    else:
        assert len(cast.of("hand")) == 2, "what had not begun was not begun"


async def test_a_swarm_goes_on_where_it_was_killed(services: Services) -> None:
    briefs = [f"task {number}" for number in range(6)]
    whole, events = await ran(swarm(width=2), Cast(services, lead=[plan(*briefs), "Whole."], hand=did).serve(services))
    [*_, third] = [event for event in events if event.kind == "delegation.finished"][:3]
    cut(services, whole.run, events[: third.seq])
    cast = Cast(services, lead=["Whole."], hand=did)
    again = await resumed(whole.run, cast.serve(services))
    assert again.outputs == whole.outputs
    assert len(cast.of("lead")) == 1 and len(cast.of("hand")) <= 3


@pytest.mark.slow
async def test_a_hundred_sub_agents_make_fifteen_hundred_calls(services: Services) -> None:
    def hand(request: ModelRequest) -> Reply | str:
        turns = sum(message.role == "assistant" for message in request.messages)
        if turns == 3:
            return did(request)
        calls = (ToolCall(f"c{n}", "calc.evaluate", {"expression": f"{turns * 5 + n} + 1"}) for n in range(5))
        return Reply("", tuple(calls), Usage(1, 1), "tool_calls")

    briefs = [f"task {number}" for number in range(100)]
    cast = Cast(services, lead=[plan(*briefs), "Whole."], hand=hand)
    graph = swarm({"tools": ["calc.*"]}, width=100, max_tasks=100, merge="list")
    played = await play(graph, services=cast.serve(services))
    kinds = Counter(event.kind for event in played.events)
    assert kinds["tool.result"] == 1500 and kinds["delegation.finished"] == 100
    assert all(child.status == "ok" for child in played.result.view.children("lead"))
    assert played.result.status == "completed"
