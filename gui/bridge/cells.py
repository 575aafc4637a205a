"""The items of a map, or passes of a loop, as cells of a heat strip: a letter for each, and words for one. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.run.view import NodeView, PartView
from gui.figures import brief, dollars, seconds

PENDING, RUNNING, SLOW, FAILED, SKIPPED, CANCELLED = ".rsfkc"
"""The letters of cells; `0` to `3` are done ones, from quick to slow."""
HEAT: Final = (0.75, 1.5, 2.5)
"""Times the median at which a done one counts as warmer."""
STRAGGLES: Final = 2.0
"""Times the median after which one that still goes on is a straggler."""
ENOUGH: Final = 3
"""Ended ones from which a median says something."""
_LETTERS: Final = {"failed": FAILED, "skipped": SKIPPED, "cancelled": CANCELLED, "interrupted": CANCELLED}
SHOWN: Final = 300


def cells_of(node: NodeView, now: float) -> str:
    """A letter for each item of a map or pass of a loop, also for those that have not begun; "" for other nodes."""
    if not node.parts and not node.total:
        return ""
    first, middle = node.first, _median(node)
    count = max(node.total, max(node.parts, default=first - 1) + 1 - first)
    letters = [PENDING] * count
    for number, part in node.parts.items():
        letters[number - first] = _letter(part, middle, now)
    return "".join(letters)


def stragglers(node: NodeView, now: float) -> list[PartView]:
    """What goes on for much longer than the others took."""
    middle = _median(node)
    return [part for part in node.parts.values() if part.ended is None and _slow(now - part.started, middle)]


def delegates(node: NodeView) -> bool:
    """Whether its parts are delegations of a manager."""
    return bool(node.parts) and any(part.specialist for part in node.parts.values())


def part_title(node: NodeView, number: int, *, short: bool = False) -> str:
    """What people call a part: `pass 2 of 5`, `item 4 of 50`, or how many there are left out, and its label."""
    of = f" of {node.total}" if node.total and not short else ""
    title = f"pass {number}{of}" if node.first else f"item {number + 1}{of}"
    part = node.parts.get(number)
    if part is not None and part.specialist:
        return f"{part.specialist}: {part.told['title']}" if part.told.get("title") else part.specialist
    return f"{title} · {part.label}" if part is not None and part.label else title


def part_words(node: NodeView, number: int, now: float) -> str:
    """State, time, cost and value of a part, in a few lines."""
    part, lines = node.parts.get(number), [part_title(node, number)]
    if part is None:
        return f"{lines[0]}\nhas not begun"
    figures = [{"ok": "done"}.get(part.status, part.status), seconds(now - part.started if part.ended is None else
               part.seconds)]  # fmt: skip
    if part.ended is not None and part.cost != 0:
        figures.append(dollars(part.cost))
    lines.append(" · ".join(filter(None, figures)))
    lines += [part.error] if part.error else part_values(part)
    return "\n".join(lines)


def part_values(part: PartView) -> list[str]:
    """What a part gave: a line for each output of a pass, or the value of an item."""
    outputs = part.told.get("outputs")
    if outputs:
        return [f"{name}: {' '.join(brief(value, SHOWN).split())}" for name, value in outputs.items()]
    return [brief(part.told["value"], SHOWN)] if "value" in part.told else []


def worst(letters: str) -> str:
    """The one letter that stands for several, where there is no room for a cell each."""
    return min(letters, key=_ORDER.index)


_ORDER: Final[Sequence[str]] = "fsrc3210k."


def _median(node: NodeView) -> float | None:
    from statistics import median

    taken = [part.seconds or 0.0 for part in node.parts.values() if part.ended is not None and part.status == "ok"]
    return median(taken) if len(taken) >= ENOUGH else None


def _letter(part: PartView, middle: float | None, now: float) -> str:
    if part.ended is None:
        return SLOW if _slow(now - part.started, middle) else RUNNING
    found = _LETTERS.get(part.status)
    if found is not None:
        return found
    times = (part.seconds or 0.0) / middle if middle else 0.0
    return str(sum(times > step for step in HEAT))


def _slow(seconds: float, middle: float | None) -> bool:
    return bool(middle) and seconds > STRAGGLES * (middle or 0.0) and seconds > 1.0
