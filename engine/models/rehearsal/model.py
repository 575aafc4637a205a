"""The rehearsal model itself: reads a request, decides between tool calls, JSON and text, and streams the answer."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any

from engine.models.contract import Message, ModelRef, ModelRequest, OnText, Reply, ToolCall, ToolSpec, Usage
from engine.models.rehearsal import team
from engine.models.rehearsal.choose import choose
from engine.models.rehearsal.fill import fill
from engine.models.rehearsal.language import overlap, stems
from engine.models.rehearsal.shape import Material, compose
from engine.models.tokens import CHARACTERS, estimate_tokens, estimate_usage

_MOST_CALLS = 4
_LONGEST_S = 6.0
"""Seconds that the longest answer may take to stream; longer ones are written faster."""
_PIECE = re.compile(r"\S+\s*|\s+")
_THINK_APART = 20_000


class Rehearsal:
    """A `Model` that only works on the text it is given: the same request always has the same reply, at no cost.

    Args:
        pace: words a second; 0 is at once.
        sleep: how to wait, in seconds.
    """

    ref = ModelRef("rehearsal", "rehearsal")

    def __init__(self, pace: float = 0.0, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._pace = pace
        self._sleep = sleep

    async def complete(self, request: ModelRequest, on_text: OnText) -> Reply:
        """See `Model.complete`. Never fails."""
        if sum(len(message.text) for message in request.messages) > _THINK_APART:
            reply = await asyncio.to_thread(answer, request)
        else:
            reply = answer(request)
        await self._stream(reply.text, on_text)
        return reply

    async def _stream(self, text: str, on_text: OnText) -> None:
        pieces = _PIECE.findall(text)
        if not self._pace:
            if text:
                on_text(text)
            return
        pause = min(1 / self._pace, _LONGEST_S / max(1, len(pieces)))
        for piece in pieces:
            await self._sleep(pause)
            on_text(piece)


def answer(request: ModelRequest) -> Reply:
    """The whole reply to a request: a pure function of it."""
    material = _material(request)
    calls = _calls(request, material)
    if calls:
        return Reply("", calls, _usage(request, "", calls), "tool_calls", "rehearsal")
    if request.output_schema is not None:
        text = json.dumps(fill(request.output_schema, material, request.choices), ensure_ascii=False, indent=2)
    elif request.choices:
        text = choose(f"{material.ask}\n{material.body}", request.choices).route
    else:
        text = compose(material)
        most = request.max_tokens
        if most is not None and estimate_tokens(text) > most:
            text = text[: most * CHARACTERS].rsplit(" ", 1)[0]
            return Reply(text, (), _usage(request, text, ()), "length", "rehearsal")
    return Reply(text, (), _usage(request, text, ()), "stop", "rehearsal")


def _usage(request: ModelRequest, text: str, calls: tuple[ToolCall, ...]) -> Usage:
    counted = estimate_usage(request, text, calls)
    return Usage(counted.input_tokens, counted.output_tokens)  # this is how it counts, so it is no estimate


def _turn(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages since the user last spoke."""
    last = max((place for place, message in enumerate(messages) if message.role == "user"), default=-1)
    return messages[last + 1 :]


def _material(request: ModelRequest) -> Material:
    system = "\n".join(message.text for message in request.messages if message.role == "system")
    said = [message.text for message in request.messages if message.role == "user"]
    results = [message.text for message in _turn(request.messages) if message.role == "tool"]
    return Material.of(said[-1] if said else "", system, "\n\n".join(results))


def _calls(request: ModelRequest, material: Material) -> tuple[ToolCall, ...]:
    """Calls of the tools that the prompt speaks of, each once in a turn; a single tool offered is used anyway."""
    turn = _turn(request.messages)
    used = {call.name for message in turn for call in message.tool_calls}
    offered = [tool for tool in request.tools if tool.name not in team.NEVER]
    if not offered or request.answer_now or used:
        return ()
    asked = stems(f"{material.ask} {material.system} {material.body}")
    scores = {tool.name: overlap(_described(tool), asked) for tool in offered}
    useful = [tool for tool in offered if scores[tool.name] or tool.name == team.DELEGATE] or offered * (
        len(offered) == 1
    )
    best = sorted(useful, key=lambda tool: -scores[tool.name])[:_MOST_CALLS]
    before = sum(len(message.tool_calls) for message in request.messages)
    made = [(tool, arguments) for tool in best for arguments in _arguments(tool, material, request)]
    return tuple(ToolCall(f"call_{before + number}", tool.name, given) for number, (tool, given) in enumerate(made, 1))


def _described(tool: ToolSpec) -> str:
    """All words that tell what a tool is for, those of its parameters too."""
    properties = tool.parameters.get("properties")
    told = [re.sub(r"[_.]", " ", tool.name), tool.description]
    for schema in properties.values() if isinstance(properties, dict) else ():
        if isinstance(schema, dict):
            told += [str(schema.get("description", "")), *map(str, schema.get("enum", ()))]
    return " ".join(told)


def _arguments(tool: ToolSpec, material: Material, request: ModelRequest) -> list[dict[str, Any]]:
    """What a tool is called with: once, or for a team once for each specialist that fits."""
    if tool.name == team.DELEGATE:
        return team.delegations(tool, next(m.text for m in reversed(request.messages) if m.role == "user"))
    arguments = fill({"type": "object", **tool.parameters}, material)
    return [arguments if isinstance(arguments, dict) else {}]
