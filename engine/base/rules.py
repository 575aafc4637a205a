"""Rule conditions as data (formats.md): one test on a value, or several combined. No expression language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal, Self

import re2
from pydantic import BaseModel, ConfigDict, Field, model_validator

from engine.base.values import Value, as_text, dig

Op = Literal[
    "equals", "not_equals", "contains", "starts_with", "ends_with", "matches",
    "gt", "gte", "lt", "lte", "in", "is_empty", "exists",
]  # fmt: skip
_SIGNS: Final = {"gt": ">", "gte": "≥", "lt": "<", "lte": "≤"}
"""How people read what compares numbers."""


def pattern(text: str) -> Any:
    """A pattern to search with, in time linear to the text whatever it is (formats.md); re2 prints nothing.

    Raises:
        re2.error: it cannot be read.
    """
    options = re2.Options()
    options.log_errors = False
    return re2.compile(text, options)


class Rule(BaseModel):
    """One condition: either `field op value`, or one of `all`, `any`, `not`.

    `field` is a dotted path into the value, `""` the value itself. A field that is not there fails every
    test but `is_empty`, `not_equals` and a negation. `matches` searches an RE2 pattern, so it takes linear time.
    """

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid")

    field: str = ""
    op: Op | None = None
    value: Any = None
    all_: tuple[Rule, ...] | None = Field(default=None, alias="all")
    any_: tuple[Rule, ...] | None = Field(default=None, alias="any")
    not_: Rule | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        forms = [part for part in (self.op, self.all_, self.any_, self.not_) if part is not None]
        if len(forms) != 1:
            raise ValueError("a condition needs exactly one of op, all, any, not")
        if self.op == "matches":
            try:
                pattern(as_text(self.value))
            except re2.error as error:
                why = error.args[0] if error.args else ""
                why = why.decode("utf-8", "replace") if isinstance(why, bytes) else str(why)
                raise ValueError(f"`matches` needs a valid pattern: {why}") from None
        return self

    def holds(self, value: Value) -> bool:
        """Whether `value` passes this condition. Never raises: what cannot be compared does not hold."""
        if self.all_ is not None:
            return all(rule.holds(value) for rule in self.all_)
        if self.any_ is not None:
            return any(rule.holds(value) for rule in self.any_)
        if self.not_ is not None:
            return not self.not_.holds(value)
        assert self.op is not None
        there, found = dig(value, self.field)
        if self.op == "exists":
            return there
        if self.op == "is_empty":
            return not there or found in (None, "", [], {})
        if not there:
            return self.op == "not_equals"
        return _TESTS[self.op](found, self.value)

    def __str__(self) -> str:
        if self.all_ is not None:
            return " and ".join(f"({rule})" for rule in self.all_)
        if self.any_ is not None:
            return " or ".join(f"({rule})" for rule in self.any_)
        if self.not_ is not None:
            return f"not ({self.not_})"
        words = [self.field or "value", _SIGNS.get(self.op or "", (self.op or "").replace("_", " "))]
        return " ".join(words if self.op in ("exists", "is_empty") else [*words, as_text(self.value)])


def _same(found: Value, wanted: Value) -> bool:
    if isinstance(found, bool) or isinstance(wanted, bool):
        return found is wanted
    if isinstance(found, int | float) != isinstance(wanted, int | float):
        left, right = _number(found), _number(wanted)
        return left is not None and left == right
    return bool(found == wanted)


def _number(value: Value) -> float | None:
    """A number, or a text that is one; whole numbers stay exact."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    for read in (int, float) if isinstance(value, str) else ():
        try:
            return read(value)
        except ValueError:
            continue
    return None if isinstance(value, str) else value


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Value, Value], bool]:
    def test(found: Value, wanted: Value) -> bool:
        left, right = _number(found), _number(wanted)
        if left is not None and right is not None:
            return compare(left, right)
        return isinstance(found, str) and isinstance(wanted, str) and compare(found, wanted)

    return test


def _contains(found: Value, wanted: Value) -> bool:
    if isinstance(found, list | tuple):
        return any(_same(item, wanted) for item in found)
    if isinstance(found, dict):
        return as_text(wanted) in found
    return as_text(wanted) in as_text(found)


def _in(found: Value, wanted: Value) -> bool:
    if isinstance(wanted, list | tuple):
        return any(_same(found, item) for item in wanted)
    return as_text(found) in as_text(wanted)


_TESTS: dict[str, Callable[[Value, Value], bool]] = {
    "equals": _same,
    "not_equals": lambda found, wanted: not _same(found, wanted),
    "contains": _contains,
    "starts_with": lambda found, wanted: as_text(found).startswith(as_text(wanted)),
    "ends_with": lambda found, wanted: as_text(found).endswith(as_text(wanted)),
    "matches": lambda found, wanted: pattern(as_text(wanted)).search(as_text(found)) is not None,
    "gt": _ordered(lambda a, b: a > b),
    "gte": _ordered(lambda a, b: a >= b),
    "lt": _ordered(lambda a, b: a < b),
    "lte": _ordered(lambda a, b: a <= b),
    "in": _in,
}
