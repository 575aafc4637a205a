"""Connections to model servers: used again, many at once, closed when a call is cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from engine.base.errors import NodeError
from engine.models import http as clients
from engine.models.catalog import wires
from tests.engine.models.conftest import asking, endpoint
from tests.engine.models.streams import WIRES, whole

SPOKEN = wires()


@dataclass
class Kept:
    """A server that keeps its connections open and answers each request in chunks.

    Attributes:
        gate: requests are answered once so many of them are there.
        opened: connections so far; `ended` is set with the end of each.
    """

    answer: bytes
    gate: int = 1
    url: str = ""
    opened: int = 0
    asked: int = 0
    full: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    silent: bool = False

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lengths = (line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(int(next(lengths)))
                self.asked += 1
                if self.asked >= self.gate:
                    self.full.set()
                await self.full.wait()
                if self.silent:
                    await reader.read()
                    break
                writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
                writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(self.answer), self.answer))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self.ended.set()
            writer.close()


@asynccontextmanager
async def serving(kept: Kept) -> AsyncIterator[Kept]:
    server = await asyncio.start_server(kept.handle, "127.0.0.1", 0, backlog=2000)
    kept.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield kept
    finally:
        server.close()


async def call(http: httpx.AsyncClient, kept: Kept, wire: str, idle_s: float = 20.0) -> str:
    request = asking(idle_s=idle_s, connect_s=20.0)
    return (await SPOKEN[wire].complete(http, endpoint(kept.url), "m", request, lambda _: None)).text


@pytest.mark.parametrize("wire", WIRES)
async def test_calls_in_a_row_use_one_connection(http: httpx.AsyncClient, wire: str) -> None:
    async with serving(Kept(whole(wire))) as kept:
        for _ in range(200):
            assert await call(http, kept, wire) == "Hello there"
        assert (kept.asked, kept.opened) == (200, 1)
        await http.aclose()
        await asyncio.wait_for(kept.ended.wait(), 60)


@pytest.mark.slow
@pytest.mark.parametrize("wire", WIRES)
async def test_hundreds_of_calls_are_out_at_once(http: httpx.AsyncClient, wire: str) -> None:
    async with serving(Kept(whole(wire), gate=300)) as kept:
        texts = await asyncio.gather(*(call(http, kept, wire) for _ in range(300)))
        assert texts == ["Hello there"] * 300 and kept.opened == 300
        again = await asyncio.gather(*(call(http, kept, wire) for _ in range(50)))
        assert again == ["Hello there"] * 50 and kept.opened == 300
        await http.aclose()


@pytest.mark.parametrize("wire", WIRES)
async def test_a_call_that_is_cancelled_before_its_answer_closes_its_connection(
    http: httpx.AsyncClient, wire: str
) -> None:
    async with serving(Kept(b"", silent=True)) as kept:
        task = asyncio.create_task(call(http, kept, wire))
        await asyncio.wait_for(kept.full.wait(), 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(kept.ended.wait(), 60)


@pytest.mark.parametrize("wire", WIRES)
async def test_a_call_that_gives_up_closes_its_connection(http: httpx.AsyncClient, wire: str) -> None:
    async with serving(Kept(b"", silent=True)) as kept:
        with pytest.raises(NodeError) as caught:
            await call(http, kept, wire, idle_s=0.2)
        assert caught.value.error_class == "timeout"
        await asyncio.wait_for(kept.ended.wait(), 60)


def test_as_many_files_may_be_open_as_the_system_lets_us() -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, before[0]), before[1]))
        clients.allow_files()
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = clients.FILES if hard == resource.RLIM_INFINITY else min(clients.FILES, hard)
        assert (soft, hard) == (wanted, before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
