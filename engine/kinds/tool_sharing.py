"""Tools of agents that work side by side: their calls take turns, and no stale write goes through unnoticed (S14)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

from engine.base.values import Value
from engine.kinds.contract import Call
from engine.kinds.desk import Copied, NodeDesk
from engine.kinds.disputes import Dispute
from engine.kinds.plain_files import file_resource, folder_resource
from engine.kinds.sharing import note, told, turn
from engine.kinds.tool_config import DeskConfig
from engine.kinds.versioning import Touch
from engine.tools.contract import Tool, ToolContext, ToolError, Work
from engine.tools.ledger import Ledger, Touched

MOST_ASKED: Final = 10
"""How often one call may lead to a question, when others change the same meanwhile."""
_WHOLE: Final = "content"
"""The argument of a server's tool that writes, by which it is given the whole of what is to stand there."""


class Sharing:
    """The tools of one node among those of others. Implements `engine.agents.tool_loop.Turns` (S14).

    A call holds what it touches while it works. A write over a version that the node does not know is stale, and the
    policy decides: `cas` refuses it, so that the agent reads again; `serialise` makes it, in turn; `ask` asks a person.
    Under `isolate` file tools work on a copy, and there is nothing to refuse; of what a server keeps there is no copy,
    so that its stale writes are refused.
    """

    def __init__(self, call: Call[Any]) -> None:
        settings: DeskConfig = call.config
        self._call, self._policy = call, settings.on_conflict
        copies = None
        if settings.on_conflict == "isolate":
            known = call.outside.copies.get(call.key, {})
            copies = {path: Copied(base=one["base"], text=one["text"]) for path, one in known.items()}
        self._desk = NodeDesk(call.outside, settings.folder, settings.hosts, copies)
        self._kept = {path: copy["text"] for path, copy in (copies or {}).items()}

    def tools(self, chosen: Iterable[Tool]) -> Iterator[Tool]:
        """The tools as the node has them: what only changes a copy does not write outside."""
        for tool in chosen:
            yield replace(tool, writes=False) if self._copies(tool) else tool

    def changes(self) -> list[Value]:
        """What was changed in the copy: `{"path", "text", "base"}` each, sorted by path; `base` is what it was."""
        copies = sorted((self._desk.copies or {}).items())
        return [{"path": path, **copy} for path, copy in copies if copy["base"] != copy["text"]]

    @asynccontextmanager
    async def turn(self, tool: Tool, arguments: Mapping[str, Any]) -> AsyncIterator[Work]:
        """Waits until a tool may be called, and gives what does its work; notes what it did when the body ends.

        Raises:
            BatonError: it may not be called; the sentence is for the model.
        """
        resource = await self._resource(tool, arguments)
        work, agreed = self._at(tool, self._desk), None
        if resource is None or self._copies(tool):
            yield work
            self._keep_copies()
            return
        for _ in range(MOST_ASKED):
            async with turn(self._call, resource, writes=tool.writes):
                touch = Touch(self._call, self._desk, tool, arguments, resource)
                await touch.look()
                stale = tool.writes and not self._ledger.knows(self._call.key, resource, touch.before)
                if not stale or touch.before == agreed or self._policy == "serialise":
                    try:
                        yield touch.watching(work)
                    finally:
                        self._note(await touch.done(), stale=stale)
                    return
                dispute = await self._dispute(tool, arguments, resource, touch)
            if self._policy != "ask":
                self._refuse(dispute)
            work, agreed = await self._asked(dispute, tool, work), touch.before
        raise ToolError("It was changed again and again while a person was asked.", "Read it again.")

    @property
    def _ledger(self) -> Ledger:
        return self._call.outside.commons.ledger

    def _copies(self, tool: Tool) -> bool:
        return self._desk.copies is not None and tool.needs == "folder"

    def _at(self, tool: Tool, desk: NodeDesk) -> Work:
        async def work(arguments: Mapping[str, Any], context: ToolContext) -> Value:
            return await tool.work(arguments, replace(context, desk=desk))

        return work

    async def _resource(self, tool: Tool, arguments: Mapping[str, Any]) -> str | None:
        named = tool.resource(arguments)
        if named is None or tool.needs != "folder":
            return named
        path = named.partition(" ")[2]
        if path.endswith("/") or not path:
            return folder_resource(await asyncio.to_thread(lambda: self._desk.root))
        return file_resource(await asyncio.to_thread(self._desk.place, path))

    def _note(self, touched: Touched | None, *, stale: bool) -> None:
        if touched is not None:
            note(self._call, [touched], "written over what it had not seen" if stale else "")

    def _keep_copies(self) -> None:
        """Says what is in the copy now, so that it is there again when the run goes on later (S11)."""
        copies = self._desk.copies or {}
        fresh = {path: dict(copy) for path, copy in copies.items() if self._kept.get(path) != copy["text"]}
        self._kept.update({path: copy["text"] for path, copy in copies.items()})
        if fresh:
            self._call.emit("resource.touched", {"touched": [], "copies": fresh})

    async def _dispute(self, tool: Tool, arguments: Mapping[str, Any], resource: str, touch: Touch) -> Dispute:
        """What a stale write is about, with both sides."""
        call, name, version = self._call, told(self._call.outside, resource), touch.before
        saw = self._ledger.saw(call.key, resource)
        writer = self._ledger.writer(resource, version)
        mine, theirs, path = json.dumps(dict(arguments), ensure_ascii=False, indent=2), touch.text or "", ""
        if self._policy == "ask" and tool.needs == "folder":
            path = resource.partition(" ")[2][len(str(self._desk.root)) + 1 :]
            trial = self._desk.trial()
            await self._at(tool, trial)(arguments, ToolContext(call.node))
            theirs, mine = (str((trial.copies or {})[path][side] or "") for side in ("base", "text"))
        elif _gives_whole(tool, arguments):
            mine = arguments[_WHOLE]
        record = {
            "resource": name,
            "sides": [{"node": writer, "did": "wrote", "version": version},
                      {"node": call.key, "did": "writes", "version": saw or ""}],
        }  # fmt: skip
        editable = bool(path) or _gives_whole(tool, arguments)
        return Dispute(record, name, writer, saw is not None, theirs, mine, path, editable)

    def _refuse(self, dispute: Dispute) -> None:
        if dispute.writer or dispute.saw:
            self._call.emit("conflict.detected", {**dispute.record, "why": dispute.why, "outcome": "refused"})
        raise ToolError(f"Nothing was written: {dispute.why}.", "Read it, then write again what still holds.")

    async def _asked(self, dispute: Dispute, tool: Tool, work: Work) -> Work:
        """What a person lets happen instead of a stale write (S13, kind `conflict`)."""
        call = self._call
        call.emit("conflict.detected", {**dispute.record, "why": dispute.why, "outcome": "asked"})
        decision = await dispute.decide(call)
        if decision.take == "left":
            raise ToolError(f"A person kept {dispute.name} as it is. Nothing was written.", "Read it again.")
        if decision.take == "right":
            return work

        async def edited(arguments: Mapping[str, Any], context: ToolContext) -> Value:
            if tool.needs == "folder":
                await self._desk.write(dispute.path, decision.text)
            else:
                await tool.work({**arguments, _WHOLE: decision.text}, context)
            return f"A person wrote another text into it:\n{decision.text}"

        return edited


def _gives_whole(tool: Tool, arguments: Mapping[str, Any]) -> bool:
    """Whether a call of a server's tool gives all that is to stand in a thing, and not a change of it."""
    return "write" in tool.name.lower() and isinstance(arguments.get(_WHOLE), str)
