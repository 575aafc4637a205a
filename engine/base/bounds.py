"""How large and how deep a value may grow while a graph puts values together: all of it is stored and shown later."""

from __future__ import annotations

from typing import Final

from engine.base.errors import NodeError
from engine.base.incoming import DEEPEST
from engine.base.values import Value

LARGEST: Final = 64 * 1024 * 1024
"""Signs that a value may come to in all; as much as a graph's file may have."""
_FEW, _SHORT = 64, 1_000_000
_HOLDING: Final = (dict, list)
_MEMBER: Final = 32
"""Signs for which a member of a list or an object counts, beside its own."""


def refuse_outgrown(value: Value) -> None:
    """Lets a value pass that can be stored.

    Raises:
        NodeError: `bad_request`; it is too large, or nested too deeply.
    """
    why = outgrown(value)
    if why:
        raise NodeError("bad_request", f"What it would give is {why}.", "Pass on less of what comes in.")


def outgrown(value: Value) -> str:
    """Why a value is too much to be stored, as a clause behind "it is"; "" when it is not.

    Parts that stand in it several times are looked into once, so that a value which doubles again and again is found
    out before anybody writes it down.
    """
    if isinstance(value, list) and len(value) < _FEW and all(type(one) is str and len(one) < _SHORT for one in value):
        return ""  # most of what a merge gets
    known: dict[int, tuple[int, int]] = {}
    waiting = [value]
    while waiting:
        one = waiting[-1]
        if not isinstance(one, _HOLDING) or id(one) in known:
            waiting.pop()
            continue
        members = [*one.values(), *one] if isinstance(one, dict) else one
        inner = [each for each in members if isinstance(each, _HOLDING) and id(each) not in known]
        if inner:
            waiting.extend(inner)
            continue
        known[id(waiting.pop())] = _weighed(members, known)
    size, depth = _weighed([value], known)
    if depth > DEEPEST + 1:
        return f"nested more than {DEEPEST} levels deep"
    return f"larger than {LARGEST >> 20} MB" if size > LARGEST + _MEMBER else ""


def _weighed(members: list[Value], known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """The size and depth of a container by its members, which are known already."""
    size, depth = _MEMBER * len(members), 0
    for each in members:
        if isinstance(each, str):
            size += len(each)
        elif isinstance(each, _HOLDING):
            more, deep = known[id(each)]
            size, depth = size + more, max(depth, deep)
    return size, depth + 1
