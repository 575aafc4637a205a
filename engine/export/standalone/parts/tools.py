"""Tools that models may call, within limits; what goes wrong is told to the model, which may do better."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from engine.export.standalone.parts.schemas import misfit
from engine.export.standalone.parts.values import Failed, text

LONGEST_RESULT = 100_000


class ToolError(Exception):
    """A call that did not work out; the model is told."""


class TooLate(ToolError):
    """It took too long."""


class Refusal(BaseException):
    """Somebody's work ends here because they say that it is not theirs; no limit of a tool may catch it."""


@dataclass
class Pictured:
    """What a tool gave that holds pictures: the value itself, and as a model is shown it, with the pictures beside."""

    value: Any
    shown: Any
    images: Sequence[Any]


@dataclass
class Tool:
    """A function that a model may call with arguments that fit a JSON Schema."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    work: Callable[..., Awaitable[Any]]


class Tools:
    """The tools of one agent while it answers one question."""

    used_up = False

    def __init__(self, *tools: Tool, limit_s: float = 60.0) -> None:
        self._tools, self._limit_s = {tool.name: tool for tool in tools}, limit_s
        self._made: dict[str, int] = {}
        self.offered: list[Mapping[str, Any]] = [
            {"name": tool.name, "description": tool.description, "parameters": tool.parameters}
            for tool in self._tools.values()
        ]

    async def answer(self, calls: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Makes several calls side by side; the results stand in the order of the calls."""
        return await asyncio.gather(*(self._message(call, place) for place, call in enumerate(calls)))

    async def call(self, name: str, arguments: Mapping[str, Any]) -> Any:
        """Makes one call without a model. Raises when it does not work out."""
        tool = self._tools[name]
        if why := misfit(dict(arguments), tool.parameters):
            raise Failed(
                "bad_request",
                f"{name} was not called: the arguments do not fit the tool's schema: {why}. Correct them.",
            )
        try:
            gave = await self._run(tool, arguments)
            return gave.value if isinstance(gave, Pictured) else gave
        except TooLate as error:
            raise Failed("timeout", f"{name}: {error}") from None
        except ToolError as error:
            raise Failed("tool", f"{name}: {error}") from None
        except Failed as error:
            raise Failed("bad_request", f"{name} was not called: {error}") from None

    async def _message(self, call: Mapping[str, Any], place: int) -> dict[str, Any]:
        told = await self._told(call, place)
        if not isinstance(told, Pictured):
            return tool_message(call, text(told))
        return {**tool_message(call, shortened(text(told.shown))), "images": told.images}

    async def _told(self, call: Mapping[str, Any], place: int) -> str | Pictured:
        tool = self._tools.get(call["name"])
        if tool is None:
            near = get_close_matches(call["name"], self._tools, n=1, cutoff=0.6)
            meant = f"Did you mean “{near[0]}”?" if near else ""
            return f"Error: there is no tool “{call['name'][:80]}”. {meant} There are: {', '.join(self._tools)}."
        if why := self._fault(tool, call, place):
            return f"Error: {why}"
        try:
            gave = await self._run(tool, call["arguments"])
            return gave if isinstance(gave, Pictured) else shortened(text(gave))
        except (ToolError, Failed) as error:
            return f"Error: {error}"

    async def _run(self, tool: Tool, arguments: Mapping[str, Any]) -> Any:
        try:
            async with asyncio.timeout(self._limit_s):
                return await tool.work(**arguments)
        except TimeoutError:
            raise TooLate(f"the tool gave no result in {self._limit_s:g} s.") from None

    def _fault(self, tool: Tool, call: Mapping[str, Any], place: int) -> str:
        if "broken" in call:
            return f"the arguments are not a JSON object: {call['broken'][:200]}"
        if place >= 32:
            return "more than 32 calls at once. Make the rest in your next turn."
        if why := misfit(dict(call["arguments"]), tool.parameters):
            return f"the arguments do not fit the tool's schema: {why}. Correct them."
        same = f"{call['name']} {json.dumps(call['arguments'], sort_keys=True)}"
        self._made[same] = self._made.get(same, 0) + 1
        if self._made[same] >= 3:
            return "you have made this very call 2 times already. Stop repeating it: use what it gave."
        return ""


def tool_message(call: Mapping[str, Any], said: str) -> dict[str, Any]:
    """What a model is told of a call that it made."""
    return {"role": "tool", "tool_call_id": call["id"], "content": said}


def shortened(said: str) -> str:
    """A result that is short enough to be shown."""
    if len(said) <= LONGEST_RESULT:
        return said
    return f"{said[:LONGEST_RESULT]}\n[cut here: {LONGEST_RESULT:,} of {len(said):,} characters are shown]"
