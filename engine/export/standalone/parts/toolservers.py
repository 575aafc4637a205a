"""Tool servers (MCP): started or reached when first needed, shared by all steps, ended with the program."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import httpx

from engine.export.standalone.parts.allowing import allowed, plainly
from engine.export.standalone.parts.keys import secrets
from engine.export.standalone.parts.pictures import Album
from engine.export.standalone.parts.toolresults import fit_to_show, given_back, shown_schema
from engine.export.standalone.parts.tools import Pictured, Tool, ToolError
from engine.export.standalone.parts.values import Failed

SERVERS: dict[str, dict[str, Any]] = {}
KEPT_VARIABLES = ("HOME", "PATH", "LANG", "TMPDIR", "USER", "SYSTEMROOT", "APPDATA", "USERPROFILE", "TEMP")
PROTOCOL = "2025-06-18"
LARGEST_MESSAGE = 16 * 1024 * 1024
OPENED: dict[str, asyncio.Future[Server]] = {}
OWNERS: set[asyncio.Task[None]] = set()


class Server:
    """One that answers. `send` takes a message to it; what it says goes to `hear`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._last = 0
        self._tools: list[Tool] | None = None
        self._listing = asyncio.Lock()

    async def send(self, message: Mapping[str, Any]) -> None:
        """Takes a message to the server."""
        raise NotImplementedError

    async def hear(self, message: Any) -> None:
        """A message of the server: a result, or something that it asks, which is declined."""
        number = message.get("id") if isinstance(message, dict) else None
        waiting = self._waiting.pop(number, None) if isinstance(number, int) and "method" not in message else None
        if waiting is not None and not waiting.done():
            waiting.set_result(message)
        elif number is not None and "method" in message:
            known = {"result": {}} if message["method"] == "ping" else {"error": {"code": -32601, "message": "No"}}
            await self.send({"jsonrpc": "2.0", "id": number, **known})

    def lose(self, why: str) -> None:
        """Nothing can be asked any more."""
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(ToolError(f"The server “{self.name}” {why}."))
        self._waiting.clear()
        OPENED.pop(self.name, None)

    async def ask(self, method: str, params: Mapping[str, Any]) -> Any:
        """The result of a request."""
        self._last += 1
        waiting = self._waiting[self._last] = asyncio.get_running_loop().create_future()
        await self.send({"jsonrpc": "2.0", "id": self._last, "method": method, "params": params})
        said = await waiting
        if "result" not in said:
            raise ToolError(f"The server refused: {str(said.get('error', {}).get('message'))[:500]}.")
        return said["result"]

    async def greet(self) -> None:
        """Agrees on a protocol, the server's where it is an older one."""
        info = {"name": "baton-program", "version": "1"}
        about = {"protocolVersion": PROTOCOL, "capabilities": {}, "clientInfo": info}
        self.agreed(await self.ask("initialize", about))
        await self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    def agreed(self, said: Mapping[str, Any]) -> None:
        """What the server said of itself."""

    async def tools(self) -> list[Tool]:
        """All its tools."""
        async with self._listing:
            if self._tools is None:
                found: list[Tool] = []
                cursor: dict[str, Any] = {}
                for _ in range(50):
                    page = await self.ask("tools/list", cursor)
                    found += [self._tool(each) for each in page["tools"] if fit_to_show(each)]
                    if not page.get("nextCursor"):
                        break
                    cursor = {"cursor": page["nextCursor"]}
                self._tools = found
        return self._tools

    def _tool(self, told: Mapping[str, Any]) -> Tool:
        name, reads = told["name"], (told.get("annotations") or {}).get("readOnlyHint") is True

        async def work(**arguments: Any) -> Any:
            if not reads:
                await allowed(f"{self.name}.{name}", arguments)
            value, album = given_back(await self.ask("tools/call", {"name": name, "arguments": arguments})), Album()
            shown = album.lift(value)
            return Pictured(value, shown, album.images) if album.images else value

        parameters = {**shown_schema(told.get("inputSchema") or {}), "type": "object"}
        return Tool(f"{self.name}.{name}", plainly(told.get("description") or "", 4_000).strip(), parameters, work)


