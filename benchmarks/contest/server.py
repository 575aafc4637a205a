"""A server that streams like OpenAI's chat completions: after 50 ms twenty pieces of text in four bursts."""

from __future__ import annotations

import asyncio
import json
from typing import Final

LATENCY_S: Final = 0.05
BURSTS, PIECES = 4, 20
GAP_S: Final = 0.005
"""Seconds between two bursts."""
TEXT: Final = "word " * PIECES
HEAD: Final = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def _event(delta: dict[str, str], finish: str | None = None) -> bytes:
    chunk = {
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "model",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }  # fmt: skip
    return f"data: {json.dumps(chunk)}\n\n".encode()


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


USAGE: Final = b'data: {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 20, "total_tokens": 29}}\n\n'
BURST: Final = _chunk(_event({"content": "word "}) * (PIECES // BURSTS))
END: Final = _chunk(_event({}, "stop") + USAGE + b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Answering(asyncio.Protocol):
    """One connection, used again and again."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport, self.got = transport, b""

    def data_received(self, data: bytes) -> None:
        self.got += data
        head, found, body = self.got.partition(b"\r\n\r\n")
        if not found:
            return
        length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        if len(body) >= length:
            self.got = body[length:]
            asyncio.get_running_loop().call_later(LATENCY_S, self.answer, 0)

    def answer(self, burst: int) -> None:
        """Writes one burst and sees to the next."""
        if self.transport.is_closing():
            return
        self.transport.write((HEAD if not burst else b"") + BURST + (END if burst + 1 == BURSTS else b""))
        if burst + 1 < BURSTS:
            asyncio.get_running_loop().call_later(GAP_S, self.answer, burst + 1)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
