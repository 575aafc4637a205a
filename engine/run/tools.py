"""The tools of one run: the built-in ones, and those of the servers that its graph and the settings name (S14, T4)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from engine.base.errors import NodeError, WrongUse
from engine.base.together import together
from engine.base.values import Value
from engine.tools.contract import Content, Tool, ToolContext, ToolError
from engine.tools.mcp.definitions import Definition
from engine.tools.mcp.description import Description
from engine.tools.mcp.pins import Judged
from engine.tools.mcp.pool import ToolServers, Use
from engine.tools.mcp.resources import reader_for, reading, resource_of, tells
from engine.tools.registry import Tools

Warn = Callable[[str], None]


class RunTools:
    """Finds tools by name for the nodes of one run. Used on the run's loop; to be closed.

    Args:
        servers: the tool servers of the process.
        settings: the user's own servers, by name, as JSON.
        folder: where the graph's file stands.
        tell: hears of the servers: an event's kind and its data.
        start: whether servers may be started; else what was accepted of them before stands for what they offer, and
            none of their tools can be called (T2).
        told: with that, definitions by server that count before those.
    """

    def __init__(
        self, servers: ToolServers, settings: Mapping[str, Any], folder: Path | None,
        tell: Callable[[str, Mapping[str, Value]], None], *, start: bool,
        told: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> None:  # fmt: skip
        self._servers, self._settings, self._folder = servers, settings, folder
        self._tell, self._start, self._told = tell, start, told or {}
        self._use: Use | None = None

    async def aclose(self) -> None:
        """Ends the servers that no other run needs."""
        if self._use is not None:
            await self._use.aclose()

    async def chosen(
        self, own: Mapping[str, Any], folder: str, patterns: Sequence[str], warn: Warn
    ) -> tuple[Tool, ...]:
        """The tools that a list of names and patterns means, each once, in the order of the list.

        Args:
            own: the servers of the node's graph; they count before those of the settings.
            folder: where that graph's file stands, counted from the outermost one's.
            warn: told of tools that are left out although a pattern means them.

        Raises:
            NodeError: there is no such tool, it is blocked, or its server cannot be used.
        """
        builtin = Tools.load()
        named = {pattern.strip(): self._named(own, pattern.strip(), builtin) for pattern in patterns}
        names = list(dict.fromkeys(name for found in named.values() for name in found))
        described = [self._described(name, own, folder) for name in names]
        listings = await together(self._listing(each) for each in described)
        offered = dict(zip(names, zip(described, listings, strict=True), strict=True))
        chosen: dict[str, Tool] = {}
        for pattern, found in named.items():
            tools = list(builtin.chosen([pattern]))
            for name in found:
                tools += self._fitting(*offered[name], pattern, warn)
            if not tools and (self._start or not found):
                raise self._missing(pattern, builtin, offered, own)
            chosen |= {tool.name: tool for tool in tools}
        return tuple(chosen.values())

    def _named(self, own: Mapping[str, Any], pattern: str, builtin: Tools) -> list[str]:
        """The servers that a pattern may mean. A built-in source keeps its name."""
        head, dot, _ = pattern.partition(".")
        servers = [name for name in {**self._settings, **own} if name not in builtin.sources]
        return [name for name in servers if fnmatchcase(name, head) or (not dot and fnmatchcase(f"{name}.", pattern))]

    def _described(self, name: str, own: Mapping[str, Any], folder: str) -> Description:
        try:
            if name not in own:
                return Description.read(name, self._settings[name])
            return Description.read(name, own[name], self._folder / folder if self._folder else None)
        except WrongUse as error:
            raise NodeError("bad_request", error.message, error.hint) from None

    async def _listing(self, server: Description) -> list[Judged]:
        if self._start:
            if self._use is None:
                self._use = self._servers.use(self._tell)
            return await self._use.tools(server)
        if server.name in self._told:
            known = [Definition.from_json(each) for each in self._told[server.name]]
        else:
            known = list((await asyncio.to_thread(self._servers.pins.known, server) or {}).values())
        return [Judged(each, "accepted") for each in known]

    def _fitting(self, server: Description, listing: list[Judged], pattern: str, warn: Warn) -> list[Tool]:
        """The tools of a server that a pattern means and that may be used."""
        found: list[Tool] = []
        usable = [each.definition for each in listing if each.usable]
        for each in listing:
            name = f"{server.name}.{each.definition.name}"
            if not fnmatchcase(name, pattern):
                continue
            if each.usable:
                found.append(self._tool(name, server, each.definition, usable))
            elif each.state != "gone" and name != pattern:
                warn(f"{name} is left out: {_blocked(each)} ({_see(server)})")
        if not found and not self._start and not any(letter in pattern for letter in "*?["):
            found.append(self._tool(pattern, server, Definition(pattern.partition(".")[2]), ()))
        return found

    def _tool(self, name: str, server: Description, definition: Definition, offered: Sequence[Definition]) -> Tool:
        async def work(arguments: Mapping[str, Any], context: ToolContext) -> Value:
            return await self._call(server, definition, arguments, context)

        told, schema = definition.told(), definition.taken()
        resource, content = resource_of(server, definition), self._content(server, definition, offered)
        return Tool(name, told, work, schema, not definition.reads, resource=resource, content=content)

    def _content(self, server: Description, definition: Definition, offered: Sequence[Definition]) -> Content | None:
        """How to see what a call touches, where the server has a tool for that."""
        reader = reader_for(definition, offered)
        if reader is None:
            return None

        async def now(arguments: Mapping[str, Any], context: ToolContext) -> Value:
            wanted = reading(reader, definition, arguments)
            if wanted is None:
                raise ToolError("This call names nothing that could be read.")
            return await self._call(server, reader, wanted, context)

        def whole(arguments: Mapping[str, Any]) -> bool:
            return definition is reader and reading(reader, definition, arguments) == dict(arguments)

        return Content(now, tells(definition), whole)

    async def _call(
        self, server: Description, definition: Definition, arguments: Mapping[str, Any], context: ToolContext
    ) -> Value:
        if self._use is None:
            raise ToolError(f"The server “{server.name}” was not started.")
        return await self._use.call(server, definition, arguments, context)

    def _missing(
        self, pattern: str, builtin: Tools, offered: Mapping[str, tuple[Description, list[Judged]]],
        own: Mapping[str, Any],
    ) -> NodeError:  # fmt: skip
        """Why a name or pattern gives no tool."""
        for name, (server, listing) in offered.items():
            for each in listing:
                if fnmatchcase(f"{name}.{each.definition.name}", pattern) and not each.usable:
                    why = f"The tool {name}.{each.definition.name} is blocked: {_blocked(each)}."
                    return NodeError("tool", f"{why}\n{each.why}" if each.why else why, _see(server))
        known = [f"{name}.{each.definition.name}" for name, (_, listing) in offered.items() for each in listing]
        names = [*(tool.name for tool in builtin), *known]
        near = builtin.nearest(pattern, names)
        servers = ", ".join({**self._settings, **own})
        there = f"There are: {', '.join(names)}." if offered or not servers else f"There are the servers {servers}."
        return NodeError("bad_request", f"There is no tool “{pattern}”.", f"Did you mean “{near}”?" if near else there)


def _blocked(each: Judged) -> str:
    says = {
        "changed": "its server describes it otherwise than when it was accepted",
        "added": "its server did not have it when its tools were accepted",
        "gone": "its server does not offer it any more",
        "refused": each.why,
    }
    return says[each.state]


def _see(server: Description) -> str:
    return f"Look at it with baton tools show {server.name}; baton tools accept {server.name} accepts it."
