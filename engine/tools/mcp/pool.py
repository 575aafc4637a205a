"""All tool servers of this process, on a thread of their own: shared by its runs, gone with the last of them."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from typing import Any, Final, TypeVar

from engine.base.values import Value
from engine.tools.contract import ToolContext
from engine.tools.mcp.definitions import Definition
from engine.tools.mcp.description import Description
from engine.tools.mcp.pins import Judged, Pins
from engine.tools.mcp.server import Surroundings, Tell, ToolServer

T = TypeVar("T")
CLOSING_S: Final = 15.0
"""Longest that the end of all servers may take, in seconds; their supervisors see to the rest."""


class ToolServers:
    """Hands out uses. Nothing is started before a use asks for a server, and nothing is left after the last use.

    Args:
        means: what servers need from outside.
    """

    def __init__(self, means: Surroundings) -> None:
        self._means = means
        self._lock = threading.Lock()
        self._hall: _Hall | None = None

    @property
    def pins(self) -> Pins:
        """The definitions that this user has accepted."""
        return self._means.pins

    def use(self, tell: Tell) -> Use:
        """A run, or whoever else needs tools for a while. To be closed.

        Args:
            tell: hears of the servers that this use needs; called on the loop that the use is made on.
        """
        with self._lock:
            if self._hall is None:
                self._hall = _Hall(self._means)
            use = Use(self, self._hall, tell)
            self._hall.uses.add(use)
            return use

    def left(self, use: Use, hall: _Hall) -> bool:
        """A use is over. Returns whether it was the last one, so that the hall is to be closed."""
        with self._lock:
            hall.uses.discard(use)
            if hall.uses:
                return False
            if self._hall is hall:
                self._hall = None
            return True


class Use:
    """What one user of servers may do, from its own loop. Made by `ToolServers.use`."""

    def __init__(self, owner: ToolServers, hall: _Hall, tell: Tell) -> None:
        self._owner, self._hall, self._tell = owner, hall, tell
        self._loop = asyncio.get_running_loop()
        self._names: dict[str, str] = {}

    async def tools(self, server: Description) -> list[Judged]:
        """The tools of a server, which is started when it has to be.

        Raises:
            NodeError: it cannot be used.
        """
        identity = server.identity
        known = identity in self._names
        self._names[identity] = server.name
        return await self._there(self._hall.tools(server, None if known else self))

    async def call(
        self, server: Description, definition: Definition, arguments: Mapping[str, Any], context: ToolContext
    ) -> Value:
        """Calls a tool of a server.

        Raises:
            ToolError: it did not work out; for the model to read.
        """
        return await self._there(self._hall.server(server).call(definition, arguments, self._brought(context)))

    async def aclose(self) -> None:
        """This use is over; servers that nobody else needs are ended."""
        if self._owner.left(self, self._hall):
            await asyncio.to_thread(self._hall.close)

    def hear(self, identity: str, kind: str, data: Mapping[str, Value]) -> None:
        """Passes on what becomes of a server that is used here. From the servers' thread."""
        if identity in self._names:
            told = {**data, "server": self._names[identity]}
            with suppress(RuntimeError):  # whoever listened has gone
                self._loop.call_soon_threadsafe(self._tell, kind, told)

    async def _there(self, work: Coroutine[Any, Any, T]) -> T:
        """Does some work on the servers' loop; when this is cancelled, so is that."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._hall.running()))

    def _brought(self, context: ToolContext) -> ToolContext:
        """The same context for use on the servers' loop."""
        loop = self._loop

        def progress(done: float, total: float, note: str) -> None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(context.progress, done, total, note)

        async def asked(question: str, schema: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
            work = _awaited(context, question, schema)
            return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, loop))

        return ToolContext(context.node, progress=progress, ask=asked)


async def _awaited(context: ToolContext, question: str, schema: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return await context.ask(question, schema)


class _Hall:
    """The thread, its loop, and the servers on it; for as long as somebody uses one."""

    def __init__(self, means: Surroundings) -> None:
        self.uses: set[Use] = set()
        self._means = means
        self._servers: dict[str, ToolServer] = {}
        self._ready: dict[str, Mapping[str, Value]] = {}
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def running(self) -> asyncio.AbstractEventLoop:
        """The loop; its thread is started at the first call. From any thread."""
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._main, args=(self._loop,), name="tool servers", daemon=True)
                self._thread.start()
            return self._loop

    def server(self, description: Description) -> ToolServer:
        """The server of a description."""
        identity = description.identity
        with self._lock:
            found = self._servers.get(identity)
            if found is None:

                def tell(kind: str, data: Mapping[str, Value]) -> None:
                    self._told(identity, kind, data)

                found = self._servers[identity] = ToolServer(description, self._means, tell)
            return found

    async def tools(self, description: Description, newcomer: Use | None) -> list[Judged]:
        """The tools of a server. Whoever comes to one that runs already hears that it is ready."""
        ready = self._ready.get(description.identity)
        if newcomer is not None and ready is not None:
            newcomer.hear(description.identity, "server.ready", ready)
        return await self.server(description).listing()

    def close(self) -> None:
        """Ends all servers and the thread. Blocks; from any other thread."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        ending = asyncio.run_coroutine_threadsafe(self._end(), loop)
        with suppress(TimeoutError):
            ending.result(CLOSING_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(CLOSING_S)

    async def _end(self) -> None:
        await asyncio.gather(*(server.close() for server in self._servers.values()), return_exceptions=True)

    def _told(self, identity: str, kind: str, data: Mapping[str, Value]) -> None:
        if kind == "server.ready":
            self._ready[identity] = data
        elif kind in ("server.starting", "server.failed"):
            self._ready.pop(identity, None)
        for use in tuple(self.uses):
            use.hear(identity, kind, data)

    def _main(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_forever()
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            with suppress(Exception):
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
