"""A model server in a process of its own: it starts every answer, ends none, and tells how many connections it has."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys

_PIECE = {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "word "}}]}
_EVENT = f"data: {json.dumps(_PIECE)}\n\n".encode()
ANSWER = (
    b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    + b"%x\r\n%b\r\n" % (len(_EVENT), _EVENT)
)  # fmt: skip


class Counting:
    """Counts the connections on which an answer goes on; `GET /until/N` is answered once there are N of them."""

    def __init__(self) -> None:
        self.open = self.begun = 0
        self.changed = asyncio.Condition()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split()[1].decode()
            if path.startswith("/until/"):
                await self._tell(writer, int(path.removeprefix("/until/")))
            else:
                await self._hold(reader, writer)
        writer.close()

    async def _tell(self, writer: asyncio.StreamWriter, count: int) -> None:
        async with self.changed:
            await self.changed.wait_for(lambda: self.open == count)
        body = str(self.begun).encode()
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (len(body), body))
        await writer.drain()

    async def _hold(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(ANSWER)
        await self._count(1)
        try:
            while await reader.read(65_536):
                pass  # the rest of the question; after it only the end of the connection
        finally:
            await self._count(-1)

    async def _count(self, more: int) -> None:
        async with self.changed:
            self.open, self.begun = self.open + more, self.begun + max(more, 0)
            self.changed.notify_all()


async def main() -> None:
    """Says its port and serves until it is ended."""
    counting = Counting()
    server = await asyncio.start_server(counting.serve, "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
