"""One tool server, shared by all who use it: started when first needed, watched, started anew a few times (T4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from engine.base.errors import NodeError
from engine.base.values import Value
from engine.tools.contract import ToolContext, ToolError
from engine.tools.mcp.definitions import Definition
from engine.tools.mcp.description import Description
from engine.tools.mcp.faults import Broken, Tail, said, unusable
from engine.tools.mcp.pins import Judged, Pins, judged

if TYPE_CHECKING:
    from engine.tools.mcp.connection import Connection

STARTS: Final = 3
"""Starts in a row without a call that worked; then it is given up for this use."""


class Secrets(Protocol):
    """Where secrets come from: `engine.base.secrets.Secrets`."""

    def find(self, name: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How long servers may take, in seconds.

    Attributes:
        start_s: to start and to agree on a protocol; the first start of an `npx` loads packages.
        list_s: to list their tools.
        pause_s: they are left alone before the second start; twice that before each further one.
    """

    start_s: float = 60.0
    list_s: float = 30.0
    pause_s: float = 0.5


@dataclass(frozen=True)
class Surroundings:
    """What servers need from outside.

    Attributes:
        redact: takes secrets out of a text.
        wall: seconds since 1970.
    """

    secrets: Secrets
    pins: Pins
    redact: Callable[[str], str]
    wall: Callable[[], float]
    limits: Limits = Limits()


Tell = Callable[[str, Mapping[str, Value]], None]
"""Hears what becomes of a server: an event's kind, such as `server.ready`, and its data."""


@dataclass
class _Live:
    """A connection with its tools, as they were judged."""

    connection: Connection
    tools: list[Judged] = field(default_factory=list)

    @property
    def by_name(self) -> dict[str, Judged]:
        return {each.definition.name: each for each in self.tools}


