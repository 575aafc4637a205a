"""Both wires against a strict, scripted server that others wrote: its verdict passes and every fault is typed."""

import json
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from jsonschema import validate
from llmock.pytest_plugin import LLMock

from engine.base.errors import NodeError
from engine.models.catalog import wires
from engine.models.contract import Endpoint, Image, Message, ModelRequest, Reply, ToolCall, ToolSpec
from tests.engine.models.conftest import asking

WEATHER = ToolSpec(
    "weather.get", "The weather of a city", {"properties": {"city": {"type": "string"}}, "required": ["city"]}
)
SCHEMA = {
    "type": "object",
    "properties": {"route": {"enum": ["a", "b"]}, "confidence": {"type": "number"}},
    "required": ["route", "confidence"],
    "additionalProperties": False,
}
WIRES = {"openai_chat": "openai", "anthropic": "anthropic"}


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def there(wire: str, llmock: LLMock) -> Iterator[Endpoint]:
    provider = WIRES[wire]
    yield Endpoint(provider, llmock.base_url(provider), "test-key-123", title=provider.title(), key_env="A_KEY")


async def call(http: httpx.AsyncClient, wire: str, there: Endpoint, request: ModelRequest) -> tuple[Reply, list[str]]:
    heard: list[str] = []
    reply = await wires()[wire].complete(http, there, "some-model", request, heard.append)
    return reply, heard


async def fault(http: httpx.AsyncClient, wire: str, there: Endpoint, idle_s: float = 60) -> NodeError:
    with pytest.raises(NodeError) as caught:
        await call(http, wire, there, asking(idle_s=idle_s))
    return caught.value


async def test_text_streams_and_is_counted(http: httpx.AsyncClient, wire: str, there: Endpoint, llmock: LLMock) -> None:
    llmock.reply("Hello there, good friend.")
    reply, heard = await call(http, wire, there, asking(temperature=0.2, max_tokens=50))
    assert reply.text == "".join(heard) == "Hello there, good friend."
    assert heard  # how many pieces is up to the network
    assert (reply.finish, reply.model) == ("stop", "some-model")
    assert reply.usage.input_tokens > 0 < reply.usage.output_tokens and not reply.usage.estimated
    body = llmock.last_request.body
    assert (body["temperature"], body["max_tokens"], body["stream"]) == (0.2, 50, True)
    llmock.assert_resilient(strict=True)


async def test_tools_go_there_and_back(http: httpx.AsyncClient, wire: str, there: Endpoint, llmock: LLMock) -> None:
    request = asking("What is the weather in Paris?", tools=(WEATHER,))
    reply, _ = await call(http, wire, there, request)
    assert reply.finish == "tool_calls"
    [asked] = reply.tool_calls
    assert asked.name == "weather.get" and set(asked.arguments) == {"city"}
    turn = (Message("assistant", tool_calls=(asked,)), Message("tool", "21 degrees", tool_call_id=asked.id))
    after, _ = await call(http, wire, there, replace(request, messages=request.messages + turn))
    assert after.finish == "stop" and after.text
    assert "weather_get" in json.dumps(llmock.last_request.body)
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize("schema", [SCHEMA, {"type": "array", "items": {"type": "integer"}}])
async def test_a_schema_is_held_to(
    http: httpx.AsyncClient, wire: str, there: Endpoint, llmock: LLMock, schema: dict[str, object]
) -> None:
    reply, heard = await call(http, wire, there, asking(output_schema=schema))
    validate(json.loads(reply.text), schema)
    assert reply.tool_calls == () and reply.finish == "stop" and heard
    llmock.assert_resilient(strict=True)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "bad_request"), (401, "credentials"), (403, "credentials"), (404, "bad_request"), (422, "bad_request"),
     (408, "transient"), (500, "transient"), (503, "transient"), (529, "transient")],
)  # fmt: skip
async def test_a_status_has_its_class(
    http: httpx.AsyncClient, wire: str, there: Endpoint, llmock: LLMock, status: int, kind: str
) -> None:
    llmock.fail(status)
    error = await fault(http, wire, there)
    assert error.error_class == kind
    assert there.title in error.message and error.hint
    assert there.key not in str(error)
    assert len(llmock.requests) == 1  # one attempt: retries are the run's