class Process(Server):
    """A server that is a program of this machine: a message on each line."""

    def __init__(self, name: str, process: asyncio.subprocess.Process) -> None:
        super().__init__(name)
        self._process = process

    async def send(self, message: Mapping[str, Any]) -> None:
        """A line on its stdin."""
        assert self._process.stdin is not None
        with suppress(ConnectionError):
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            await self._process.stdin.drain()

    async def listen(self) -> None:
        """Hears what it says until it ends."""
        assert self._process.stdout is not None
        why = "ended"
        try:
            while line := await self._process.stdout.readline():
                with suppress(ValueError):  # a word of it that is no message
                    await self.hear(json.loads(line))
        except ValueError:
            why = "sent more than may be in one message"
        self.lose(why)


class Remote(Server):
    """A server that runs elsewhere: a request for each message."""

    def __init__(self, name: str, url: str, http: httpx.AsyncClient) -> None:
        super().__init__(name)
        self._url, self._http = url, http

    def agreed(self, said: Mapping[str, Any]) -> None:
        """The protocol is named in each request from now on."""
        self._http.headers["MCP-Protocol-Version"] = str(said.get("protocolVersion"))

    async def send(self, message: Mapping[str, Any]) -> None:
        """Posts it, and hears what comes back, as one JSON text or as events."""
        try:
            async with self._http.stream("POST", self._url, json=message) as answer:
                if answer.status_code >= 400:
                    raise ToolError(f"The server “{self.name}” answered with the status {answer.status_code}.")
                if session := answer.headers.get("mcp-session-id"):
                    self._http.headers["Mcp-Session-Id"] = session
                streams = answer.headers.get("content-type", "").startswith("text/event-stream")
                async for text in _messages_in(answer) if streams else _whole_of(answer):
                    await self.hear(json.loads(text))
        except (httpx.HTTPError, ValueError) as error:
            raise ToolError(f"The server “{self.name}” cannot be reached: {error}.") from None
        if message.get("id") in self._waiting and "method" in message:
            raise ToolError(f"The server “{self.name}” gave no answer.")


class Streaming(Server):
    """A server of 2024 that runs elsewhere: it answers in one stream of events, which tells where messages go."""

    def __init__(self, name: str, url: str, http: httpx.AsyncClient) -> None:
        super().__init__(name)
        self._url, self._http = url, http
        self._endpoint: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def send(self, message: Mapping[str, Any]) -> None:
        """Posts it; what comes back comes in the stream."""
        try:
            answer = await self._http.post(await self._endpoint, json=message)
        except httpx.HTTPError as error:
            raise ToolError(f"The server “{self.name}” cannot be reached: {error}.") from None
        if answer.status_code >= 400:
            raise ToolError(f"The server “{self.name}” answered with the status {answer.status_code}.")

    async def listen(self) -> None:
        """Hears what it says until it ends."""
        why = "ended"
        try:
            async with self._http.stream("GET", self._url) as stream:
                if stream.status_code >= 400:
                    raise ToolError(f"The server “{self.name}” answered with the status {stream.status_code}.")
                async for name, data in _events_in(stream):
                    if name == b"endpoint" and not self._endpoint.done():
                        self._endpoint.set_result(self._of_its_own(data.decode()))
                    elif name == b"message":
                        await self.hear(json.loads(data))
        except (httpx.HTTPError, ValueError, ToolError) as error:
            why = f"cannot be used: {error}"
        if not self._endpoint.done():
            self._endpoint.set_exception(ToolError(f"The server “{self.name}” {why}."))
        self.lose(why)

    def _of_its_own(self, told: str) -> str:
        """Where it wants messages; nobody else may get them."""
        there, here = httpx.URL(self._url).join(told), httpx.URL(self._url)
        if (there.scheme, there.host, there.port) != (here.scheme, here.host, here.port):
            raise ToolError(f"it sends messages to another server, {there.host}")
        return str(there)


