"""JSON that comes from outside, such as an answer or a program's result, taken only as far as it can be stored."""

from __future__ import annotations

import json
from typing import Final, NoReturn

from engine.base.values import Value, repair

DEEPEST: Final = 200
"""Levels that a value may have: the journal's format ends at 254, and events put a few around it."""
_LARGEST: Final = 2**64
_SMALLEST: Final = -(2**63)


def read_json(text: str | bytes) -> Value:
    """The JSON value of a text, with lone surrogates repaired.

    Raises:
        ValueError: it is none, or holds NaN, an integer beyond 64 bits, or too many levels; the message completes
            "it is ...".
    """
    try:
        value = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError(f"nested more than {DEEPEST} levels deep") from None
    except ValueError as error:
        said = str(error) if isinstance(error, _NotFinite) else "not JSON"
        raise ValueError(said) from None
    judge(value)
    return repair(value)


def judge(value: Value) -> None:
    """Whether a value of Python's JSON types can travel along edges and be stored.

    Raises:
        ValueError: as `read_json`.
    """
    todo = [(value, 1)]
    while todo:
        one, depth = todo.pop()
        if isinstance(one, dict | list):
            if depth > DEEPEST:
                raise ValueError(f"nested more than {DEEPEST} levels deep")
            inner = one.values() if isinstance(one, dict) else one
            todo.extend((item, depth + 1) for item in inner if isinstance(item, dict | list | int | float))
        elif isinstance(one, int) and not _SMALLEST <= one < _LARGEST:
            raise ValueError("a whole number beyond 64 bits")
        elif isinstance(one, float) and one - one != 0:  # 1e999 reads as infinity
            raise ValueError("a number that is not finite")


class _NotFinite(ValueError):
    """NaN or infinity, which JSON does not have."""


def _no_number(_name: str) -> NoReturn:
    raise _NotFinite("a number that is not finite")
