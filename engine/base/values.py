"""What travels along edges: JSON values, their types, which type fits which port, and how each reads as text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

Value: TypeAlias = Any
"""A JSON value: None, bool, int, float, str, list or dict with text keys. Never mutated once on an edge."""

ValueType = Literal["any", "text", "number", "boolean", "json", "list", "messages", "file", "image"]

TEXT_CAP = 4 * 1024 * 1024
"""Bytes that one text may have (formats.md, caps)."""

_PLACE = re.compile(r"-?[0-9]{1,18}")
"""Where in a list something stands, in a path; from its end with a sign."""
_INTO_TEXT = frozenset({"number", "boolean", "json", "list", "messages", "file"})
_INTO_JSON = frozenset({"text", "number", "boolean", "list", "messages", "file"})
_FITS: dict[str, frozenset[str]] = {
    "text": _INTO_TEXT,
    "json": _INTO_JSON,
    "list": frozenset({"json", "messages"}),
    "messages": frozenset({"json", "list"}),
    "number": frozenset({"json"}),
    "boolean": frozenset({"json"}),
    "file": frozenset({"json"}),
    "image": frozenset({"file"}),
}


def fits(source: ValueType, target: ValueType) -> bool:
    """Whether an output of type `source` may be joined to an input of type `target`.

    `json` may turn out to be anything, so it fits wherever a JSON value does, and the run judges it.
    """
    return "any" in (source, target) or source == target or source in _FITS.get(target, frozenset())


def type_of(value: Value) -> str:
    """The word for a value in an error message: `null`, `text`, `number`, `boolean`, `list` or `object`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "number"
    return "list" if isinstance(value, list | tuple) else "object"


def is_file(value: Value) -> bool:
    """Whether a value is a file as the `files` kind gives it: `{"path", "text"}`."""
    return isinstance(value, dict) and set(value) == {"path", "text"}


def as_text(value: Value) -> str:
    """How a value reads inside a prompt: text as it is, null as nothing, the rest as indented JSON."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if is_file(value):
        return f"{value['path']}:\n{value['text']}"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(value, ensure_ascii=False, indent=2)


def repair_text(text: str) -> str:
    """`text` with surrogate pairs joined and lone surrogates replaced, so that every store accepts it (trust.md)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def repair(value: Value) -> Value:
    """A JSON value with every text in it repaired by `repair_text`; the same object when nothing was wrong."""
    if isinstance(value, str):
        return repair_text(value)
    if isinstance(value, list):
        items = [repair(item) for item in value]
        return items if any(a is not b for a, b in zip(items, value, strict=True)) else value
    if isinstance(value, dict):
        pairs = {repair_text(key): repair(item) for key, item in value.items()}
        same = pairs.keys() == value.keys() and all(pairs[key] is value[key] for key in value)
        return value if same else pairs
    return value


def texts_in(value: Value) -> Iterator[str]:
    """All texts of a JSON value, in order; names of fields are none."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from texts_in(item)


def with_texts(value: Value, change: Callable[[str], str], *, keys: bool = False) -> Value:
    """A JSON value with every text in it changed; with `keys`, the names of fields too."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list | tuple):
        return [with_texts(item, change, keys=keys) for item in value]
    if isinstance(value, dict):
        return {change(key) if keys else key: with_texts(item, change, keys=keys) for key, item in value.items()}
    return value


def dig(value: Value, path: str) -> tuple[bool, Value]:
    """Follows a dotted path such as `answer.items.0.name` into a value.

    Returns:
        `(True, what stands there)`, or `(False, None)` when the path leads nowhere. `""` is the value itself.
    """
    for part in filter(None, path.split(".")):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list | tuple) and _PLACE.fullmatch(part) and -len(value) <= int(part) < len(value):
            value = value[int(part)]
        else:
            return False, None
    return True, value


def canonical(value: Value) -> str:
    """A text that two JSON values share exactly when they are equal: 1 and 1.0 are one number."""
    return json.dumps(_plain(value), sort_keys=True)


def _plain(value: Value) -> Value:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value