async def _whole_of(answer: httpx.Response) -> AsyncIterator[bytes]:
    parts: list[bytes] = []
    async for part in answer.aiter_bytes():
        parts.append(part)
        if sum(map(len, parts)) > LARGEST_MESSAGE:
            raise ValueError("its answer is too large")
    if text := b"".join(parts).strip():
        yield text


async def _messages_in(answer: httpx.Response) -> AsyncIterator[bytes]:
    async for name, data in _events_in(answer):
        if name == b"message":
            yield data


async def _events_in(answer: httpx.Response) -> AsyncIterator[tuple[bytes, bytes]]:
    """Name and data of each event. Lines end at line feeds alone: other separators may stand in a text."""
    rest, data, name = b"", list[bytes](), b"message"
    async for part in answer.aiter_bytes():
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].strip())
            elif line.startswith(b"event:"):
                name = line[6:].strip()
            elif not line.strip():
                if data:
                    yield name, b"\n".join(data)
                data, name = [], b"message"
        if len(rest) + sum(map(len, data)) > LARGEST_MESSAGE:
            raise ValueError("its answer is too large")


async def server_tools(names: Sequence[str], pattern: str) -> list[Tool]:
    """The tools of some servers that a pattern means."""
    found = []
    for name in names:
        try:
            async with asyncio.timeout(90):
                found += [tool for tool in await (await _opened(name)).tools() if fnmatchcase(tool.name, pattern)]
        except (ToolError, TimeoutError, OSError) as error:
            said = str(error) or "it does not answer"
            raise Failed("tool", f"The tool server “{name}” cannot be used: {said}") from None
    if not found:
        raise Failed("bad_request", f"There is no tool “{pattern}”.")
    return found


async def _opened(name: str) -> Server:
    """The server of a name. A task of its own holds it, which ends it when the program ends."""
    if name not in OPENED:
        opening = OPENED[name] = asyncio.get_running_loop().create_future()
        owner = asyncio.create_task(_held(name, opening))
        OWNERS.add(owner)
        owner.add_done_callback(OWNERS.discard)
    return await asyncio.shield(OPENED[name])


async def _held(name: str, opening: asyncio.Future[Server]) -> None:
    told = SERVERS[name]
    try:
        if "url" in told:
            headers = {key: secrets(value) for key, value in told.get("headers", {}).items()}
            headers["Accept"] = "application/json, text/event-stream"
            async with httpx.AsyncClient(headers=headers, timeout=httpx.Timeout(30, read=None)) as http:
                if told.get("sse"):
                    await _with_stream(Streaming(name, secrets(told["url"]), http), opening)
                else:
                    await _served(Remote(name, secrets(told["url"]), http), opening)
        else:
            await _with_process(name, told, opening)
    except (ToolError, Failed, OSError) as error:
        OPENED.pop(name, None)
        if not opening.done():
            opening.set_exception(ToolError(str(error)))


async def _with_process(name: str, told: Mapping[str, Any], opening: asyncio.Future[Server]) -> None:
    environment = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
    environment |= {key: secrets(value) for key, value in told.get("env", {}).items()}
    process = await asyncio.create_subprocess_exec(
        told["command"], *map(secrets, told.get("args", [])), env=environment, limit=LARGEST_MESSAGE,
        cwd=Path(__file__).parent / told.get("cwd", ""), start_new_session=True,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    server = Process(name, process)
    listening = asyncio.create_task(server.listen())
    try:
        await _served(server, opening)
    finally:
        listening.cancel()
        assert process.stdin is not None
        process.stdin.close()
        await asyncio.wait([asyncio.create_task(process.wait())], timeout=2)
        with suppress(ProcessLookupError, PermissionError):  # whoever of it is left; nobody waits for its pipes
            os.killpg(process.pid, signal.SIGKILL) if hasattr(os, "killpg") else process.kill()


async def _with_stream(server: Streaming, opening: asyncio.Future[Server]) -> None:
    listening = asyncio.create_task(server.listen())
    try:
        await _served(server, opening)
    finally:
        listening.cancel()


async def _served(server: Server, opening: asyncio.Future[Server]) -> None:
    await server.greet()
    opening.set_result(server)
    await asyncio.Event().wait()
