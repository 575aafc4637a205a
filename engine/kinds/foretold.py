"""What a template's filters, methods and operators would make at most, known before they make it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from engine.base.values import TEXT_CAP, as_text

INT_BITS: Final = 20_000
"""Bits of a whole number that a template may reckon with."""
_FILLED: Final = 10_000
_DIGITS: Final = 300
_FORMAT: Final = 10_000
_WIDTH: Final = re.compile(r"%(?:\([^()]*\))?[^a-zA-Z%()]*(?:\*|\d{4})|%\([^()]*\(")
"""A width or precision of four digits, or one that is a value, or a name in which more parentheses stand."""


def reads(value: Any) -> str:
    """How a value reads inside a text; a name without a value raises Jinja's error for it."""
    from jinja2 import Undefined

    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, Undefined) else as_text(value)


def _times(left: Any, right: Any) -> int:
    if isinstance(right, str | list | tuple):
        left, right = right, left
    if isinstance(left, str | list | tuple):
        return len(left) * int(right)
    return _long(left, right, lambda a, b: a + b)


def _power(left: Any, right: Any) -> int:
    return _long(left, right, lambda a, _: a * abs(right))


def _long(left: Any, right: Any, bits: Callable[[int, int], int]) -> int:
    """0 where whole numbers make one that can be reckoned with, else more than is allowed."""
    if isinstance(left, int) and isinstance(right, int) and bits(left.bit_length(), right.bit_length()) > INT_BITS:
        return TEXT_CAP + 1
    return 0


def _plus(left: Any, right: Any) -> int:
    sized = (str, list, tuple)
    return len(left) + len(right) if isinstance(left, sized) and isinstance(right, sized) else 0


def _formatted(text: Any, *args: Any, **kwargs: Any) -> int:
    """The most that `%` makes: each sign of a format takes all that is given, escaped, and a width of 3 digits."""
    if not isinstance(text, str):
        return 0
    if len(text) > _FORMAT or _WIDTH.search(text):
        return TEXT_CAP + 1
    given = sum(len(reads(value)) for value in (*args, *kwargs.values()))
    return len(text) + text.count("%") * (1000 + 10 * given) if "%" in text else len(text)


def _replaced(value: Any, old: Any = "", new: Any = "", *_: Any, **__: Any) -> int:
    text = str(value)
    return len(text) + text.count(str(old)) * len(str(new))


def _indented(value: Any, width: Any = 4, *_: Any, **__: Any) -> int:
    text = str(value)
    by = len(width) if isinstance(width, str) else abs(int(width))
    return len(text) + (2 + len(text.splitlines())) * (by + 1)


def _wide(value: Any, width: Any = 80, *_: Any) -> int:
    return max(len(str(value)), int(width))


def _parts(_value: Any, count: Any, fill_with: Any = None) -> int:
    filled = len(reads(fill_with)) if fill_with is not None else 0
    return (1 + filled) * int(count) if int(count) <= _FILLED else TEXT_CAP + 1


def _rounded(_value: Any, precision: Any = 0, *_: Any, **__: Any) -> int:
    return 0 if abs(int(precision)) <= _DIGITS else TEXT_CAP + 1


def _json(_value: Any, indent: Any = None) -> int:
    return 0 if (len(indent) if isinstance(indent, str) else int(indent or 0)) <= 16 else TEXT_CAP + 1


def _sum(_value: Any, _attribute: Any = None, start: Any = 0, **__: Any) -> int:
    if not isinstance(start, int | float):
        raise ValueError("“sum” adds numbers only")
    return 0


FORETOLD: Final[Mapping[str, Callable[..., int]]] = {
    "*": _times, "**": _power, "+": _plus, "%": _formatted, "format": _formatted, "replace": _replaced,
    "indent": _indented, "center": _wide, "ljust": _wide, "rjust": _wide, "zfill": _wide, "batch": _parts,
    "slice": _parts, "round": _rounded, "tojson": _json, "sum": _sum,
}  # fmt: skip
"""The most that filters, methods and operators make which can make more than they get, in signs or members."""
