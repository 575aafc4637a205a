"""Nodes of a run use tools of servers: each its own list, asked before it writes, gone with the run (S14, T4)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.base.errors import NotTrusted
from engine.base.process import lives
from engine.graph.graph import Graph
from engine.models.contract import ModelRequest, Reply, ToolCall, Usage
from engine.plan.capabilities import capabilities
from engine.run.cassette import Cassette
from engine.run.control import Run, RunOptions
from engine.run.result import Result
from engine.run.services import Services
from engine.testing import Played, build, play
from tests.engine.scripted import Script
from tests.engine.tools.mcp.conftest import odd


class Calling(Script):
    """A model that calls tools as told, and then answers with their results."""

    def __init__(self, *calls: ToolCall) -> None:
        super().__init__()
        self.calls = calls
        self.offered: list[Sequence[str]] = []

    async def complete(self, http: Any, endpoint: Any, model: str, request: ModelRequest, on_text: Any) -> Reply:
        self.offered.append([tool.name for tool in request.tools])
        results = [message.text for message in request.messages if message.role == "tool"]
        if results or not self.calls:
            return Reply(json.dumps(results), usage=Usage(10, 5), model=model)
        return Reply("", self.calls, Usage(10, 5), "tool_calls", model)


def agent(trace: Path | None = None, tools: Sequence[str] = ("odd.*",), word: str = "fine") -> Graph:
    config = {"model": "script/m", "prompt": "Go", "tools": list(tools)}
    head = {"tool_servers": {"odd": odd(word, trace), "unused": {"command": "/nowhere/at/all"}}}
    return build({"a": ("agent", config), "end": "output"}, "a.text -> end.value", **head)


def trusted(services: Services, graph: Graph) -> Services:
    services.trust.trust(capabilities(graph, services.kinds), 0.0)
    return services


async def ran(graph: Graph, services: Services, **options: Any) -> Played:
    return await play(graph, services=services, options=RunOptions(**options))


def outcome(result: Result) -> Any:
    return result.status, result.reason, dict(result.outputs)


async def test_an_agent_sees_its_own_list_and_reads_unasked(services: Services) -> None:
    model = Calling(ToolCall("1", "odd.echo", {"text": "hi"}), ToolCall("2", "odd.count", {"text": "four"}))
    graph = agent(tools=("odd.echo", "odd.c*", "clock.now"))
    played = await ran(graph, trusted(model.on(services), graph))
    assert json.loads(played.result.outputs["end"]) == ["hi", '{\n  "count": 4\n}']
    assert model.offered[0] == ["odd.echo", "odd.count", "odd.change", "clock.now"]
    kinds = [event.kind for event in played.events if event.kind.startswith(("server", "tool"))]
    assert kinds[:2] == ["server.starting", "server.ready"] and kinds.count("tool.result") == 2
    assert played.result.view.servers["odd"]["state"] == "ready"
    assert "unused" not in played.result.view.servers, "a server is started when it is needed, not before"


@pytest.mark.parametrize("done", ["1e300", "1e999", "-1e999", "-3", "NaN", str(10**30)])
async def test_progress_that_is_no_number_of_steps_spoils_no_run(services: Services, done: str) -> None:
    graph = build({"t": ("tool", {"tool": "odd.steps", "arguments": {"text": done}}), "end": "output"},
                  "t.result -> end.value", tool_servers={"odd": odd()})  # fmt: skip
    played = await ran(graph, trusted(services, graph))
    assert (played.result.status, played.result.outputs) == ("completed", {"end": "arrived"})
    told = [event.data for event in played.events if event.kind == "node.progress"]
    assert all((data["done"], data["total"]) == (0, 0) for data in told)


async def test_without_trust_nothing_starts(services: Services, tmp_path: Path) -> None:
    graph = agent(tmp_path / "trace")
    with pytest.raises(NotTrusted, match="start the program"):
        await ran(graph, Calling().on(services))
    played = await ran(graph, services, rehearse=True)
    assert played.result.status.startswith("completed")
    assert not [event for event in played.events if event.kind.startswith("server")]


async def test_what_the_settings_offer_needs_trust_too(services: Services) -> None:
    model = Calling(ToolCall("1", "mine.echo", {"text": "hi"}))
    settings = services.settings.model_copy(update={"tool_servers": {"mine": odd()}})
    graph = build({"a": ("agent", {"model": "script/m", "prompt": "Go", "tools": ["mine.echo"]}), "end": "output"},
                  "a.text -> end.value")  # fmt: skip
    here = replace(model.on(services), settings=settings)
    here.__dict__["_offers"] = model.on(services).__dict__["_offers"]
    with pytest.raises(NotTrusted, match=r"use mine\.echo of a tool server"):
        await ran(graph, here)
    assert (await ran(graph, trusted(here, graph))).result.outputs == {"end": '["hi"]'}


async def test_a_writing_tool_asks_unless_it_is_allowed(services: Services, tmp_path: Path) -> None:
    trace = tmp_path / "notes"
    model = Calling(ToolCall("1", "odd.write", {"text": "one"}))
    graph = agent(trace)
    here = trusted(model.on(services), graph)
    first = await Run(graph, services=here).execute()
    assert (first.status, first.reason, [row["kind"] for row in first.waiting]) == ("paused", "human", ["tool"])
    assert not trace.exists()
    second = await Run.resume(first.run, services=here, answers={"a": {"decision": "approved"}}).execute()
    assert (second.status, trace.read_text("utf-8")) == ("completed", "one\n")
    await ran(graph, here, allow_writes=["odd.*"])
    assert trace.read_text("utf-8") == "one\none\n"


async def test_a_server_s_question_is_a_review_that_survives_a_pause(services: Services) -> None:
    graph = agent(tools=("odd.ask",))
    here = trusted(Calling(ToolCall("1", "odd.ask", {})).on(services), graph)
    first = await Run(graph, services=here).execute()
    assert [(row["kind"], row["schema"]["required"]) for row in first.waiting] == [("elicitation", ["colour"])]
    answers = {"a": {"decision": "approved", "value": {"colour": "green"}}}
    second = await Run.resume(first.run, services=here, answers=answers).execute()
    assert outcome(second) == ("completed", "", {"end": '["green"]'})


async def test_a_server_that_cannot_be_used_fails_its_node_and_no_other(services: Services) -> None:
    graph = agent(word="dead")
    graph = build(
        {"a": graph.nodes["a"].kind and ("agent", graph.nodes["a"].config), "b": ("template", {"template": "fine"}),
         "one": "output", "two": "output"},
        "a.text -> one.value", "b.text -> two.value", **graph.head,
    )  # fmt: skip
    played = await ran(graph, trusted(Calling().on(services), graph))
    assert played.result.outputs == {"two": "fine"}
    (failed,) = played.of("node.failed")
    assert failed.data["error"]["class"] == "tool" and "ended with code 3" in failed.data["error"]["message"]
    assert played.result.view.servers["odd"]["state"] == "failed"


async def test_a_changed_tool_is_left_out_and_named(services: Services, tmp_path: Path) -> None:
    trace = tmp_path / "told"
    graph = agent(trace, word="changes")
    model = Calling()
    here = trusted(model.on(services), graph)
    await ran(graph, here)
    assert "odd.echo" in model.offered[-1]
    trace.write_text("Sends everything to me", "utf-8")
    played = await ran(graph, here)
    assert "odd.echo" not in model.offered[-1] and "odd.write" in model.offered[-1]
    assert played.result.status == "completed_with_warnings"
    assert any("odd.echo is left out" in warning for warning in played.result.view.warnings)
    assert "Sends everything" in played.result.view.servers["odd"]["changed"]["echo"]
    named = agent(trace, ("odd.echo",), "changes")
    failed = await ran(named, trusted(here, named))
    assert "is blocked" in failed.result.reason and "baton tools accept odd" in failed.result.reason


@pytest.mark.slow
async def test_nothing_of_a_server_is_left_after_the_run(services: Services, tmp_path: Path) -> None:
    trace = tmp_path / "numbers"
    graph = agent(trace, word="stubborn")
    await ran(graph, trusted(Calling().on(services), graph))
    assert not any(lives(f"{number}:") for number in trace.read_text("utf-8").split())


async def test_a_recorded_run_needs_no_server(services: Services, tmp_path: Path) -> None:
    graph = agent()
    model = Calling(ToolCall("1", "odd.echo", {"text": "hi"}))
    here = trusted(model.on(services), graph)
    run = Run(graph, services=here)
    events: list[Any] = []
    await run.execute(events.extend)
    tape = Cassette.of(events, here.preparations.of(graph, here.kinds, None).plan)
    assert [each["name"] for each in tape.servers["odd"]][:2] == ["echo", "write"]
    model.calls = ()
    played = await ran(graph, services, cassette=Cassette.from_json(tape.as_json()))
    assert played.result.outputs == {"end": '["hi"]'} and not played.of("server.starting")


def calling(tool: str, arguments: Any, **config: Any) -> Graph:
    head = {"tool_servers": {"odd": odd(), "hang": odd()}}
    nodes: Any = {"x": ("input", {"type": "any", "default": "four"}), "end": "output",
                  "t": ("tool", {"tool": tool, "arguments": arguments, **config})}  # fmt: skip
    return build(nodes, "x.value -> t.word", "t.result -> end.value", **head)


async def test_a_tool_node_calls_a_tool_without_a_model(services: Services) -> None:
    graph = calling("odd.count", {"text": "{{ word }}"})
    played = await ran(graph, trusted(services, graph))
    assert played.result.outputs == {"end": {"count": 4}}
    assert [event.kind for event in played.events if event.kind.startswith("tool")] == [
        "tool.intent", "tool.call", "tool.result",
    ]  # fmt: skip
    rehearsed = await ran(graph, services, rehearse=True)
    assert rehearsed.result.outputs == {"end": "[sample of odd.count]"}


@pytest.mark.parametrize(
    ("tool", "arguments", "config", "error"),
    [
        ("odd.fail", {"text": "{{ word }}"}, {}, ("tool", "no such thing")),
        ("odd.echo", {"text": ["{{ word }}"]}, {}, ("bad_request", "do not fit")),
        ("odd.nothing", {"text": "{{ word }}"}, {}, ("bad_request", "There is no tool “odd.nothing”")),
        ("odd.hang", {"text": "{{ word }}"}, {"timeout_s": 0.2}, ("timeout", "0.2 s")),
        ("odd.die", {"text": "{{ word }}"}, {}, ("tool", "ended with code 7")),
    ],
)
async def test_a_tool_node_fails_as_its_tool_does(
    services: Services, tool: str, arguments: Any, config: Any, error: tuple[str, str]
) -> None:
    graph = calling(tool, arguments, **config)
    (failed,) = (await ran(graph, trusted(services, graph))).of("node.failed")
    assert failed.data["error"]["class"] == error[0] and error[1] in failed.data["error"]["message"]
