"""The two ways to a server, both bounded: a process of its own under a supervisor, or HTTP. Imported late."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import anyio
import httpx2
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.message import SessionMessage
from mcp_types import jsonrpc_message_adapter

from engine.base import supervisor
from engine.tools.mcp.description import Description, filled
from engine.tools.mcp.faults import Tail

LINE_BYTES: Final = 16 * 1024 * 1024
"""Bytes of one message of a server."""
STRAY_LINES: Final = 1_000
"""Lines on a server's stdout that are no messages, before it counts as broken."""
ENDING_S: Final = 1.0
"""Seconds that a server may take to end by itself, and again after it was asked to."""
_EMPTY_LINE: Final = re.compile(rb"\r\n\r\n|\n\n|\r\r")
_CHUNK: Final = 256 * 1024
_PASSED: Final = (
    "HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR",
    "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS", "XDG_CACHE_HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME",
    "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "PATHEXT", "TEMP",
)  # fmt: skip
"""What of our environment a server sees beside its own `env`. No keys: those are for whom they are named."""
_SCRIPT: Final = str(Path(supervisor.__file__).resolve())

Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]


@asynccontextmanager
async def channel(
    server: Description, secrets: Mapping[str, str], log: Tail, broke: Callable[[str], None]
) -> AsyncIterator[Any]:
    """An open channel, as the SDK's client wants it: what it reads from, and what it writes to.

    Args:
        secrets: the values of those that the server names.
        log: gets what the server writes on stderr.
        broke: told why the channel cannot be used any more, when the server is to blame.

    Raises:
        OSError: the process cannot be started.
    """
    if server.url:
        headers = {name: filled(text, secrets) for name, text in server.headers.items()}
        timeout = httpx2.Timeout(30.0, read=None)  # how long a call may take is its caller's to say
        client = httpx2.AsyncClient(
            headers={**headers, "Accept-Encoding": "identity"}, timeout=timeout, transport=_Bounded(broke)
        )  # fmt: skip
        url = filled(server.url, secrets)
        if server.sse:
            async with sse_client(url, httpx_client_factory=lambda *_, **__: client) as streams:
                yield streams
            return
        async with client, streamable_http_client(url, http_client=client, max_sse_event_size=LINE_BYTES) as streams:
            yield streams
    else:
        async with _process(server, secrets, log, broke) as streams:
            yield streams


@asynccontextmanager
async def _process(
    server: Description, secrets: Mapping[str, str], log: Tail, broke: Callable[[str], None]
) -> AsyncIterator[Streams]:
    lifeline, held = os.pipe()
    try:
        process = await _started(server, secrets, lifeline)
    except BaseException:
        os.close(held)
        raise
    finally:
        os.close(lifeline)
    into, incoming = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    outgoing, out = anyio.create_memory_object_stream[SessionMessage](0)
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_read, process, into, log, broke)
            tasks.start_soon(_write, process, out, into)
            tasks.start_soon(_listen, process, log)
            try:
                yield incoming, outgoing
            finally:
                tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await _end(process, held)
        for stream in (into, incoming, outgoing, out):
            stream.close()


async def _started(server: Description, secrets: Mapping[str, str], lifeline: int) -> asyncio.subprocess.Process:
    environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
    environment |= {name: filled(text, secrets) for name, text in server.env.items()}
    command = [server.command, *(filled(text, secrets) for text in server.args)]
    return await asyncio.create_subprocess_exec(
        sys.executable, "-I", "-S", "-B", _SCRIPT, str(lifeline), str(ENDING_S), *command,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        cwd=server.cwd or None, env=environment, limit=_CHUNK, pass_fds=(lifeline,), start_new_session=True,
    )  # fmt: skip


