"""A graph again and again, with carried values, until it is good."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from typing import Any

from engine.export.standalone.parts.flow import Flow, Outcome
from engine.export.standalone.parts.values import Failed, canonical

LEAVING: ContextVar[list[str] | None] = ContextVar("LEAVING", default=None)
"""Why the loop around is to end after this pass, as agents in it say."""


async def leave(reason: str = "") -> str:
    """A tool by which an agent ends the loop that it works in, once this pass is over."""
    left = LEAVING.get()
    if left is None:
        return "Error: You do not work in a loop. Answer without this tool."
    left.append(reason)
    return "The loop ends after this pass."


async def repeat(
    body: Flow, given: Mapping[str, Any], *, max_passes: int, on_max: str = "use_last", score: str = "",
    wanted: str = "", until: Callable[[Any], bool] | None = None,
    judged: Callable[[Any], Awaitable[bool]] | None = None,
) -> Mapping[str, Any]:  # fmt: skip
    """What the pass gave that met a condition; else, after the last one, what `on_max` says."""
    passes: list[Mapping[str, Any]] = []
    names = [name for name in body.outputs if name in body.inputs]
    for number in range(1, max_passes + 1):
        left: list[str] = []
        mark = LEAVING.set(left)
        gave = unfailed(await body.run(given, ("pass", number)))
        LEAVING.reset(mark)
        carried = {**{name: given[name] for name in names if name in given}, **gave}
        passes.append(carried)
        if (until is not None and until(carried)) or left or (judged is not None and await judged(carried)):
            return carried
        after = {**given, **{name: gave[name] for name in names if name in gave}}
        if names and canonical(dict(after)) == canonical(dict(given)):
            return carried
        given = after
    if on_max == "fail" and (until is not None or judged is not None):
        count = f"After {max_passes} pass{'' if max_passes == 1 else 'es'}"
        why = f"{count} it still does not hold that {wanted}. Allow more passes, or ask for less."
        raise Failed("invalid_output", why)
    if on_max == "best" and (until is not None or judged is not None):
        return max(passes, key=lambda each: _score(each.get(score)))
    return passes[-1]


def unfailed(end: Outcome) -> Mapping[str, Any]:
    """What a graph gave. Raises when it failed."""
    if end.error is not None:
        said = f"“{end.error.get('node')}” inside: {end.error.get('message')}"
        raise Failed(end.error.get("class", "internal"), said)
    return end.outputs


def _score(value: Any) -> float:
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise Failed("type", "The score of a pass is no number.")
    return number
