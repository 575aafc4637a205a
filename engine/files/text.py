"""How JSON of ours looks as text: short things on one line, long ones broken, the same bytes for the same graph."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.base.errors import FileProblem

_CONTAINERS = (dict, list, tuple, Mapping)
WIDTH = 110
"""Characters that a line may have before it is broken."""


def _plain(value: Any) -> dict[str, Any]:
    """What the encoder does not know by itself: mappings that are no dict."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is not JSON")


one_line = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=_plain).encode
"""A JSON value on one line. Raises ValueError for NaN and infinity, TypeError for what is not JSON."""


def pretty(value: Any, indent: int = 0, used: int = 0) -> str:
    """A JSON value as text, on one line where it fits, else with one key or item on each line.

    Args:
        indent: spaces before the line that the value stands on.
        used: characters of that line taken by what comes before the value.
    """
    if not isinstance(value, _CONTAINERS) or not value:
        return one_line(value)
    items = value.values() if isinstance(value, Mapping) else value
    if not any(isinstance(item, _CONTAINERS) for item in items):
        flat = one_line(value)
        if indent + used + len(flat) <= WIDTH:
            return flat
    parts: list[str] = []
    if isinstance(value, Mapping):
        left, right = "{", "}"
        for key, item in value.items():
            name = f"{one_line(key)}: "
            parts.append(name + pretty(item, indent + 2, len(name)))
    else:
        left, right = "[", "]"
        for item in value:
            parts.append(pretty(item, indent + 2))  # noqa: PERF401 - a generator would double the depth of the stack
    if indent + used + sum(map(len, parts)) + 2 * len(parts) <= WIDTH and not any("\n" in part for part in parts):
        return left + ", ".join(parts) + right
    return broken(left, parts, right, indent)


def broken(left: str, parts: list[str], right: str, indent: int = 0) -> str:
    """Brackets around parts that stand on lines of their own."""
    if not parts:
        return left + right
    margin = "\n" + " " * (indent + 2)
    return left + margin + ("," + margin).join(parts) + "\n" + " " * indent + right


def graph_text(data: Mapping[str, Any], *, flat: bool = False) -> str:
    """The text of a graph file: one node and one edge on each line, long nodes broken before their config.

    Args:
        data: the file's object, its keys in the order in which they are to stand.
        flat: all on one line, much quicker, where nobody reads it.

    Raises:
        FileProblem: it holds something that JSON cannot say, such as NaN.
    """
    try:
        if flat:
            return one_line(data)
        parts = [f"{one_line(key)}: {_part(key, value)}" for key, value in data.items()]
    except (ValueError, TypeError, RecursionError) as error:
        raise FileProblem(
            "This graph holds a value that a JSON file cannot store.",
            f"Look for a number that is not finite or for endless nesting ({error}).",
        ) from error
    return broken("{", parts, "}") + "\n"


def _part(key: str, value: Any) -> str:
    if key == "nodes":
        return broken("[", [_node(node) for node in value], "]", 2)
    if key == "edges":
        return broken("[", [pretty(edge, 4) for edge in value], "]", 2)
    return pretty(value, 2, len(key) + 4)


def _node(node: Mapping[str, Any]) -> str:
    """A node on one line, or its names on the first line and the rest below them."""
    whole = one_line(node)
    if len(whole) + 4 <= WIDTH:
        return whole
    names = [f"{one_line(key)}: {one_line(node[key])}" for key in ("id", "kind", "title") if key in node]
    rest = [
        f"{one_line(key)}: {pretty(value, 5, len(key) + 4)}"
        for key, value in node.items()
        if key not in ("id", "kind", "title")
    ]
    return "{" + ",\n     ".join([", ".join(names), *rest]) + "}"