async def _read(
    process: asyncio.subprocess.Process,
    into: MemoryObjectSendStream[SessionMessage | Exception],
    log: Tail,
    broke: Callable[[str], None],
) -> None:
    """Takes the server's messages, a line each, until it ends or sends what no server sends."""
    assert process.stdout is not None
    parts: list[bytes] = []
    size = stray = 0
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, ConnectionError), into:
        while chunk := await process.stdout.read(_CHUNK):
            *whole, rest = chunk.split(b"\n")
            for line in whole:
                message = _message(b"".join((*parts, line)))
                parts, size = [], 0
                if isinstance(message, SessionMessage):
                    await into.send(message)
                elif message:
                    stray += 1
                    log.add(f"[stdout] {message}\n")
            parts.append(rest)
            size += len(rest)
            if size > LINE_BYTES:
                return broke(f"sent more than {LINE_BYTES // 2**20} MB in one message")
            if stray > STRAY_LINES:
                return broke("sends what are no messages")
        broke(await _ending(process))
    return None


async def _ending(process: asyncio.subprocess.Process) -> str:
    """How a server ended that has closed its stdout."""
    try:
        async with asyncio.timeout(ENDING_S):
            code = await process.wait()
    except TimeoutError:
        return "closed its output"
    return f"ended with code {code}" if code else "ended"


def _message(line: bytes) -> SessionMessage | str:
    """The message in a line; else the line's beginning, "" for an empty one."""
    try:
        return SessionMessage(jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError:
        return line[:500].decode("utf-8", "replace").strip()


async def _write(
    process: asyncio.subprocess.Process,
    out: MemoryObjectReceiveStream[SessionMessage],
    into: MemoryObjectSendStream[SessionMessage | Exception],
) -> None:
    assert process.stdin is not None
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
        async for sent in out:
            try:
                process.stdin.write(sent.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
                await process.stdin.drain()
            except (ConnectionError, OSError):
                return into.close()  # it may still live, but nobody would answer
    return None


async def _listen(process: asyncio.subprocess.Process, log: Tail) -> None:
    assert process.stderr is not None
    with suppress(ConnectionError):
        while text := await process.stderr.read(_CHUNK):
            log.add(text.decode("utf-8", "replace"))


async def _end(process: asyncio.subprocess.Process, held: int) -> None:
    """Lets go of the server; its supervisor ends it and all below it. Kills the supervisor too when that hangs."""
    assert process.stdin is not None
    with suppress(OSError, RuntimeError):
        process.stdin.close()
    os.close(held)
    end = asyncio.ensure_future(process.wait())
    _, late = await asyncio.wait([end], timeout=4 * ENDING_S)
    if late:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.wait(late, timeout=ENDING_S)
        end.cancel()
    transport: Any = getattr(process, "_transport", None)
    if transport is not None:
        transport.close()  # a pipe that somebody else still holds would keep it open


class _Bounded(httpx2.AsyncBaseTransport):
    """HTTP with answers of bounded size. The SDK reads a JSON answer whole, however large it is."""

    def __init__(self, broke: Callable[[str], None]) -> None:
        self._inner = httpx2.AsyncHTTPTransport()
        self._broke = broke

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._inner.handle_async_request(request)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            await response.aclose()
            self._broke("sends packed answers, which nobody asked for")
            raise httpx2.ReadError("packed")
        streams = response.headers.get("content-type", "").lower().startswith("text/event-stream")
        response.stream = _Counted(response.stream, self._broke, by_event=streams)
        return response

    async def aclose(self) -> None:
        await self._inner.aclose()


class _Counted(httpx2.AsyncByteStream):
    """The bytes of an answer, as many as one message may have: of all, or (`by_event`) from one empty line to the next.

    The SDK keeps what has no empty line yet, however long that is.
    """

    def __init__(self, inner: Any, broke: Callable[[str], None], *, by_event: bool) -> None:
        self._inner, self._broke, self._by_event = inner, broke, by_event

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size, before = 0, b""
        async for part in self._inner:
            size += len(part)
            if self._by_event:
                found = [end.end() for end in _EMPTY_LINE.finditer(before + part)]
                size = len(before + part) - found[-1] if found else size
                before = (before + part)[-3:]
            if size > LINE_BYTES:
                self._broke(f"sent more than {LINE_BYTES // 2**20} MB in one message")
                raise httpx2.ReadError("too large")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()
