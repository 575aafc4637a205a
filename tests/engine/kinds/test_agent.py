"""The agent as a node of a run: its tools, its memory and the images that reach its prompt."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from llmock.pytest_plugin import LLMock

from engine.base.secrets import Secrets
from engine.kinds.registry import Kinds
from engine.plan.check import check
from engine.run.services import Services
from engine.testing import Played, build, play

PICTURE = {"media_type": "image/png", "data": base64.b64encode(b"\x89PNG cat").decode()}


async def run(services: Services, value: Any, type_: str = "text", **config: Any) -> Played:
    """One agent that is given `value` at `task`, with all that it gives on outputs."""
    agent = {"model": "rehearsal", "prompt": "{{ task }}", **config}
    kind = Kinds.load().ports("agent", agent)
    assert kind is not None
    gives = [port.name for port in kind.outputs if port.name != "error"]
    nodes: dict[str, Any] = {"task": ("input", {"type": type_, "default": value}), "a": ("agent", agent)}
    graph = build({**nodes, **dict.fromkeys(gives, "output")}, "task.value -> a.task",
                  *(f"a.{name} -> {name}.value" for name in gives))  # fmt: skip
    return await play(graph, services=services)


async def test_tools_are_called_and_their_results_used(services: Services) -> None:
    played = await run(services, "Compute 17*3 please.", tools=["calc.*"])
    assert played.result.status == "completed"
    [told] = played.of("tool.result")
    assert (told.data["tool"], told.data["text"], told.data["ok"]) == ("calc.evaluate", "51", True)
    assert "51" in played.result.outputs["text"]
    order = [event.kind for event in played.events if event.kind.startswith(("model.", "tool."))]
    assert order == ["model.request", "model.response", "tool.intent", "tool.call", "tool.result",
                     "model.request", "model.response"]  # fmt: skip
    usage = [event.data["usage"]["input_tokens"] for event in played.of("model.response")]
    assert played.result.nodes["a"]["usage"]["input_tokens"] == sum(usage)


@pytest.mark.parametrize(("listed", "near"), [("calc.evalute", "calc.evaluate"), ("clok.*", "clock.*")])
async def test_a_tool_that_is_not_there_is_a_problem_with_the_nearest_name(
    services: Services, listed: str, near: str
) -> None:
    graph = build({"a": ("agent", {"prompt": "x", "tools": [listed]})})
    [problem] = [found for found in check(graph, services.kinds) if found.code == "unknown_tool"]
    assert problem.severity == "error" and listed in problem.message and near in problem.fix


async def test_the_conversation_comes_in_and_goes_on(services: Services) -> None:
    before = [{"role": "user", "text": "My name is Ada."}, {"role": "assistant", "text": "Hello Ada."}]
    graph = build(
        {
            "task": ("input", {"default": "What is my name?"}),
            "said": ("input", {"type": "messages", "default": [{"role": "user", "text": "old"}, *before]}),
            "a": ("agent", {"model": "rehearsal", "instructions": "Be kind.", "history": {"last": 1}}),
            "messages": "output",
        },
        "task.value -> a.task", "said.value -> a.history", "a.messages -> messages.value",
    )  # fmt: skip
    played = await play(graph, services=services)
    [request] = played.of("model.request")
    assert [message["text"] for message in request.data["messages"]] == [
        "Be kind.", "My name is Ada.", "Hello Ada.", "What is my name?",
    ]  # fmt: skip
    rows = played.result.outputs["messages"]
    assert [row["role"] for row in rows] == ["user", "user", "assistant", "user", "assistant"]


async def test_no_history_yet_is_none_and_nonsense_is_a_type_error(services: Services) -> None:
    played = await run(services, "hi", history={})
    assert [row["role"] for row in played.result.outputs["messages"]] == ["user", "assistant"]
    graph = build({"t": ("input", {"default": "x"}), "n": ("input", {"type": "json", "default": 3}),
                   "a": ("agent", {"model": "rehearsal", "history": {}})},
                  "t.value -> a.task", "n.value -> a.history")  # fmt: skip
    error = (await play(graph, services=services)).result.nodes["a"]["error"]
    assert error["class"] == "type" and "list of messages" in error["message"]


def test_a_prompt_cannot_take_the_name_of_the_history(services: Services) -> None:
    graph = build({"a": ("agent", {"prompt": "{{ history }}", "history": {"last": 2}})})
    assert "history_name" in [problem.code for problem in check(graph, services.kinds)]
    ports = services.kinds.ports("agent", {"prompt": "{{ history }}{{ x }}", "history": {}})
    assert ports is not None and [port.name for port in ports.inputs] == ["x", "history"]


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_an_image_goes_beside_the_prompt_and_never_into_the_events_of_the_call(
    services: Services, llmock: LLMock, provider: str
) -> None:
    url = {f"{provider.upper()}_BASE_URL": llmock.base_url(provider), f"{provider.upper()}_API_KEY": "test-key-123456"}
    there = Services(services.kinds, services.home, services.settings, Secrets(url, keyring=lambda: None), environ=url)
    llmock.reply("A cat.")
    played = await run(there, PICTURE, "image", model=f"{provider}/some-model", prompt="Look: {{ task }}")
    assert played.result.outputs["text"] == "A cat."
    sent = json.dumps(llmock.last_request.body)
    assert PICTURE["data"] in sent and "Look: [image 1]" in sent
    [request] = played.of("model.request")
    assert PICTURE["data"] not in str(request.data) and request.data["messages"][0]["images"] == 1
    llmock.assert_resilient(strict=True)


async def test_an_image_that_no_model_reads_fails_the_node(services: Services) -> None:
    played = await run(services, {"media_type": "image/tiff", "data": "QUJD"}, "image")
    assert played.result.nodes["a"]["error"]["class"] == "type"


@pytest.mark.parametrize("provider", ["openai", "anthropic"])
async def test_tools_and_a_schema_work_together_on_a_strict_server(
    services: Services, llmock: LLMock, provider: str
) -> None:
    url = {f"{provider.upper()}_BASE_URL": llmock.base_url(provider), f"{provider.upper()}_API_KEY": "test-key-123456"}
    there = Services(services.kinds, services.home, services.settings, Secrets(url, keyring=lambda: None), environ=url)
    schema = {"type": "object", "properties": {"result": {"type": "number"}}, "required": ["result"],
              "additionalProperties": False}  # fmt: skip
    played = await run(there, "evaluate the expression 2+3", model=f"{provider}/some-model",
                       tools=["calc.evaluate"], output_schema=schema, max_turns=4)  # fmt: skip
    assert played.result.status == "completed", played.result.nodes["a"]
    assert isinstance(played.result.outputs["data"]["result"], int | float)
    llmock.assert_resilient(strict=True)
