"""Names of places in a run, such as `each[3]/say`: which node they mean, and what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_TURN: Final = re.compile(r"\[[^\]]*\][^/]*")
_PART: Final = re.compile(r"(.*)\[(\d+)\](?:\.\d+)?", re.S)
"""The scope of an item or a pass: its container's key, its number, and the round in which it was tried again."""
_PARTS: Final = {"map": "item", "loop": "pass", "manager": "delegation"}


def place(key: str) -> str:
    """Where a node stands in the graph, whatever item or pass it was: `outer/inner` of `outer[3]/inner`."""
    return _TURN.sub("", key)


def part_of(scope: str) -> tuple[str, int | None]:
    """The key of the container that opened a scope, and its number: `map1[3]/l[2]` gives `map1[3]/l` and 2."""
    found = _PART.fullmatch(scope)
    return (found[1], int(found[2])) if found else (scope, None)


def part_name(kind: str, number: int) -> str:
    """What people call an item, a pass or a delegation by the kind of its container: `item 4`. People count from 1;
    the scopes of a map count its items from 0."""
    return f"{_PARTS.get(kind, 'part')} {number + (kind == 'map')}"


def containers(scope: str) -> Iterator[str]:
    """The keys of the container nodes around a scope, outermost first: `m[3]/sub` stands in `m` and `m[3]/sub`."""
    start = 0
    while scope:
        end = scope.find("/", start)
        part = scope[start:] if end < 0 else scope[start:end]
        yield scope[:start] + part.partition("[")[0]
        if end < 0:
            return
        start = end + 1
