"""Model servers that break off, never let anybody in, or answer with an abyss: a word that names the node (S8, T6)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from engine.base.secrets import Secrets
from engine.run.services import Services
from engine.testing import HandClock, Played, build, play

Answer = Callable[[], bytes]
STREAM = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


def piece(text: str) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, "delta": {"content": text}}]}).encode() + b"\n\n"


def whole(text: str) -> bytes:
    body = json.dumps({"choices": [{"message": {"role": "assistant", "content": text}, "finish_reason": "stop"}]})
    return f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n{body}".encode()


REFUSED = b"HTTP/1.1 429 X\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}"


@asynccontextmanager
async def server(answer: bytes) -> AsyncIterator[tuple[str, list[int]]]:
    """Answers every request with the same bytes and hangs up; gives its address and a list that grows with requests."""
    asked: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(
            int(next(line[15:] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")))
        )
        asked.append(len(head))
        writer.write(answer)
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1", asked
    listening.close()


async def ask(services: Services, url: str, **config: Any) -> tuple[Played, HandClock]:
    environ = {"OPENAI_API_KEY": "sk-test-000000", "OPENAI_BASE_URL": url}
    clock = HandClock()
    here = replace(services, clock=clock, environ=environ, secrets=Secrets(environ, keyring=lambda: None))
    asker = ("agent", {"model": "openai/m", "prompt": "Say hello", **config})
    port = "data" if "output_schema" in config else "text"
    return await play(build({"asker": asker, "end": "output"}, f"asker.{port} -> end.value"), services=here), clock


@pytest.mark.parametrize("said", [b"", piece("The answer is"), piece("The answer is")[:-9]])
async def test_a_server_that_dies_in_mid_stream_gives_no_answer(services: Services, said: bytes) -> None:
    async with server(STREAM + said) as (url, asked):
        played, _ = await ask(services, url)
    assert played.result.status == "failed"
    assert played.result.outputs == {}, "partial text is never used"
    assert (len(asked), played.result.nodes["asker"]["error"]["class"]) == (3, "transient")
    assert (played.result.reason or "").startswith("asker: ")
    if said.endswith(b"\n\n"):
        assert len(played.of("node.attempt_discarded")) >= 2, "what was shown is taken back"


async def test_a_server_that_refuses_for_ever_is_left_after_five_minutes(services: Services) -> None:
    async with server(REFUSED) as (url, asked):
        played, clock = await ask(services, url)
    assert played.result.nodes["asker"]["error"]["class"] == "rate"
    assert (played.result.reason or "").startswith("asker: ")
    assert clock.mono() <= 300, "no longer than it may wait in all"
    assert 2 < len(asked) < 100


@pytest.mark.parametrize("levels", [1_000, 100_000])
async def test_an_answer_that_is_an_abyss_does_not_fit(services: Services, levels: int) -> None:
    async with server(whole("[" * levels + "]" * levels)) as (url, asked):
        played, _ = await ask(services, url, output_schema={"type": "array"})
    assert len(asked) == 2, "it is asked again once"
    assert played.result.nodes["asker"]["error"]["class"] == "invalid_output"
    assert (played.result.reason or "").startswith("asker: ")
