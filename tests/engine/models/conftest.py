"""What tests of models share: a real server that sends exactly the bytes it is told, and requests to send to it."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from engine.models.contract import Endpoint, Message, ModelRequest
from engine.models.http import Certificates, open_client

Serve = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class RawServer:
    """Answers every request by `serve`, with its bytes and pauses; keeps what it was asked."""

    serve: Serve
    url: str = ""
    requests: list[bytes] = field(default_factory=list)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(
                (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"), 0
            )
            self.requests.append(head + await reader.readexactly(length))
            await self.serve(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def raw_server(serve: Serve | bytes) -> AsyncIterator[RawServer]:
    """A server on a free port of this machine."""

    async def send(writer: asyncio.StreamWriter) -> None:
        assert isinstance(serve, bytes)
        writer.write(serve)

    raw = RawServer(send if isinstance(serve, bytes) else serve)
    server = await asyncio.start_server(raw.handle, "127.0.0.1", 0)
    raw.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield raw
    finally:
        server.close()


def response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """A whole HTTP response that ends with its connection."""
    lines = [f"HTTP/1.1 {status}", "content-type: text/event-stream", "connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def asking(text: str = "Say hello", **more: object) -> ModelRequest:
    """A request with one message and short limits."""
    limits: dict[str, object] = {"idle_s": 5.0, "connect_s": 5.0}
    return ModelRequest((Message("user", text),), **{**limits, **more})  # type: ignore[arg-type]  # fields by name


def endpoint(url: str, key: str = "sk-test-canary-123456") -> Endpoint:
    """How to reach a test's server."""
    return Endpoint("openai", url, key, title="OpenAI", key_env="OPENAI_API_KEY")


@pytest.fixture(scope="session")
def certificates() -> ssl.SSLContext:
    """Those of a run, read once: that takes longer than most tests that need them."""
    return Certificates().context


@pytest.fixture
async def http(certificates: ssl.SSLContext) -> AsyncIterator[httpx.AsyncClient]:
    """A client as runs use it."""
    async with open_client({}, certificates) as client:
        yield client
