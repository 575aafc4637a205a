"""The ladder of attempts against a real server that fails as told, on a clock that the test owns (S8)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from engine.base.errors import NodeError
from engine.base.secrets import Secrets
from engine.models.contract import Endpoint, ModelRequest, OnText, Reply, Usage
from engine.run.control import RunOptions
from engine.run.services import Services
from engine.testing import HandClock, Played, build, play
from tests.engine.run.test_resume import ITEM
from tests.engine.scripted import Script as Answers

HALF = ("text", "node.attempt_discarded", "node.retry", "node.fallback")


@dataclass
class Script:
    """An OpenAI-compatible server: for each model, what it answers in turn; the last answer repeats."""

    answers: dict[str, list[tuple[int, str, dict[str, str]]]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def says(self, model: str, *answers: str | int, **headers: str) -> None:
        """Texts are answered as they are, numbers as an HTTP error of that status."""
        turns = [(200, a, {}) if isinstance(a, str) else (a, "", headers) for a in answers]
        self.answers[model] = turns

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(next(line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")))
        model = json.loads(await reader.readexactly(length))["model"]
        self.asked.append(model)
        turns = self.answers[model]
        status, text, headers = turns.pop(0) if len(turns) > 1 else turns[0]
        writer.write(_response(status, text, headers))
        await writer.drain()
        writer.close()


def _response(status: int, text: str, headers: dict[str, str]) -> bytes:
    if status == 200:
        message = {"role": "assistant", "content": text}
        usage = {"prompt_tokens": 10, "completion_tokens": 5}
        body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}).encode()
    else:
        body = b'{"error": {"message": "told to fail"}}'
    more = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    lines = [f"HTTP/1.1 {status} X", "content-type: application/json", f"content-length: {len(body)}",
             "connection: close", *more]  # fmt: skip
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
async def script() -> AsyncIterator[Script]:
    found = Script()
    server = await asyncio.start_server(found.handle, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    yield found
    server.close()


async def ask(services: Services, script: Script, **config: object) -> tuple[Played, HandClock]:
    """Runs one agent on the model `m` against the server."""
    environ = {"OPENAI_API_KEY": "sk-test-000000", "OPENAI_BASE_URL": script.url}
    clock = HandClock()
    here = replace(services, clock=clock, environ=environ, secrets=Secrets(environ, keyring=lambda: None))
    graph = build({"a": ("agent", {"model": "openai/m", "prompt": "Say hello", **config}), "end": "output"},
                  "a.text -> end.value")  # fmt: skip
    return await play(graph, services=here), clock


async def test_a_server_error_is_tried_again_and_every_try_counts(services: Services, script: Script) -> None:
    script.says("m", 500, 503, "hello")
    played, clock = await ask(services, script)
    assert played.result.outputs == {"end": "hello"}
    assert played.result.nodes["a"]["attempts"] == 3
    retries = [event.data for event in played.of("node.retry")]
    assert [each["class"] for each in retries] == ["transient", "transient"]
    assert 0 <= retries[0]["wait_s"] <= 2
    assert 0 <= retries[1]["wait_s"] <= 4
    assert clock.mono() == pytest.approx(sum(each["wait_s"] for each in retries)), "it waited so long, and no longer"


async def test_attempts_end_at_their_number(services: Services, script: Script) -> None:
    script.says("m", 500)
    played, _ = await ask(services, script, retry={"attempts": 2})
    assert script.asked == ["m", "m"]
    assert played.result.nodes["a"]["error"]["class"] == "transient"
    assert played.result.nodes["a"]["error"]["attempts"] == 2


@pytest.mark.parametrize(("status", "error_class"), [(401, "credentials"), (403, "credentials"), (404, "bad_request"),
                                                     (400, "bad_request")])  # fmt: skip
async def test_what_will_not_get_better_is_not_tried_again(
    services: Services, script: Script, status: int, error_class: str
) -> None:
    script.says("m", status, "too late")
    played, _ = await ask(services, script)
    assert script.asked == ["m"]
    assert played.result.nodes["a"]["error"]["class"] == error_class
    assert "sk-test" not in str(played.events)


async def test_a_rate_limit_is_waited_for_and_is_no_attempt(services: Services, script: Script) -> None:
    script.says("m", 429, 429, "hello", retry_after="7")
    played, clock = await ask(services, script, retry={"attempts": 1})
    assert played.result.outputs == {"end": "hello"}
    assert played.result.nodes["a"]["attempts"] == 1
    assert [event.data["wait_s"] for event in played.of("rate.wait")] == [7.0, 7.0]
    assert clock.mono() == pytest.approx(14.0)


async def test_rate_limits_take_nothing_from_the_attempts_that_are_left(services: Services, script: Script) -> None:
    script.answers["m"] = [(429, "", {"retry_after": "7"})] * 2 + [(500, "", {}), (200, "hello", {})]
    played, _ = await ask(services, script, retry={"attempts": 2})
    assert played.result.outputs == {"end": "hello"}
    assert played.result.nodes["a"]["attempts"] == 2


async def test_a_rate_limit_that_never_ends_fails_as_rate(services: Services, script: Script) -> None:
    script.says("m", 429, retry_after="100")
    played, clock = await ask(services, script)
    assert played.result.nodes["a"]["error"]["class"] == "rate"
    assert clock.mono() == pytest.approx(300.0), "three times a hundred seconds, and not a fourth"


class Stuttering(Answers):
    """Says half of something on the model `m`, and breaks off."""

    async def complete(
        self, http: Any, endpoint: Endpoint, model: str, request: ModelRequest, on_text: OnText
    ) -> Reply:
        if model == "m":
            on_text("half of")
            raise NodeError("transient", "It was cut off.")
        return Reply("all of it", usage=Usage(1, 1))


async def test_half_an_answer_is_taken_back_before_anybody_else_is_asked(services: Services) -> None:
    config = {"model": "script/m", "prompt": "x", "fallback": ["script/n"], "retry": {"attempts": 2}}
    here = Stuttering().on(replace(services, clock=HandClock()))
    played = await play(build({"a": ("agent", config)}), services=here, options=RunOptions(journal=False))
    told = [event.kind for event in played.events if event.kind in HALF]
    assert told == ["text", "node.attempt_discarded", "node.retry", "text", "node.attempt_discarded", "node.fallback"]
    assert played.result.nodes["a"]["attempts"] == 3


class Telling(Answers):
    """Says a secret piece by piece, and something that begins like one."""

    async def complete(
        self, http: Any, endpoint: Endpoint, model: str, request: ModelRequest, on_text: OnText
    ) -> Reply:
        for piece in ("it is sk-se", "cret-1234", "56, not", " sk-s"):
            on_text(piece)
        return Reply("done", usage=Usage(1, 1))


async def test_a_secret_that_comes_in_pieces_is_hidden_and_the_rest_comes_whole(services: Services) -> None:
    services.secrets.redactor.add("sk-secret-123456")
    graph = build({"a": ("agent", {"model": "script/m", "prompt": "x"})})
    played = await play(graph, services=Telling().on(services), options=RunOptions(journal=False))
    assert "".join(event.data["text"] for event in played.of("text")) == "it is ***, not sk-s"


CUT = NodeError("transient", "It was cut off.")


@pytest.mark.parametrize(
    ("answers", "status", "tries"),
    [([CUT, "a draft", "polished"], "ok", 2), ([CUT, "a draft", NodeError("refused", "No.")], "failed", 2),
     ([CUT], "failed", 3)],
)  # fmt: skip
async def test_an_item_tells_the_most_tries_that_a_node_of_it_needed(
    services: Services, answers: list[str | NodeError], status: str, tries: int
) -> None:
    model = Answers()
    model.says("m", *answers)
    given = ("input", {"type": "list", "default": ["tea"]})
    graph = build({"list": given, "m": ("map", {"body": ITEM, "max_failures": 1}), "end": "output"},
                  "list.value -> m.items", "m.results -> end.value")  # fmt: skip
    played = await play(graph, services=model.on(replace(services, clock=HandClock())))
    [record] = played.result.outputs["end"]
    assert (record["status"], record["attempts"]) == (status, tries)


async def test_an_answer_that_ends_at_the_limit_of_tokens_is_marked(services: Services) -> None:
    model = Answers()
    model.says("m", Reply("half of it", finish="length"))
    graph = build({"a": ("agent", {"model": "script/m", "prompt": "x"}), "end": "output"}, "a.text -> end.value")
    result = (await play(graph, services=model.on(services))).result
    assert (result.status, result.outputs) == ("completed_with_warnings", {"end": "half of it"})
    assert "cut off at the limit of tokens" in str(result.nodes["a"]["degraded"])


async def test_each_fallback_gets_its_own_attempts(services: Services, script: Script) -> None:
    script.says("m", 500)
    script.says("second", 500)
    script.says("third", "hello")
    played, _ = await ask(services, script, fallback=["openai/second", "openai/third"], retry={"attempts": 2})
    assert script.asked == ["m", "m", "second", "second", "third"]
    assert played.result.outputs == {"end": "hello"}
    assert played.result.nodes["a"]["attempts"] == 5
    assert len(played.of("node.fallback")) == 2


SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


async def test_output_that_does_not_fit_is_asked_again_once(services: Services, script: Script) -> None:
    script.says("m", "no JSON at all", '{"n": 3}')
    played, _ = await ask(services, script, output_schema=SCHEMA)
    assert script.asked == ["m", "m"]
    assert played.result.nodes["a"]["status"] == "ok"
    assert played.result.view.nodes["a"].outputs["data"] == {"n": 3}


async def test_output_that_never_fits_falls_back_and_then_fails(services: Services, script: Script) -> None:
    script.says("m", '{"n": "three"}')
    script.says("second", "[]")
    played, _ = await ask(services, script, output_schema=SCHEMA, fallback=["openai/second"])
    assert script.asked == ["m", "m", "second", "second"]
    assert played.result.nodes["a"]["error"]["class"] == "invalid_output"


async def test_every_paid_attempt_counts(services: Services, script: Script) -> None:
    script.says("m", "nothing", '{"n": 1}')
    played, _ = await ask(services, script, output_schema=SCHEMA)
    assert played.result.as_json()["usage"] == {"input_tokens": 20, "output_tokens": 10}
    assert played.result.cost_usd is None, "an unknown price is unknown, never 0"