class ToolServer:
    """One server. Everything of it happens on one loop, and its connection is held by one task.

    Args:
        tell: hears of its states; called on that loop.
    """

    def __init__(self, description: Description, means: Surroundings, tell: Tell) -> None:
        self.description = description
        self._means, self._tell = means, tell
        self._owner: asyncio.Task[None] | None = None
        self._opening: asyncio.Future[_Live] | None = None
        self._starts = 0
        self._last: NodeError | None = None
        self._checks: set[asyncio.Task[None]] = set()
        self._relisting = asyncio.Lock()

    async def listing(self) -> list[Judged]:
        """Its tools, held against what was accepted. A server that was never used is accepted as it is now.

        Raises:
            NodeError: it cannot be used; says why.
        """
        live = await self._ready()
        await self._fresh(live)
        return live.tools

    async def call(self, definition: Definition, arguments: Mapping[str, Any], context: ToolContext) -> Value:
        """Calls a tool that was listed.

        Raises:
            ToolError: it failed, is another one by now, or the server ended; for the model to read.
        """
        try:
            live = await self._ready()
            await self._fresh(live)
        except NodeError as error:
            raise ToolError(error.message, error.hint) from None
        now = live.by_name.get(definition.name)
        if now is None or now.definition.digest != definition.digest:
            raise ToolError(
                f"The server “{self.description.name}” has changed this tool meanwhile, so it is blocked.",
                "Go on without it.",
            )
        try:
            value = await live.connection.call(definition.name, arguments, context)
        except Broken as error:
            live.connection.broke(str(error))
            name = self.description.name
            raise ToolError(
                f"The server “{name}” {error} before it gave a result; it may have done its work."
            ) from None
        except asyncio.CancelledError:
            self._look_after(live)
            raise
        self._starts = 0
        return value

    async def close(self) -> None:
        """Ends it; nothing of it is left afterwards."""
        tasks = [task for task in (self._owner, *self._checks) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ready(self) -> _Live:
        """The open connection; opened, or opened anew, when there is none."""
        opening = self._opening
        if opening is None or (opening.done() and (opening.exception() or opening.result().connection.over.is_set())):
            if self._starts >= STARTS and self._last is not None:
                raise self._last
            opening = self._opening = asyncio.get_running_loop().create_future()
            opening.add_done_callback(lambda done: done.exception())  # it may be that nobody waits any more
            before = self._owner
            self._owner = asyncio.create_task(self._own(opening, self._starts, before))
            self._starts += 1
        return await asyncio.shield(opening)

    async def _own(self, opening: asyncio.Future[_Live], again: int, before: asyncio.Task[None] | None) -> None:
        """Holds the connection from its start to its end."""
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        if again:
            await asyncio.sleep(self._means.limits.pause_s * 2 ** (again - 1))
        name, log = self.description.name, Tail()
        self._tell("server.starting", {"server": name, "again": again})
        live: _Live | None = None
        error: NodeError | None = None
        try:
            secrets = await self._secrets()
            live = await self._hold(secrets, log, opening)
        except NodeError as failure:
            error = failure
        except asyncio.CancelledError:
            if not opening.done():
                opening.set_exception(self._failure("was stopped", log))
            raise
        except BaseException as failure:
            error = self._failure(said(failure), log)
        if live is not None and error is None:
            error = self._failure(live.connection.why or "closed the connection", log)
        assert error is not None
        self._last = error
        self._tell("server.failed", {"server": name, "reason": error.message, "log": self._means.redact(str(log))})
        if not opening.done():
            opening.set_exception(error)

    async def _hold(self, secrets: Mapping[str, str], log: Tail, opening: asyncio.Future[_Live]) -> _Live:
        """Connects, lists, hands the connection out, and waits for its end."""
        from engine.tools.mcp.connection import Connection

        made: _Live | None = None
        start_s, list_s = self._means.limits.start_s, self._means.limits.list_s
        try:
            async with asyncio.timeout(start_s) as limit, Connection.open(self.description, secrets, log) as connection:
                made = _Live(connection)
                limit.reschedule(asyncio.get_running_loop().time() + list_s)
                await _either(self._list(made), connection.over)
                limit.reschedule(None)
                if not connection.over.is_set():
                    opening.set_result(made)
                    await connection.over.wait()
        except TimeoutError:
            what = f"did not list its tools in {list_s:g} s" if made else f"did not start in {start_s:g} s"
            raise self._failure(what, log, timeout=True) from None
        except BaseException:
            if made is None or not made.connection.over.is_set():
                raise
        return made

    async def _list(self, live: _Live) -> None:
        pins, server = self._means.pins, self.description
        offered = await live.connection.tools()
        pinned = await asyncio.to_thread(pins.known, server)
        live.tools = judged(pinned, offered)
        if pinned is None:
            good = [each.definition for each in live.tools if each.usable]
            with suppress(OSError):  # where nothing can be stored, the next use is a first one again
                await asyncio.to_thread(pins.accept, server, good, self._means.wall())
        tools: Value = [
            {**each.definition.as_json(), "writes": not each.definition.reads} for each in live.tools if each.usable
        ]
        self._tell("server.ready", {"server": server.name, **live.connection.told, "tools": tools})
        for each in live.tools:
            if each.state in ("changed", "added"):
                told = {"server": server.name, "tool": each.definition.name, "difference": each.why}
                self._tell("server.changed", told)

    async def _fresh(self, live: _Live) -> None:
        """Lists the tools again when the server has said that they are others now."""
        if not live.connection.stale:
            return
        async with self._relisting:
            if live.connection.stale:
                list_s = self._means.limits.list_s
                try:
                    async with asyncio.timeout(list_s):
                        await _either(self._list(live), live.connection.over)
                except TimeoutError:
                    live.connection.broke(f"did not list its tools in {list_s:g} s")
                except Exception as error:
                    live.connection.broke(said(error))

    def _look_after(self, live: _Live) -> None:
        """A call was given up: perhaps the server hangs. It is asked, and if it does not answer, ended."""

        async def look() -> None:
            if not await live.connection.lives():
                live.connection.broke("does not answer any more")

        task = asyncio.create_task(look())
        self._checks.add(task)
        task.add_done_callback(self._checks.discard)

    async def _secrets(self) -> dict[str, str]:
        found = {}
        for secret in self.description.secrets():
            value = await asyncio.to_thread(self._means.secrets.find, secret)
            if not value:
                raise NodeError(
                    "credentials", f"The tool server “{self.description.name}” needs the secret “{secret}”.",
                    f"Store it in Settings, or set the variable {secret}.",
                )  # fmt: skip
            found[secret] = value
        return found

    def _failure(self, what: str, log: Tail, *, timeout: bool = False) -> NodeError:
        """The error for a server that cannot be used, without secrets."""
        return unusable(self.description, what, self._means.redact(str(log)), timeout=timeout)


async def _either(work: Awaitable[None], over: asyncio.Event) -> None:
    """Does some work unless the connection ends before it is done."""
    task, ended = asyncio.ensure_future(work), asyncio.ensure_future(over.wait())
    try:
        await asyncio.wait((task, ended), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
    finally:
        for each in (task, ended):
            each.cancel()
        await asyncio.gather(task, ended, return_exceptions=True)
