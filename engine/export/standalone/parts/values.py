"""Values, and how they read as text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any


class Failed(Exception):
    """A step failed. `kind` is the sort of failure, such as transient, credentials or invalid_output; `retry_after` are
    the seconds that the other side asks to wait, `attempts` how often it was tried in all."""

    def __init__(self, kind: str, message: str, retry_after: float | None = None, attempts: int = 1) -> None:
        super().__init__(message)
        self.kind, self.retry_after, self.attempts = kind, retry_after, attempts


def text(value: Any) -> str:
    """How a value reads inside a prompt."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, dict) and set(value) == {"path", "text"}:
        return f"{value['path']}:\n{value['text']}"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(value, ensure_ascii=False, indent=2)


class Several(str):
    """What reached one port from several steps, as one text; `values` are what each of them gave."""

    values: tuple[Any, ...]

    @classmethod
    def of(cls, values: Iterable[Any]) -> Several:
        given = tuple(values)
        made = cls("\n\n".join(map(text, given)))
        made.values = given
        return made


def get(value: Any, key: str | int) -> Any:
    """A field or an item of a value."""
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        raise Failed("bad_request", f"There is no “{key}” in what the template was given.") from None


def kind_of(value: Any) -> str:
    """The word for a value in a message."""
    names = {
        type(None): "null",
        bool: "boolean",
        str: "text",
        Several: "text",
        int: "number",
        float: "number",
        list: "list",
    }
    return names.get(type(value), "object")


def canonical(value: Any) -> str:
    """A text that two values share exactly when they are equal; 1 and 1.0 are one number."""

    def plain(each: Any) -> Any:
        if isinstance(each, float) and each.is_integer():
            return int(each)
        if isinstance(each, Mapping):
            return {name: plain(item) for name, item in each.items()}
        return [plain(item) for item in each] if isinstance(each, list) else each

    return json.dumps(plain(value), sort_keys=True)
