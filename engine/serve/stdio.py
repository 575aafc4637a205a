"""A graph as a tool on stdin and stdout, for a client that starts it; a signal or the end of stdin ends it."""

from __future__ import annotations

import asyncio
import os
import stat
import sys
from collections.abc import AsyncIterator
from typing import Any, Final, cast

from mcp.server.stdio import stdio_server

from engine.base.errors import BatonError
from engine.serve.graph import ServedGraph
from engine.serve.mcp import GraphTool
from engine.serve.signals import stopping

LINE_CAP: Final = 16 * 1024 * 1024
"""Bytes that one message may have."""


async def serve_stdio(served: ServedGraph) -> int:
    """Serves one client. Returns the exit code: 0 when it has left, 130 after a signal.

    Raises:
        BatonError: it sent a message that is too long.
    """
    server = GraphTool(served).server()
    lines = StdinLines() if _can_wait() else None
    with stopping() as stopped:
        async with stdio_server(stdin=cast("Any", lines)) as (from_client, to_client):
            serving = asyncio.create_task(server.run(from_client, to_client, server.create_initialization_options()))
            waiting = asyncio.create_task(stopped.wait())
            await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if lines is not None:
                lines.end()
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
        await served.stop()
        if lines is not None and lines.too_long:
            raise BatonError(f"The client sent a message of more than {LINE_CAP:,} bytes.", "Start it anew.")
        return 130 if stopped.is_set() else 0


class StdinLines:
    """The lines of stdin, waited for without a thread, so that the wait can be ended. `too_long` ends them too."""

    def __init__(self) -> None:
        self._reader = asyncio.StreamReader(LINE_CAP)
        self.too_long = False

    async def __aiter__(self) -> AsyncIterator[str]:
        reader, loop = self._reader, asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin.buffer)
        try:
            while line := await reader.readline():
                yield line.decode("utf-8", "replace")
        except ValueError:
            self.too_long = True
        finally:
            transport.close()

    def end(self) -> None:
        """Ends them, whatever may still come."""
        self._reader.feed_eof()


def _can_wait() -> bool:
    """Whether stdin is a pipe, a socket or a terminal; a plain file, or nothing at all, is read by a
    thread, and ends."""
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or sys.stdin.isatty()
