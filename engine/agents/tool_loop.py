"""Runs the tools that a model calls, within limits; whatever goes wrong is told to the model, which may do better."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final, Protocol

from engine.agents.images import Album
from engine.base.errors import BatonError
from engine.base.fitting import misfit
from engine.base.suggest import did_you_mean
from engine.base.values import Value, as_text, repair, repair_text
from engine.models.contract import Message, ToolCall, ToolSpec
from engine.tools.contract import Doubt, Tool, ToolContext, ToolStep

RESULT_CAP: Final = 100_000
"""Characters of a result that the model is shown."""
AT_ONCE: Final = 32
"""Calls that one reply may make."""
REPEATS: Final = 3
"""How often the same call may be asked for; the last time it is not made but spoken against."""
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Ruling:
    """Whether a writing tool may act: with these arguments, unless `why` says why not."""

    arguments: Mapping[str, Any]
    why: str = ""


Approve = Callable[[Tool, Mapping[str, Any]], Awaitable[Ruling]]
"""Asks whether a writing tool may act with some arguments."""


class Caller(Protocol):
    """On whose behalf tools work: `engine.kinds.contract.Call`."""

    @property
    def node(self) -> str: ...

    @property
    def rehearsal(self) -> bool: ...

    def emit(self, kind: str, data: Mapping[str, Value]) -> None: ...

    def leave(self, reason: str) -> bool: ...

    def reject(self, reason: str) -> bool: ...

    def busy(self) -> AbstractContextManager[None]: ...

    def recall(self, call_id: str) -> ToolStep | None:
        """What an earlier session knows of the next call of a tool with this id; None when it made none (S11)."""

    async def stored(self) -> None:
        """Waits until all that was said is stored: before anything outside is changed (S11)."""

    async def uncertain(self, what: str) -> Doubt:
        """Asks a person about a write that may have happened in an earlier session (S11)."""


class Workbench:
    """The tools of one agent while it answers one question. Implements `engine.agents.conversation.ToolUse`.

    Args:
        tools: what it may call.
        approve: is asked before a tool writes.
        limit_s: longest time of one call, in seconds; the wait for a person does not count.
    """

    def __init__(self, caller: Caller, tools: Iterable[Tool], approve: Approve, limit_s: float) -> None:
        self._caller, self._approve, self._limit_s = caller, approve, limit_s
        self._tools = {tool.name: tool for tool in tools}
        self._made: Counter[str] = Counter()
        self.specs = tuple(
            ToolSpec(tool.name, repair_text(tool.description), repair(dict(tool.parameters)))
            for tool in self._tools.values()
        )

    async def answer(self, calls: Sequence[ToolCall]) -> tuple[Message, ...]:
        """Runs several calls side by side; the results stand in the order of the calls."""
        tasks = [asyncio.create_task(self._message(call, place)) for place, call in enumerate(calls)]
        try:
            return tuple(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _message(self, call: ToolCall, place: int) -> Message:
        album = Album()
        text = await self._result(call, place, album)
        return Message("tool", text, tuple(album.images), tool_call_id=call.id)

    async def _result(self, call: ToolCall, place: int, album: Album) -> str:
        tool = self._tools.get(call.name)
        about = {"tool": call.name, "id": call.id}
        if tool is None or (why := self._fault(tool, call, place)):
            why = self._no_such(call.name) if tool is None else why
            self._caller.emit("tool.denied", {**about, "reason": why, "arguments": dict(call.arguments)})
            return f"Error: {why}"
        sample = self._caller.rehearsal and tool.outside
        before = self._caller.recall(call.id)
        if before is None:
            intent = {**about, "arguments": dict(call.arguments), "writes": tool.writes}
            self._caller.emit("tool.intent", intent)
        ruling = Ruling(call.arguments)
        if tool.writes and not sample:
            ruling = await self._approve(tool, call.arguments)
            if ruling.why:
                self._caller.emit("tool.denied", {**about, "reason": ruling.why})
                return f"Error: {ruling.why}"
        if before is not None and before.done and (tool.writes or not before.images):
            return before.text if before.ok else f"Error: {before.text}"
        if before is not None and not before.done and tool.writes and not sample:
            doubt = await self._caller.uncertain(tool.name)
            if doubt.do != "repeat":
                text = as_text(doubt.value) if doubt.do == "skip" else "it was cut off, and nobody knows what it did."
                self._caller.emit("tool.result", {**about, "ok": doubt.do == "skip", "text": text, "length": len(text)})
                return text if doubt.do == "skip" else f"Error: {text}"
        changed = {"arguments": dict(ruling.arguments)} if ruling.arguments != call.arguments else {}
        started = monotonic()
        with self._caller.busy():
            self._caller.emit("tool.call", {**about, **changed})
            if tool.writes and not sample:
                await self._caller.stored()
            ok, text = (True, f"[sample of {tool.name}]") if sample else await self._run(tool, ruling.arguments, album)
        if changed:
            text = f"A person changed the arguments to {json.dumps(changed['arguments'], ensure_ascii=False)}.\n{text}"
        told = {"ok": ok, "seconds": round(monotonic() - started, 3), "text": text, "length": len(text)}
        if album.images:
            told["images"] = len(album.images)
        self._caller.emit("tool.result", {**about, **told})
        return text if ok else f"Error: {text}"

    def _fault(self, tool: Tool, call: ToolCall, place: int) -> str:
        """Why a call is not made; "" when it is."""
        if call.broken:
            return f"the arguments are not a JSON object: {call.broken[:200]}"
        if place >= AT_ONCE:
            return f"more than {AT_ONCE} calls at once. Make the rest in your next turn."
        why = misfit(dict(call.arguments), tool.parameters) if tool.parameters else ""
        if why:
            return f"the arguments do not fit the tool's schema: {why}. Correct them."
        same = f"{call.name} {json.dumps(dict(call.arguments), sort_keys=True)}"
        self._made[same] += 1
        if self._made[same] >= REPEATS:
            return f"you have made this very call {REPEATS - 1} times already. Stop repeating it: use what it gave."
        return ""

    def _no_such(self, name: str) -> str:
        there = ", ".join(self._tools)
        return f"there is no tool “{name[:80]}”. {did_you_mean(name, self._tools)} There are: {there}."

    async def _run(self, tool: Tool, arguments: Mapping[str, Any], album: Album) -> tuple[bool, str]:
        """Whether the tool did its work, and its result or what went wrong, as text."""
        try:
            async with asyncio.timeout(self._limit_s):
                context = ToolContext(self._caller.node, self._caller.leave, reject=self._caller.reject)
                value = await tool.work(arguments, context)
            return True, _cut(as_text(album.lift(repair(value))))
        except TimeoutError:
            return False, f"the tool gave no result in {self._limit_s:g} s."
        except BatonError as error:
            return False, _cut(repair_text(str(error)))
        except Exception as error:  # a bug of a tool is told to the model; it ends neither node nor run
            LOG.error("the tool %s broke", tool.name, exc_info=error)
            return False, _cut(repair_text(f"the tool broke: {type(error).__name__}: {error}"))


def _cut(text: str) -> str:
    if len(text) <= RESULT_CAP:
        return text
    return f"{text[:RESULT_CAP]}\n[cut here: {RESULT_CAP:,} of {len(text):,} characters are shown]"
