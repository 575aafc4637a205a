"""By what a version of something that tools touch is known: its content where one can look, else our count (S14)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from engine.base.values import Value
from engine.kinds.contract import Call
from engine.kinds.desk import NodeDesk
from engine.kinds.plain_files import digest
from engine.tools.contract import Tool, ToolContext, ToolError, Work
from engine.tools.leases import ENDS_WIDE
from engine.tools.ledger import Touched

LOOK_S: Final = 10.0
"""Seconds that a server may take to show what one thing holds, before our count of writes has to do."""


class Touch:
    """One call of a tool that touches a resource, seen before and after it. Made while its lease is held.

    Args:
        resource: what it touches, as leases name it; of a folder, or of a whole server, there is no version.

    Attributes:
        before: the version that it found; "" for what is not there. Calls that only read from a server have it from
            what they are given, so that nothing is read twice.
        text: what a writing call of a server's tool finds there, as text; None where nobody can look.
    """

    def __init__(
        self, call: Call[Any], desk: NodeDesk, tool: Tool, arguments: Mapping[str, Any], resource: str
    ) -> None:
        self._call, self._desk, self._tool, self._arguments = call, desk, tool, arguments
        self._resource = resource
        self._given: list[Value] = []
        self.before = ""
        self.text: str | None = None

    async def look(self) -> None:
        """Finds the version that is there."""
        if self._resource.endswith(ENDS_WIDE):
            return
        if self._tool.needs == "folder":
            self.before = await self._of_file()
            return
        held = await self._held() if self._tool.writes else None
        if held is not None:
            self.text = _plain(held)
        self.before = self._count() if held is None else _digest(held)

    def watching(self, work: Work) -> Work:
        """The same work; what it gives is kept, since it may be the content itself."""

        async def watched(arguments: Mapping[str, Any], context: ToolContext) -> Value:
            value = await work(arguments, context)
            self._given.append(value)
            return value

        return watched

    async def done(self) -> Touched | None:
        """What the call did, now that it is over; None when it neither read nor wrote what stands there."""
        if self._resource.endswith(ENDS_WIDE):
            return None
        after = await (self._after_writing() if self._tool.writes else self._after_reading())
        if after is None:
            return None
        wrote = self._tool.writes and after != self.before
        return Touched(self._call.key, self._resource, after, wrote)

    async def _after_writing(self) -> str:
        if self._tool.needs == "folder":
            return await self._of_file()
        held = await self._held()
        return str(int(self._count() or "0") + 1) if held is None else _digest(held)

    async def _after_reading(self) -> str | None:
        content = self._tool.content
        if content is None:
            return self.before
        if not content.tells:
            return None  # its size or its date is not what stands in it
        held = self._given[0] if self._given and content.whole(self._arguments) else await self._held()
        return self.before if held is None else _digest(held)

    async def _of_file(self) -> str:
        return await asyncio.to_thread(self._desk.version, Path(self._resource.partition(" ")[2]))

    async def _held(self) -> Value | None:
        """What the server holds; None when it does not say."""
        if self._tool.content is None:
            return None
        with suppress(ToolError, TimeoutError):
            async with asyncio.timeout(LOOK_S):
                return await self._tool.content.now(self._arguments, ToolContext(self._call.node))
        return None

    def _count(self) -> str:
        return self._call.outside.commons.ledger.count(self._resource)


def _digest(held: Value) -> str:
    return digest(json.dumps(held, sort_keys=True).encode("utf-8"))


def _plain(held: Value) -> str:
    """The text in what a tool gave, which servers like to wrap."""
    if isinstance(held, Mapping) and len(held) == 1:
        (held,) = held.values()
    return held if isinstance(held, str) else json.dumps(held, ensure_ascii=False, indent=2)
