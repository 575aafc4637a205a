"""A remote agent that lies, floods, vanishes or leads elsewhere: a typed error in bounded time and memory (T5, T6)."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from engine.base.secrets import Secrets
from engine.run.services import Services
from tests.engine.kinds.remote.conftest import HOST, Asked, SdkAgent, error

Reply = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


@dataclass
class Liar:
    """A server that answers as each test wants it."""

    base: str = ""
    card: Any = None
    reply: Reply | None = None
    asked: list[str] = field(default_factory=list)

    def says(self, url: str = "", **changes: Any) -> dict[str, Any]:
        interface = {"url": url or f"{self.base}/rpc", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
        return {"name": "Liar", "description": "", "version": "1", "capabilities": {"streaming": True},
                "supportedInterfaces": [interface], "skills": [], **changes}  # fmt: skip

    async def answer(self, request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            card = self.says() if self.card is None else self.card
            return web.Response(**card.parts) if isinstance(card, Page) else web.json_response(card)
        body = await request.json()
        self.asked.append(body["method"])
        assert self.reply is not None
        return await self.reply(request, body)


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    made = Liar()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    server = TestServer(app)
    await server.start_server()
    made.base = f"http://{HOST}:{server.port}"
    yield made
    await server.close()


class Page:
    """What stands where a card should."""

    def __init__(self, **parts: Any) -> None:
        self.parts = parts


def task(state: str = "TASK_STATE_WORKING", number: str = "t1", **more: Any) -> dict[str, Any]:
    return {"task": {"id": number, "contextId": "c", "status": {"state": state}, **more}}


def artifact(text: str, number: str = "t1") -> dict[str, Any]:
    return {"artifactUpdate": {"taskId": number, "contextId": "c",
                               "artifact": {"artifactId": text[:9], "parts": [{"text": text}]}}}  # fmt: skip


def stream(*results: Any, raw: bytes = b"", then: Reply | None = None) -> Reply:
    """Streams events (or `raw`) to the one who sends a message; other calls are left to `then`."""

    async def reply(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if body["method"] != "SendStreamingMessage" and then is not None:
            return await then(request, body)
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        for result in results:
            line = json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": result})
            await response.write(f"data: {line}\n\n".encode())
        await response.write(raw)
        return response

    return reply


def plain(status: int = 200, body: Any = "", **kind: Any) -> Reply:
    async def reply(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.Response(status=status, body=body, **kind)

    return reply


def fault(code: int) -> Reply:
    async def reply(_request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response({"jsonrpc": "2.0", "id": body["id"], "error": {"code": code, "message": "no such"}})

    return reply


@pytest.mark.parametrize(
    ("card", "sort", "said"),
    [
        (Page(status=404), "bad_request", "answered 404"),
        (Page(status=503), "transient", "answered 503"),
        (Page(text="<html>hello</html>"), "tool", "no agent card"),
        (Page(body=b"[1]"), "tool", "no agent card"),
        (Page(body=b"[" * 100_000), "tool", "no agent card"),
        (Page(body=b" " * 2_000_000), "tool", "more than"),
        (Page(status=302, headers={"location": "http://169.254.169.254/"}), "bad_request", "169.254.169.254"),
        ({"name": "x", "supportedInterfaces": []}, "bad_request", "speaks none"),
        ({"name": "x", "supportedInterfaces": 5}, "tool", "no agent card"),
        ({"name": "x", "supportedInterfaces": [{"url": "grpc.example:1", "protocolBinding": "GRPC"}]}, "bad_request",
         "not one of the web"),
    ],
)  # fmt: skip
async def test_a_card_that_is_none(asked: Asked, liar: Liar, card: Any, sort: str, said: str) -> None:
    liar.card = card
    wrong = error(await asked(liar.base, "hello"))
    assert wrong["class"] == sort
    assert said in wrong["message"]
    assert liar.asked == []


async def test_a_card_that_leads_to_a_private_place_is_not_followed(asked: Asked, liar: Liar) -> None:
    for url, said in (("http://localhost:1/", "this machine"), ("http://169.254.169.254/rpc", "own machinery")):
        liar.card = liar.says(url)
        wrong = error(await asked(liar.base, "hello"))
        assert wrong["class"] == "bad_request"
        assert said in wrong["message"]


async def test_a_secret_goes_to_the_cards_own_server_alone(asked: Asked, liar: Liar, services: Services) -> None:
    services.__dict__["secrets"] = Secrets({"key": "hush-hush"}, keyring=lambda: None)
    liar.card = liar.says(liar.base.replace(HOST, "127.0.0.2"))
    wrong = error(await asked(liar.base, "hello", headers={"X-Key": "secret://key"}))
    assert wrong["class"] == "bad_request"
    assert "another server" in wrong["message"]
    assert liar.asked == []


@pytest.mark.parametrize(
    ("reply", "sort", "said"),
    [
        (plain(500), "transient", "answered 500"),
        (plain(401), "credentials", "answered 401"),
        (plain(302, headers={"location": "http://169.254.169.254/"}), "bad_request", "redirects"),
        (plain(body="<html>", content_type="text/html"), "tool", "protocol does not allow"),
        (plain(body=b"{" * 50_000, content_type="application/json"), "tool", "protocol does not allow"),
        (plain(body=gzip.compress(b" " * 2**27, 1), headers={"content-encoding": "gzip"}), "tool", "too long"),
        (fault(-32602), "bad_request", "refused the request"),
        (fault(-32603), "tool", "answered with an error"),
        (stream(), "tool", "without an answer"),
        (stream(raw=b"data: garbage\n\n"), "tool", "protocol does not allow"),
        (stream(raw=b"data: " + b"x" * 9_000_000), "tool", "a line is too long"),
        (stream(raw=b": ping\n\n" * 600_000), "tool", "too many lines"),
        (stream(raw=b'data: {"jsonrpc":"2.0","id":"1","result":{}}\n\n'), "tool", "says nothing"),
        (stream(raw=b'data: {"jsonrpc":"2.0","id":"1","result":7}\n\n'), "tool", "does not allow"),
        (stream(task(), artifact("mine"), artifact("other", "t2")), "tool", "another task"),
        (stream(task(""), task("TASK_STATE_COMPLETED", artifacts=[{"artifactId": "a", "parts": [
            {"text": "x" * 5_000_000}]}])), "tool", "4,194,304 bytes"),
        (stream(task(), then=fault(-32001)), "tool", "does not know its task"),
        pytest.param(stream(task(), then=plain(503)), "tool", "disappeared", marks=pytest.mark.slow),
    ],
)  # fmt: skip
async def test_an_answer_that_is_none(asked: Asked, liar: Liar, reply: Reply, sort: str, said: str) -> None:
    liar.reply = reply
    wrong = error(await asked(liar.base, "hello"))
    assert wrong["class"] == sort
    assert said in wrong["message"]


async def test_an_agent_that_says_nothing_is_given_up_after_its_idle_limit(asked: Asked, liar: Liar) -> None:
    async def silent(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        while request.transport is not None and not request.transport.is_closing():
            await asyncio.sleep(0.05)
        return response

    liar.reply = silent
    wrong = error(await asked(liar.base, "hello", idle_s=0.4))
    assert wrong["class"] == "tool"
    assert "Nobody knows whether the agent got its message" in wrong["message"]


@pytest.mark.slow
async def test_one_that_takes_back_what_it_said_for_ever_is_shown_no_more(asked: Asked, liar: Liar) -> None:
    words = [{"artifactId": "a", "parts": [{"text": word}]} for word in ["yes", "no"] * 2_000]
    flips = [{"artifactUpdate": {"taskId": "t1", "contextId": "c", "artifact": word}} for word in words]
    liar.reply = stream(task(), *flips, {"statusUpdate": {"taskId": "t1", "contextId": "c", "status": {
        "state": "TASK_STATE_COMPLETED"}}})  # fmt: skip
    played = await asked(liar.base, "hello")
    assert played.result.outputs == {"text": "no"}
    assert len(played.of("node.attempt_discarded")) <= 101


@pytest.mark.parametrize("message", ["echo hello", "stream one two"])
async def test_an_agent_of_the_older_protocol_is_understood(
    asked: Asked, liar: Liar, agent: SdkAgent, message: str
) -> None:
    said = liar.says(f"{agent.base}/rpc")
    said["supportedInterfaces"][0]["protocolVersion"] = "0.3.0"
    liar.card = said
    wanted = "echo hello" if message.startswith("echo") else "one\u2028two\u2028"
    assert (await asked(liar.base, message)).result.outputs == {"text": wanted}


@pytest.mark.slow
async def test_a_broken_stream_goes_on_where_it_was(asked: Asked, liar: Liar) -> None:
    async def later(_request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        done = task("TASK_STATE_COMPLETED", artifacts=[{"artifactId": "a", "parts": [{"text": "the whole"}]}])["task"]
        return web.json_response({"jsonrpc": "2.0", "id": body["id"], "result": done})

    part = {"artifactUpdate": {"taskId": "t1", "contextId": "c", "artifact": {
        "artifactId": "a", "parts": [{"text": "the wh"}]}}}  # fmt: skip
    liar.reply = stream(task(), part, then=later)
    played = await asked(liar.base, "hello")
    assert played.result.outputs == {"text": "the whole"}
    assert "".join(event.data["text"] for event in played.of("text")) == "the whole"
    assert liar.asked == ["SendStreamingMessage", "GetTask"]
