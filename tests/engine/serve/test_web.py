"""The HTTP around a served graph against whoever has no token: bounded heads, in time, and no connection kept (T11)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import Message

from engine.serve import web

HEAD = b"GET /card HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    """A server whose `/card` anybody may read. Gives its port."""
    listener = web.listening(0)
    port = int(listener.getsockname()[1])
    app = web.Gatekeeper(PlainTextResponse("come in"), port=port, token="t", open_paths=["/card"])
    server = uvicorn.Server(uvicorn.Config(app, http=web.Bounded, log_level="critical"))
    task = asyncio.create_task(server._serve(sockets=[listener]))  # without its way with signals
    try:
        yield port
    finally:
        server.should_exit = True
        await task


async def told(port: int, *parts: bytes) -> bytes:
    """All that is answered before the server ends the connection."""
    reader, writer = await asyncio.open_connection(web.HOST, port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_head_without_end_is_not_read() -> None:
    async with serving() as port:
        endless = [HEAD % port, *[b"X: " + b"a" * 1000 + b"\r\n"] * 200]
        assert b"come in" in await told(port, HEAD % port + b"Connection: close\r\n\r\n")
        assert b"come in" not in await told(port, *endless, b"Connection: close\r\n\r\n")


async def test_a_head_that_does_not_come_frees_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "HEAD_S", 0.05)
    async with serving() as port:
        assert await told(port, b"GET /card HT") == b""
        assert await told(port) == b""


async def test_whoever_is_refused_keeps_no_connection() -> None:
    async with serving() as port:
        refused = HEAD.replace(b"/card", b"/mcp") % port + b"\r\n"
        answer = await told(port, refused + refused)
        assert answer.count(b"401 Unauthorized") == 1
        other = await told(port, b"GET /card HTTP/1.1\r\nHost: other.example\r\n\r\n")
        assert b"421" in other and b"come in" not in other


class Sender:
    """Sends a request without a token in parts, and notes how much was taken before it was answered.

    Args:
        parts: of its body; None is silence for ever.
    """

    def __init__(self, *parts: bytes | None) -> None:
        self._parts = list(parts)
        self.taken: list[bytes] = []
        self.status = 0

    async def ask(self) -> int:
        scope = {"type": "http", "method": "POST", "path": "/mcp", "headers": [(b"host", b"127.0.0.1:1")]}
        await web.Gatekeeper(PlainTextResponse("come in"), port=1, token="t")(scope, self._receive, self._send)
        return self.status

    async def _receive(self) -> Message:
        assert not self.status, "it reads on after its answer"
        part = self._parts.pop(0)
        if part is None:
            await asyncio.get_running_loop().create_future()
        self.taken.append(part or b"")
        return {"type": "http.request", "body": part, "more_body": bool(self._parts)}

    async def _send(self, message: Message) -> None:
        self.status = self.status or int(message.get("status", 0))


async def test_a_refused_request_is_read_out_before_its_answer_so_that_this_arrives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(web, "REFUSED_S", 0.05)
    whole, endless, silent = Sender(b"{", b"}"), Sender(*[b"a" * 40_000] * 9), Sender(b"{", None)
    assert [await each.ask() for each in (whole, endless, silent)] == [401, 401, 401]
    assert [len(each.taken) for each in (whole, endless, silent)] == [2, 2, 1]
