"""Whose ready node starts next: containers side by side take turns (semantics.md S1). Pure."""

from __future__ import annotations

import heapq
from typing import Any, Generic, Protocol, TypeVar


class Ordered(Protocol):
    """What has an order: the lowest goes first."""

    def __lt__(self, other: Any, /) -> bool: ...


T = TypeVar("T", bound=Ordered)


class Turns(Generic[T]):
    """Ready nodes of one graph, or of all scopes of one container: its own in their order, and those of the containers
    in it, which share evenly with each other and with its own. A container that was away does not catch up.

    Args:
        outer: the turns of the graph that the container stands in; None at the top level.
    """

    __slots__ = ("_count", "_inner", "_now", "_outer", "_own", "_own_turn", "_turn", "_waits")

    def __init__(self, outer: Turns[T] | None = None) -> None:
        self._outer = outer
        self._own: list[T] = []
        self._inner: list[tuple[int, int, Turns[T]]] = []
        self._own_turn = self._turn = self._now = self._count = 0
        self._waits = False

    def __bool__(self) -> bool:
        return bool(self._own or self._inner)

    def push(self, item: T) -> None:
        """A node is ready; of this container's own the lowest goes first."""
        if not self._own:
            self._own_turn = max(self._own_turn, self._now)
        heapq.heappush(self._own, item)
        inner, outer = self, self._outer
        while outer is not None and not inner._waits:
            inner._waits = True
            inner._turn = max(inner._turn, outer._now)
            outer._count += 1
            heapq.heappush(outer._inner, (inner._turn, outer._count, inner))
            inner, outer = outer, outer._outer

    def pop(self) -> T:
        """Takes out the node whose turn it is; there must be one. Asked of the top level."""
        if self._own and not (self._inner and self._inner[0][0] < self._own_turn):
            self._now = self._own_turn
            self._own_turn += 1
            return heapq.heappop(self._own)
        self._now, count, inner = self._inner[0]
        item = inner.pop()
        inner._turn = self._now + 1
        if inner:
            heapq.heapreplace(self._inner, (inner._turn, count, inner))
        else:
            heapq.heappop(self._inner)
            inner._waits = False
        return item
