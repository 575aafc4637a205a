"""Runs the tools that a model calls, within limits; whatever goes wrong is told to the model, which may do better."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Final, Protocol

from engine.agents.images import Album
from engine.base.errors import BatonError
from engine.base.fitting import misfit
from engine.base.suggest import did_you_mean
from engine.base.together import together
from engine.base.values import Value, as_text, repair, repair_text
from engine.models.contract import Message, ToolCall, ToolSpec
from engine.tools.contract import Ask, Doubt, Tool, ToolContext, ToolStep, Work

RESULT_CAP: Final = 100_000
"""Characters of a result that the model is shown."""
AT_ONCE: Final = 32
"""Calls that one reply may make."""
_COUNTED: Final = 2**53
"""Steps that a tool may speak of; a number of more is a joke, and cannot be stored."""
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


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call.

    Attributes:
        text: the result, or what went wrong, as a model reads it.
        value: the result as it came; of a call that an earlier session made, what can be read out of its text.
        fault: why it was not made, or "".
        late: it took too long.
    """

    ok: bool
    text: str
    value: Value = None
    fault: str = ""
    late: bool = False

    @property
    def told(self) -> str:
        """What the model is told."""
        return self.text if self.ok else f"Error: {self.text}"


class Caller(Protocol):
    """On whose behalf tools work: `engine.kinds.contract.Call`."""

    @property
    def node(self) -> str: ...

    @property
    def rehearsal(self) -> bool: ...

    def emit(self, kind: str, data: Mapping[str, Value]) -> None: ...

    def leave(self, reason: str) -> bool: ...

    def reject(self, reason: str) -> bool: ...
    def progress(self, done: int, total: int, note: str = "") -> None: ...

    def busy(self) -> AbstractContextManager[None]: ...

    def recall(self, call_id: str) -> ToolStep | None:
        """What an earlier session knows of the next call of a tool with this id; None when it made none (S11)."""

    async def stored(self) -> None:
        """Waits until all that was said is stored: before anything outside is changed (S11)."""

    async def uncertain(self, what: str) -> Doubt:
        """Asks a person about a write that may have happened in an earlier session (S11)."""


class Turns(Protocol):
    """How a node's calls go together with those of others that touch the same things (S14)."""

    def turn(self, tool: Tool, arguments: Mapping[str, Any]) -> AbstractAsyncContextManager[Work]:
        """Waits until the call may be made, and gives what does the work; BatonError says why it may not be."""


