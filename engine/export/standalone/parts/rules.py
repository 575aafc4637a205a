"""Conditions on values."""

from __future__ import annotations

import re
from typing import Any

from engine.export.standalone.parts.values import text


def holds(value: Any, path: str, op: str, wanted: Any = None) -> bool:
    """Whether the value at a dotted path passes a test. What cannot be compared does not."""
    there = True
    for part in filter(None, path.split(".")):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and re.fullmatch(r"-?[0-9]{1,18}", part) and -len(value) <= int(part) < len(value):
            value = value[int(part)]
        else:
            there = False
            break
    if op == "exists":
        return there
    if op == "is_empty":
        return not there or value in (None, "", [], {})
    return _passes(value, op, wanted) if there else op == "not_equals"


def _passes(found: Any, op: str, wanted: Any) -> bool:
    if op in ("equals", "not_equals"):
        return _same(found, wanted) == (op == "equals")
    if op == "contains" and isinstance(found, list):
        return any(_same(item, wanted) for item in found)
    if op == "in" and isinstance(wanted, list):
        return any(_same(found, item) for item in wanted)
    if op in ("gt", "gte", "lt", "lte"):
        return _ordered(found, op, wanted)
    have, want = text(found), text(wanted)
    return {
        "contains": lambda: want in (found if isinstance(found, dict) else have),
        "starts_with": lambda: have.startswith(want),
        "ends_with": lambda: have.endswith(want),
        "matches": lambda: re.search(want, have) is not None,
        "in": lambda: have in want,
    }[op]()


def _same(found: Any, wanted: Any) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, int | float) != isinstance(wanted, int | float):
        left, right = _number(found), _number(wanted)
        return left is not None and left == right
    return bool(found == wanted)


def _ordered(found: Any, op: str, wanted: Any) -> bool:
    left, right = _number(found), _number(wanted)
    if left is not None and right is not None:
        found, wanted = left, right
    elif not (isinstance(found, str) and isinstance(wanted, str)):
        return False
    return bool({"gt": found > wanted, "gte": found >= wanted, "lt": found < wanted, "lte": found <= wanted}[op])


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    for read in (int, float) if isinstance(value, str) else ():
        try:
            return read(value)
        except ValueError:
            continue
    return None if isinstance(value, str) else value
