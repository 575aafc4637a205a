"""Lets a model choose routes; an answer that names none is asked for once more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from engine.export.standalone.parts.models import chat
from engine.export.standalone.parts.schemas import read_json
from engine.export.standalone.parts.wires import Question

Option = tuple[str, str, str]
"""A route: its id, its label, what it is for."""


async def choose(
    models: Sequence[str], value: str, options: Sequence[Option], *, instructions: str = "", multi: bool = False,
    may_choose_none: bool = False, opening: str = "", **how: Any,
) -> tuple[list[str] | None, float]:  # fmt: skip
    """The routes that a model chooses and how sure it is; None when it named none twice."""
    null = may_choose_none and not multi
    messages = [{"role": "system", "content": _opening(options, instructions, multi, null, opening)},
                {"role": "user", "content": value}]  # fmt: skip
    ids: list[Any] = [option[0] for option in options]
    one: dict[str, Any] = {"type": "string", "enum": ids}
    if null:
        one = {"type": ["string", "null"], "enum": [*ids, None]}
    key = "routes" if multi else "route"
    fields = {key: {"type": "array", "items": one} if multi else one,
              "confidence": {"type": "number"}, "reason": {"type": "string"}}  # fmt: skip
    schema = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    for _ in range(2):
        said = (await chat(models, Question(messages, schema), **how)).text
        found = _verdict(said, options, multi, may_choose_none)
        if found is not None:
            return found
        complaint = f"That names no route. Answer with one of these ids: {', '.join(ids)}."
        messages = [*messages, {"role": "assistant", "content": said}, {"role": "user", "content": complaint}]
    return None, 0.0


def _opening(options: Sequence[Option], instructions: str, multi: bool, null: bool, opening: str) -> str:
    lines = [f"- {name}: {description or label or name}" for name, label, description in options]
    what = "the routes that fit (possibly none)" if multi else "the one route that fits best"
    what += ", or null where none fits" if null else ""
    how = "Answer with JSON: the route, your confidence from 0 to 1, and the reason in one sentence."
    parts = [
        opening or f"You route a message. Choose {what}.",
        instructions.strip(),
        "Routes:\n" + "\n".join(lines),
        how,
    ]
    return "\n\n".join(filter(None, parts))


def _verdict(said: str, options: Sequence[Option], multi: bool, none: bool) -> tuple[list[str], float] | None:
    try:
        data = read_json(said)
    except ValueError:
        data = said
    data = data if isinstance(data, dict) else {"route": data}
    sure = _confidence(data.get("confidence", 1.0))
    named = data.get("routes", data.get("route"))
    if (multi and named == []) or (not multi and none and named is None and "route" in data):
        return [], sure
    found = [route for word in (named if isinstance(named, list) else [named]) if (route := _match(word, options))]
    return (list(dict.fromkeys(found))[: None if multi else 1], sure) if found else None


def _match(word: Any, options: Sequence[Option]) -> str:
    wanted = word.strip().strip("\"'`.").casefold() if isinstance(word, str) else ""
    by_id = [name for name, _, _ in options if name.casefold() == wanted]
    return next(iter([*by_id, *(name for name, label, _ in options if label and label.casefold() == wanted)]), "")


def _confidence(given: Any) -> float:
    number = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(%?)\s*", given) if isinstance(given, str) else None
    if number:
        given = float(number[1]) / (100 if number[2] else 1)
    if isinstance(given, bool) or not isinstance(given, int | float) or given != given:
        return 1.0
    return min(max(float(given), 0.0), 1.0)
