"""What is asked of single values of a graph file, with errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.base.values import type_of

FARTHEST: Final = 1e9
"""How far from the origin anything may stand, in canvas units."""
_NUMBERS: Final = frozenset({int, float})
_TYPE_WORDS: Final[dict[type, str]] = {str: "text", dict: "an object", list: "a list", bool: "true or false"}


def numbers(value: Any, count: int, at: str) -> list[float]:
    """The numbers of a position, a view or a box."""
    if isinstance(value, list) and len(value) == count and _NUMBERS.issuperset(map(type, value)):
        found = [float(number) for number in value if -FARTHEST <= number <= FARTHEST]
        if len(found) == count:
            return found
    what = {2: "a position [x, y]", 3: "a view [x, y, zoom]"}.get(count, "a box [x, y, width, height]")
    raise FileProblem(f"{at} is not {what}.", "Use finite numbers below a thousand million.", place=at)


def text_of(item: Mapping[str, Any], key: str, at: str) -> str:
    """The text that must stand under a key."""
    if key not in item:
        raise FileProblem(f"{at} has no “{key}”.", f"Add its {key}.", place=at)
    value: str = item[key]
    expect(value, str, at, key)
    return value


def expect(value: Any, kind: type, at: str, key: str = "") -> None:
    """Raises FileProblem unless the value is of the type; `key` is added to the place only then."""
    if not isinstance(value, kind):
        at = f"{at}.{key}" if key else at
        found = {"text": "text", "null": "null"}.get(type_of(value)) or f"a {type_of(value)}".replace("a o", "an o")
        raise FileProblem(f"{at} must be {_TYPE_WORDS[kind]}, not {found}.", "Correct it in the file.", place=at)


def without(item: Mapping[str, Any], *known: str) -> dict[str, Any]:
    """What stands under other keys: it travels along."""
    return {} if set(known).issuperset(item) else {key: value for key, value in item.items() if key not in known}


def cut(text: str) -> str:
    """A text from the file, short enough for a sentence."""
    return text if len(text) <= 60 else text[:57] + "..."
