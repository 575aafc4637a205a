"""Where work is done: which step, in which run of which graph, so that one can be told from another."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, NamedTuple

Turn = tuple[str, int]
"""Which run of a graph it is: its only one, or the pass, item or delegation of this number."""
ONLY: Turn = ("only", 0)


class Place(NamedTuple):
    """A step, in one run of its graph (a `Flow`)."""

    flow: Any
    turn: Turn
    step: str


Places = tuple[Place, ...]
"""A step, after those that it stands in."""
TURN: ContextVar[Turn] = ContextVar("TURN", default=ONLY)
HERE: ContextVar[Places] = ContextVar("HERE", default=())
"""What works now."""


def before(one: Places, other: Places) -> bool:
    """Whether one has ended before the other begins. Items of a map have no order, passes of a loop have one."""
    for mine, theirs in zip(one, other, strict=False):
        if mine.flow is not theirs.flow:
            return False
        if mine.turn != theirs.turn:
            return mine.turn[0] == "pass" and mine.turn < theirs.turn
        if mine.step != theirs.step:
            return bool(mine.flow.leads(mine.step, theirs.step))
    return False


def key_of(places: Places) -> str:
    """It by its names, such as `each[3]/draft`."""
    turns = ["" if inner.turn == ONLY else f"[{inner.turn[1]}]" for inner in places[1:]]
    return "/".join(place.step + turn for place, turn in zip(places, [*turns, ""], strict=True))
