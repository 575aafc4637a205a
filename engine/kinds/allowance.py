"""How much work and room one rendering of a template may take, and what each of its steps asks for."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

from engine.base.values import TEXT_CAP
from engine.kinds.foretold import FORETOLD, INT_BITS, reads

WORK: Final = 4_000_000
"""Steps that one rendering may take: a node of its syntax, a member of a value, or eight signs of a new text."""
_STEP: Final = 10
"""What one filter, method or comparison counts."""
_SIGNS: Final = 8
_SEEN: Final = 64
"""So many signs of a text are looked through in the time of one step."""

METHODS: Final[Mapping[type, frozenset[str]]] = {
    str: frozenset({
        "capitalize", "casefold", "center", "count", "endswith", "find", "index", "isalnum", "isalpha", "isdecimal",
        "isdigit", "islower", "isnumeric", "isspace", "istitle", "isupper", "join", "ljust", "lower", "lstrip",
        "partition", "removeprefix", "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit",
        "rstrip", "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill",
    }),
    dict: frozenset({"get", "items", "keys", "values"}),
    list: frozenset({"count", "index"}),
    tuple: frozenset({"count", "index"}),
}  # fmt: skip
"""Methods that a template may call: what they make is no larger than what they get, or foretold."""
COMPARING: Final[Mapping[str, str]] = {
    "eq": "eq", "equalto": "eq", "==": "eq", "ne": "ne", "!=": "ne", "gt": "gt", "greaterthan": "gt", ">": "gt",
    "ge": "gteq", ">=": "gteq", "lt": "lt", "lessthan": "lt", "<": "lt", "le": "lteq", "<=": "lteq", "in": "in",
}  # fmt: skip
"""Tests that compare two values, and the word of Jinja's syntax for each."""
_COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "gteq": operator.ge, "lt": operator.lt,
    "lteq": operator.le, "in": lambda left, right: left in right, "notin": lambda left, right: left not in right,
}  # fmt: skip


class TooMuch(ValueError):
    """A template would take more work or room than any needs."""


class Allowance:
    """What is left of the work that one rendering may take."""

    def __init__(self) -> None:
        self.left = WORK

    def spend(self, steps: int) -> None:
        """Takes some steps.

        Raises:
            TooMuch: they are used up.
        """
        self.left -= steps
        if self.left < 0:
            raise TooMuch("it repeats or makes too much")

    def read(self, value: Any) -> None:
        """Takes what looking through a value costs, its members not looked into."""
        if isinstance(value, str):
            self.spend(_STEP + len(value) // _SEEN)
        else:
            self.spend(_STEP + (len(value) if isinstance(value, list | tuple) else 0))

    def weigh(self, value: Any, signs: int = _SIGNS) -> None:
        """Takes a step for each member of a value, and one for so many signs of its texts.

        Raises:
            TooMuch: not enough is left, or a number is too long to be reckoned with.
        """
        waiting = [value]
        while waiting:
            each = waiting.pop()
            if isinstance(each, str):
                self.spend(1 + len(each) // signs)
            elif isinstance(each, int) and each.bit_length() > INT_BITS:
                raise TooMuch("a number in it is too long")
            elif isinstance(each, list | tuple):
                self.spend(1 + len(each))
                waiting.extend(each)
            elif isinstance(each, dict):
                self.spend(1 + 2 * len(each))
                waiting.extend(each)
                waiting.extend(each.values())

    def before(self, name: str, value: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        """Takes what a filter, a method or an operator costs, and refuses one that would make something huge.

        Raises:
            TooMuch: it would.
        """
        self.read(value)
        foretell = FORETOLD.get(name)
        if foretell is not None:
            size = foretell(value, *args, **kwargs)
            if size > TEXT_CAP:
                raise TooMuch(f"“{name}” would make something too large")
            self.spend(int(size) // _SIGNS)


def made(allowance: Allowance, value: Any) -> Any:
    """A new value, once there is room for it; members that are still to come are counted as they come."""
    if isinstance(value, str | list | tuple | dict | int):
        if isinstance(value, str) and len(value) > TEXT_CAP:
            raise TooMuch("a text in it is longer than 4 MB")
        allowance.weigh(value)
    elif isinstance(value, Iterator):
        return _counted(allowance, value)
    return value


def _counted(allowance: Allowance, values: Iterator[Any]) -> Iterator[Any]:
    for value in values:
        allowance.spend(_STEP)
        yield made(allowance, value)


def each(allowance: Allowance, values: Any, nodes: int) -> Any:
    """What a loop goes through, once its rounds are allowed; `nodes` is how much of the template a round may touch."""
    if isinstance(values, str | list | tuple | dict):
        allowance.spend(len(values) * nodes)
        return values
    return _rounds(allowance, values, nodes)


def _rounds(allowance: Allowance, values: Iterable[Any], nodes: int) -> Iterator[Any]:
    for value in values:
        allowance.spend(nodes)
        yield value


def joined(allowance: Allowance, *parts: Any) -> str:
    """What `~` makes: the parts as they read in a text, one behind the other."""
    return join(allowance, parts)


def join(allowance: Allowance, values: Iterable[Any], d: Any = "", attribute: str | None = None) -> str:
    """Values as they read in a text, with a separator between them; `attribute` names what is taken of each."""
    between, texts, size = str(d), list[str](), 0
    for value in values:
        if attribute is not None:
            for part in str(attribute).split("."):
                value = value[int(part) if part.isdecimal() else part]
        text = reads(value)
        size += len(text) + len(between)
        allowance.spend(1 + (len(text) + len(between)) // _SIGNS)
        if size - len(between) > TEXT_CAP:
            raise TooMuch("a text in it is longer than 4 MB")
        texts.append(text)
    return between.join(texts)


def compared(allowance: Allowance, left: Any, *rest: Any) -> Any:
    """A comparison such as `a < b <= c`: the words and values come in turn after the first value."""
    found: Any = True
    for word, right in zip(rest[::2], rest[1::2], strict=True):
        if isinstance(left, str | list | tuple | dict) or isinstance(right, str | list | tuple):
            allowance.weigh(left, _SEEN)
            if word in ("in", "notin"):
                allowance.read(right)
                if isinstance(left, list | tuple | dict) and isinstance(right, list | tuple):
                    allowance.weigh(right, _SEEN)
        found = _COMPARE[word](left, right)
        if not found:
            break
        left = right
    return found


def sliced(allowance: Allowance, value: Any) -> Any:
    """A value of which a part is about to be copied."""
    allowance.read(value)
    return value