async def test_a_rate_limit_says_how_long(http: httpx.AsyncClient, wire: str, there: Endpoint, llmock: LLMock) -> None:
    llmock.rate_limit(retry_after=2.0)
    error = await fault(http, wire, there)
    assert (error.error_class, error.retry_after) == ("rate", 2.0)


async def test_a_long_prompt_is_told_apart(http: httpx.AsyncClient, wire: str, there: Endpoint, llmock: LLMock) -> None:
    llmock.limits(context_window=3)
    with pytest.raises(NodeError) as caught:
        await call(http, wire, there, asking("word " * 50))
    assert caught.value.error_class == "context"


async def test_rate_headers_are_kept(http: httpx.AsyncClient, wire: str, there: Endpoint, llmock: LLMock) -> None:
    llmock.limits(rpm=100, tpm=100_000)
    reply, _ = await call(http, wire, there, asking())
    assert reply.headers and all("ratelimit" in name for name in reply.headers)


async def test_half_an_answer_is_no_answer(http: httpx.AsyncClient, wire: str, there: Endpoint, llmock: LLMock) -> None:
    for after in (1, 3):
        llmock.reply("one two three four five six")
        llmock.truncate(after_chunks=after)
        error = await fault(http, wire, there)
        assert error.error_class == "transient" and "cut off" in error.message
    llmock.reset().disconnect(after_chunks=2)
    assert (await fault(http, wire, there)).error_class == "transient"
    llmock.reset().corrupt(after_chunks=2)
    assert (await fault(http, wire, there)).error_class == "transient"


async def test_silence_has_a_limit(http: httpx.AsyncClient, wire: str, there: Endpoint, llmock: LLMock) -> None:
    llmock.stall(after_chunks=2, seconds=20)
    assert (await fault(http, wire, there, idle_s=0.3)).error_class == "timeout"


async def test_arguments_that_are_not_json(http: httpx.AsyncClient, wire: str, there: Endpoint, llmock: LLMock) -> None:
    llmock.break_tool_call("malformed_arguments")
    reply, _ = await call(http, wire, there, asking("weather in Paris", tools=(WEATHER,)))
    [asked] = reply.tool_calls  # the model is told of it, rather than the node failed
    assert asked.broken and asked.arguments == {}


async def test_models_are_listed(http: httpx.AsyncClient, wire: str, there: Endpoint) -> None:
    assert len(await wires()[wire].list_models(http, there)) > 3


async def test_many_turns_alternate_for_anthropic(http: httpx.AsyncClient, llmock: LLMock) -> None:
    calls = (ToolCall("c1", "a.b", {}), ToolCall("c2", "a.b", {"x": 1}))
    messages = (
        Message("system", "Be brief."), Message("assistant", "Hi"), Message("user", ""),
        Message("assistant", "", tool_calls=calls),
        Message("tool", "one", tool_call_id="c1"),
        Message("tool", "", images=(Image("image/png", "iVBORw0KGgo="),), tool_call_id="c2"), Message("user", "go on"),
    )  # fmt: skip
    there = Endpoint("anthropic", llmock.base_url("anthropic"), "test-key-123")
    await call(http, "anthropic", there, ModelRequest(messages))
    body = llmock.last_request.body
    assert body["system"] == "Be brief." and body["max_tokens"] > 0
    assert [turn["role"] for turn in body["messages"]] == ["user", "assistant", "user", "assistant", "user"]
    blocks = body["messages"][-1]["content"]
    assert [block["type"] for block in blocks] == ["tool_result", "tool_result", "text"]
    assert [part["type"] for part in blocks[1]["content"]] == ["text", "image"], "what a tool drew is shown"
