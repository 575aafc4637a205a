"""Lets a model choose routes, and reads its answer without trusting its form (semantics.md S2)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from engine.agents.answers import read_json
from engine.agents.conversation import Chat
from engine.base.errors import NodeError
from engine.models.contract import Message, ModelRequest

_NUMBER: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*")


@dataclass(frozen=True, slots=True)
class Option:
    """A route that may be chosen."""

    id: str
    label: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Ask:
    """What is to be routed: the value as text, what the graph's author says about it, and the options.

    `opening` says what the model is there for, where it is not to route a message.
    """

    text: str
    instructions: str
    options: tuple[Option, ...]
    multi: bool = False
    opening: str = ""
    may_choose_none: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was chosen. `repaired`: only the second answer could be read; `misrouted`: neither could."""

    routes: tuple[str, ...]
    confidence: float = 1.0
    reason: str = ""
    repaired: bool = False
    misrouted: bool = False


async def choose(chat: Chat, model: str, fallback: Sequence[str], ask: Ask) -> Verdict:
    """Asks a model for the route; an answer that names none is re-asked once with the list of options.

    Raises:
        NodeError: the model failed.
    """
    messages = _opening(ask)
    schema = _schema(ask)
    choices = {option.id: " ".join((option.label, option.description)) for option in ask.options}
    reply_text = ""
    for again in (False, True):
        reply = await chat(model, ModelRequest(messages, output_schema=schema, choices=choices), fallback)
        if reply.finish == "refused":
            raise NodeError("refused", "The model refused to choose a route.", "Change the instructions.")
        verdict = read(reply.text, ask)
        if verdict is not None:
            return replace(verdict, repaired=again)
        reply_text = reply.text
        options = ", ".join(option.id for option in ask.options)
        complaint = f"That names no route. Answer with one of these ids: {options}."
        messages = (*messages, Message("assistant", reply.text), Message("user", complaint))
    return Verdict((), 0.0, f"the model answered “{reply_text[:80]}”, which names no route", misrouted=True)


def read(text: str, ask: Ask) -> Verdict | None:
    """A model's answer as a verdict; None when it names no route. Pure."""
    try:
        data = read_json(text)
    except ValueError:
        data = text
    if not isinstance(data, dict):
        data = {"route": data}
    named = data.get("routes", data.get("route"))
    words = named if isinstance(named, list) else [named]
    if named == [] if ask.multi else ask.may_choose_none and _says_none(data):
        return Verdict((), _confidence(data), str(data.get("reason", "")))
    found = dict.fromkeys(filter(None, (_match(word, ask.options) for word in words)))
    if not found:
        return None
    routes = tuple(found) if ask.multi else tuple(found)[:1]
    return Verdict(routes, _confidence(data), str(data.get("reason", "")))


def _match(word: Any, options: Sequence[Option]) -> str | None:
    """The option that a word names: by id, then by label; trimmed and case-folded (S2)."""
    if not isinstance(word, str):
        return None
    wanted = word.strip().strip("\"'`.").casefold()
    for option in options:
        if option.id.casefold() == wanted:
            return option.id
    return next((option.id for option in options if option.label and option.label.casefold() == wanted), None)


def _says_none(data: dict[str, Any]) -> bool:
    """Whether an answer says of itself that no route fits."""
    return data.get("route", "") is None and "routes" not in data


def _confidence(data: dict[str, Any]) -> float:
    """What the model says of its certainty, in 0 to 1, also as text such as “0.4” or “40 %”; 1 when it says nothing
    readable: a route that is named plainly is meant."""
    given = data.get("confidence", 1.0)
    if isinstance(given, str) and (number := _NUMBER.fullmatch(given)):
        given = float(number[1]) / (100 if number[2] else 1)
    if isinstance(given, bool) or not isinstance(given, int | float) or given != given:
        return 1.0
    return min(max(float(given), 0.0), 1.0)


def _opening(ask: Ask) -> tuple[Message, ...]:
    lines = [f"- {option.id}: {option.description or option.label or option.id}" for option in ask.options]
    what = "the routes that fit (possibly none)" if ask.multi else "the one route that fits best"
    if ask.may_choose_none and not ask.multi:
        what += ", or null where none fits"
    opening = ask.opening or f"You route a message. Choose {what}."
    parts = [opening, ask.instructions.strip(), "Routes:\n" + "\n".join(lines)]
    how = "Answer with JSON: the route, your confidence from 0 to 1, and the reason in one sentence."
    return Message("system", "\n\n".join(filter(None, [*parts, how]))), Message("user", ask.text)


def _schema(ask: Ask) -> dict[str, Any]:
    ids = [option.id for option in ask.options]
    one: dict[str, Any] = {"type": "string", "enum": ids}
    if ask.may_choose_none and not ask.multi:
        one = {"type": ["string", "null"], "enum": [*ids, None]}
    key = "routes" if ask.multi else "route"
    return {
        "type": "object",
        "properties": {
            key: {"type": "array", "items": one} if ask.multi else one,
            "confidence": {"type": "number"},
            "reason": {"type": "string"},
        },
        "required": [key, "confidence", "reason"],
        "additionalProperties": False,
    }
