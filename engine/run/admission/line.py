"""Lines in which calls wait for one thing each: an account, a bucket, a width or a slot; the oldest comes first."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from engine.run.admission.claim import Claim

ROOM: Final = "room in the budget"
"""What a call waits for while others hold what is left of a budget."""
HIGHER: Final = "a higher budget"
"""What it waits for where nothing in flight could make room."""


class Line:
    """Claims in order of age. One that was given up meanwhile is passed over, so leaving costs nothing."""

    __slots__ = ("_heap",)

    def __init__(self) -> None:
        self._heap: list[tuple[int, Claim]] = []

    def join(self, claim: Claim) -> None:
        """Stands in by age: a claim that comes back keeps its place."""
        claim.line = self
        heapq.heappush(self._heap, (claim.number, claim))

    def head(self) -> Claim | None:
        """The oldest claim, or None."""
        heap = self._heap
        while heap and heap[0][1].line is not self:
            heapq.heappop(heap)
        return heap[0][1] if heap else None

    def pop(self) -> Claim:
        """Takes the oldest out; `head` must have named it."""
        claim = heapq.heappop(self._heap)[1]
        claim.line = None
        return claim

    def older_than(self, claim: Claim) -> bool:
        """Whether somebody older waits: nobody overtakes (S9)."""
        head = self.head()
        return head is not None and head.number < claim.number

    def __iter__(self) -> Iterator[Claim]:
        return iter([claim for _, claim in sorted(self._heap, key=_age) if claim.line is self])


def _age(entry: tuple[int, Claim]) -> int:
    return entry[0]
