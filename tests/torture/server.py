"""A server that streams as OpenAI's chat completions do and counts each prompt that reaches it: what is billed."""

from __future__ import annotations

import asyncio
import json
import random
import socket
import threading
from collections import Counter
from contextlib import suppress
from typing import Any, Final, Self

from tests.torture.work import answer, prompt

LONGEST_S: Final = 0.012
"""Most seconds before an answer begins, and again before its second half."""
HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
LAST: Final = b"last\r\n\r\n"
"""What `Server.rest` sends and gets back."""
POST: Final = "POST"
"""What a write counts as."""


class Server:
    """Answers on a thread of its own, in any number of connections.

    Attributes:
        asked: how often each prompt has arrived; the write is counted under `POST`.
    """

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.port = 0
        self._open = 0
        self._quiet = threading.Condition()
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._work, name="server", daemon=True)
        self._chance = random.Random(1)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def rest(self) -> Counter[str]:
        """Waits until nobody is connected any more, so that all that was sent has been counted; then starts anew.

        What a killed process has sent may still wait to be accepted: a connection of our own stands behind it.

        Returns:
            what has arrived since the last time.
        """
        with socket.create_connection(("127.0.0.1", self.port), 30) as last:
            last.sendall(LAST)
            assert last.recv(1) == LAST[:1], "the server does not answer"
        with self._quiet:
            assert self._quiet.wait_for(lambda: self._open == 0, 30), "a connection stays open after its process ended"
            found, self.asked = self.asked, Counter()
        return found

    def _work(self) -> None:
        async def start() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=512)
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()

        self._loop.create_task(start())
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with self._quiet:
            self._open += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                while True:
                    await self._one(reader, writer)
        finally:
            writer.close()
            with self._quiet:
                self._open -= 1
                self._quiet.notify_all()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        if head.encode() == LAST:
            writer.write(LAST)
            return
        length = next(int(line[15:]) for line in head.split("\r\n") if line.startswith("content-length:"))
        body = await reader.readexactly(length)
        if head.startswith("post /post "):
            self.asked[POST] += 1
            await self._wait()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\ntaken")
            await writer.drain()
            return
        asked = json.loads(body)
        self.asked[prompt(asked)] += 1
        await self._stream(writer, answer(asked))

    async def _stream(self, writer: asyncio.StreamWriter, said: dict[str, Any]) -> None:
        await self._wait()
        text = said.pop("content", "")
        middle = len(text) // 2
        writer.write(HEAD + _chunk({"role": "assistant", "content": text[:middle]}))
        await writer.drain()
        await self._wait()
        finish = "tool_calls" if said else "stop"
        usage = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}}
        writer.write(_chunk({"content": text[middle:], **said}) + _chunk({}, finish))
        writer.write(_framed(b"data: %b\n\ndata: [DONE]\n\n" % json.dumps(usage).encode()) + b"0\r\n\r\n")
        await writer.drain()

    async def _wait(self) -> None:
        await asyncio.sleep(self._chance.random() * LONGEST_S)


def _chunk(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choices = [{"index": 0, "delta": delta, "finish_reason": finish}]
    data = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
    return _framed(b"data: %b\n\n" % json.dumps(data).encode())


def _framed(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)