class Workbench:
    """The tools of one agent while it answers one question. Implements `engine.agents.conversation.ToolUse`.

    Args:
        tools: what it may call.
        approve: is asked before a tool writes.
        limit_s: longest time of one call, in seconds; the wait for a person, or for a turn, does not count.
        ask: asks a person what a tool wants to know; without it nobody is asked.
        turns: lets a call begin when what it touches is free; without it all begin at once.
    """

    used_up = False

    def __init__(
        self, caller: Caller, tools: Iterable[Tool], approve: Approve, limit_s: float, ask: Ask | None = None,
        turns: Turns | None = None,
    ) -> None:  # fmt: skip
        self._turns = turns
        self._caller, self._approve, self._limit_s, self._ask = caller, approve, limit_s, ask
        self._tools = {tool.name: tool for tool in tools}
        self._made: Counter[str] = Counter()
        self.specs = tuple(
            ToolSpec(tool.name, repair_text(tool.description), repair(dict(tool.parameters)))
            for tool in self._tools.values()
        )

    async def answer(self, calls: Sequence[ToolCall]) -> tuple[Message, ...]:
        """Runs several calls side by side; the results stand in the order of the calls."""
        return tuple(await together(self._message(call, place) for place, call in enumerate(calls)))

    async def _message(self, call: ToolCall, place: int) -> Message:
        album = Album()
        outcome = await self.perform(call, place, album)
        return Message("tool", outcome.told, tuple(album.images), tool_call_id=call.id)

    async def perform(self, call: ToolCall, place: int, album: Album) -> Outcome:
        """Makes one call, with all that is asked and told before and after it.

        Args:
            place: how many calls the same reply makes before this one.
            album: gets the images of the result.
        """
        tool = self._tools.get(call.name)
        about = {"tool": call.name, "id": call.id}
        if tool is None or (why := self._fault(tool, call, place)):
            why = self._no_such(call.name) if tool is None else why
            self._caller.emit("tool.denied", {**about, "reason": why, "arguments": dict(call.arguments)})
            return Outcome(False, why, fault=why)
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
                return Outcome(False, ruling.why, fault=ruling.why)
        if before is not None and (known := await self._known(before, tool, about, sample)):
            return known
        return await self._made_now(tool, call, ruling, album, sample)

    async def _known(self, before: ToolStep, tool: Tool, about: Mapping[str, Any], sample: bool) -> Outcome | None:
        """What came of the same call in an earlier session; None when it has to be made now (S11)."""
        if before.done:
            if before.images and not tool.writes:
                return None
            return Outcome(before.ok, before.text, _read(before.text) if before.json else before.text)
        if not tool.writes or sample:
            return None
        doubt = await self._caller.uncertain(tool.name)
        if doubt.do == "repeat":
            return None
        skips = doubt.do == "skip"
        text = as_text(doubt.value) if skips else "it was cut off, and nobody knows what it did."
        self._caller.emit("tool.result", {**about, "ok": skips, "text": text, "length": len(text)})
        return Outcome(skips, text, doubt.value)

    async def _made_now(self, tool: Tool, call: ToolCall, ruling: Ruling, album: Album, sample: bool) -> Outcome:
        about = {"tool": call.name, "id": call.id}
        try:
            async with self._turn(tool, ruling.arguments, sample) as work:
                ready = replace(tool, work=work, writes=tool.writes and not sample)
                return await self._make(ready, call, ruling, album)
        except BatonError as refused:
            self._caller.emit("tool.denied", {**about, "reason": str(refused)})
            return Outcome(False, str(refused), fault=str(refused))

    def _turn(self, tool: Tool, arguments: Mapping[str, Any], sample: bool) -> AbstractAsyncContextManager[Work]:
        if sample:
            return nullcontext(_sampled(tool))
        return self._turns.turn(tool, arguments) if self._turns is not None else nullcontext(tool.work)

    async def _make(self, tool: Tool, call: ToolCall, ruling: Ruling, album: Album) -> Outcome:
        """Makes a call whose turn has come, and tells of it."""
        about = {"tool": call.name, "id": call.id}
        changed = {"arguments": dict(ruling.arguments)} if ruling.arguments != call.arguments else {}
        started = monotonic()
        with ExitStack() as busy:
            busy.enter_context(self._caller.busy())
            self._caller.emit("tool.call", {**about, **changed})
            if tool.writes:
                await self._caller.stored()
            found = await self._run(tool, ruling.arguments, album, busy)
        text = found.text
        if changed:
            text = f"A person changed the arguments to {json.dumps(changed['arguments'], ensure_ascii=False)}.\n{text}"
        told = {"ok": found.ok, "seconds": round(monotonic() - started, 3), "text": text, "length": len(text)}
        if album.images:
            told["images"] = len(album.images)
        if found.ok and not changed and not isinstance(found.value, str):
            told["json"] = True
        self._caller.emit("tool.result", {**about, **told})
        return replace(found, text=text)

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

    async def _run(self, tool: Tool, arguments: Mapping[str, Any], album: Album, busy: ExitStack) -> Outcome:
        """Whether the tool did its work, and its result or what went wrong."""
        try:
            async with asyncio.timeout(self._limit_s) as limit:
                value = repair(await tool.work(arguments, self._context(limit, busy)))
            return Outcome(True, _cut(as_text(album.lift(value))), value)
        except TimeoutError:
            return Outcome(False, f"the tool gave no result in {self._limit_s:g} s.", late=True)
        except BatonError as error:
            return Outcome(False, _cut(repair_text(str(error))))
        except Exception as error:  # a bug of a tool is told to the model; it ends neither node nor run
            LOG.error("the tool %s broke", tool.name, exc_info=error)
            return Outcome(False, _cut(repair_text(f"the tool broke: {type(error).__name__}: {error}")))

    def _context(self, limit: asyncio.Timeout, busy: ExitStack) -> ToolContext:
        """What a tool may do while it works. A question stops its time, and lets the run pause (S13)."""
        caller, asks = self._caller, self._ask

        async def ask(question: str, schema: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
            if asks is None:
                return None
            loop = asyncio.get_running_loop()
            left = (limit.when() or loop.time()) - loop.time()
            limit.reschedule(None)
            busy.close()
            try:
                return await asks(question, schema)
            finally:
                busy.enter_context(caller.busy())
                limit.reschedule(loop.time() + left)

        def progress(done: float, total: float, note: str) -> None:
            caller.progress(*_counted(done, total), note)

        return ToolContext(caller.node, caller.leave, reject=caller.reject, progress=progress, ask=ask)


def _counted(done: float, total: float) -> tuple[int, int]:
    """How far a call is, in whole numbers, whatever a tool says of that; 0 of 0 when it says nothing that one can."""
    if not 0 <= done <= _COUNTED or not 0 <= total <= _COUNTED:  # nor is NaN
        return 0, 0
    if float(done).is_integer() and float(total).is_integer():
        return int(done), int(total)
    return (round(100 * min(done / total, 1)), 100) if total else (0, 0)


def _read(text: str) -> Value:
    """The JSON of a stored result; the text itself where that was cut."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _sampled(tool: Tool) -> Work:
    async def work(_arguments: Mapping[str, Any], _context: ToolContext) -> Value:
        return f"[sample of {tool.name}]"

    return work


def _cut(text: str) -> str:
    if len(text) <= RESULT_CAP:
        return text
    return f"{text[:RESULT_CAP]}\n[cut here: {RESULT_CAP:,} of {len(text):,} characters are shown]"
