"""Which nodes and edges have changed lately: who keeps something made of them makes only that again (`News`)."""

from __future__ import annotations

from collections import deque
from collections.abc import Set
from typing import Final, NamedTuple

KEPT: Final = 64
"""Changes that are remembered: who asks more seldom makes all anew."""


class Changed(NamedTuple):
    """Node ids and edge keys that look different, in words or only in their text."""

    nodes: Set[str]
    edges: Set[str]


class Versions:
    """Counts changes. A version is a number that grows with each; 0 is before the first."""

    def __init__(self) -> None:
        self.now = 1
        self._first = 1
        """What is older cannot be told."""
        self._recent: deque[tuple[int, Changed]] = deque(maxlen=KEPT)

    def all(self) -> None:
        """Everything may be different."""
        self.now += 1
        self._first = self.now
        self._recent.clear()

    def some(self, nodes: Set[str], edges: Set[str]) -> None:
        """Only these are."""
        if not (nodes or edges):
            return
        if len(self._recent) == KEPT:
            self._first = self._recent[0][0]
        self.now += 1
        self._recent.append((self.now, Changed(nodes, edges)))

    def since(self, version: int) -> Changed | None:
        """What has changed since then; None when it may be everything."""
        if version < self._first:
            return None
        nodes, edges = set[str](), set[str]()
        for number, changed in reversed(self._recent):
            if number <= version:
                break
            nodes |= changed.nodes
            edges |= changed.edges
        return Changed(nodes, edges)


class News:
    """What has changed in several things since one looked last."""

    def __init__(self, *changing: Versions) -> None:
        self._changing = changing
        self._seen = [0] * len(changing)

    def read(self) -> Changed | None:
        """What is new; None when it may be everything."""
        found = [each.since(seen) for each, seen in zip(self._changing, self._seen, strict=True)]
        self._seen = [each.now for each in self._changing]
        nodes, edges = set[str](), set[str]()
        for one in found:
            if one is None:
                return None
            nodes |= one.nodes
            edges |= one.edges
        return Changed(nodes, edges)
