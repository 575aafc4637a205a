"""Calls of shared tools take turns: reads share, writes exclude, by resource, held for one call and never longer (S14).

A resource is the server's part of a tool's name, a blank, and what the server knows it by (`Tool.resource`). One that
ends in `/` or in the blank stands for all that begins so: a folder with all files below it, or the whole of a server.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import count
from typing import Final

ENDS_WIDE: Final = ("/", " ")
"""How a resource ends that stands for all that begins with it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants to read or write which resource. `owner` is the key of a node."""

    owner: str
    resource: str
    writes: bool


class Table:
    """Which claims are held and which wait, in the order in which they came. Pure.

    A claim waits for what is held and for what waits before it, so that no stream of reads keeps a write waiting. As a
    call holds one claim and asks for no second one meanwhile, nobody ever waits for somebody who waits for them.
    """

    def __init__(self) -> None:
        self._numbers = count(1)
        self._held: dict[int, Claim] = {}
        self._queue: dict[int, Claim] = {}

    def __len__(self) -> int:
        return len(self._held) + len(self._queue)

    def ask(self, claim: Claim) -> int:
        """Puts a claim at the end of the queue; its number."""
        number = next(self._numbers)
        self._queue[number] = claim
        return number

    def drop(self, number: int) -> None:
        """A claim is over, or is not wanted any more."""
        if self._held.pop(number, None) is None:
            self._queue.pop(number, None)

    def grant(self) -> list[int]:
        """Takes all claims out of the queue that may be held now; their numbers, in order."""
        granted: list[int] = []
        if not self._queue:
            return granted
        before = _Crowd()
        for claim in self._held.values():
            before.add(claim)
        for number, claim in list(self._queue.items()):
            if not before.bars(claim):
                self._held[number] = self._queue.pop(number)
                granted.append(number)
            before.add(claim)
        return granted

    def held(self) -> Sequence[Claim]:
        """The claims that are held."""
        return tuple(self._held.values())

    def waits_for(self, number: int) -> Sequence[str]:
        """Who holds, or waits before it for, what a waiting claim wants; each once."""
        mine = self._queue.get(number)
        if mine is None:
            return ()
        ahead = [*self._held.values(), *(claim for other, claim in self._queue.items() if other < number)]
        return tuple(dict.fromkeys(claim.owner for claim in ahead if _exclude(claim, mine)))


@dataclass(slots=True)
class _Crowd:
    """Claims to be looked at together: whether one more must wait is found without looking at each."""

    exact: dict[str, bool] = field(default_factory=dict)
    wide: dict[str, bool] = field(default_factory=dict)

    def add(self, claim: Claim) -> None:
        for found in (self.wide, self.exact) if claim.resource.endswith(ENDS_WIDE) else (self.exact,):
            found[claim.resource] = found.get(claim.resource, False) or claim.writes

    def bars(self, claim: Claim) -> bool:
        resource = claim.resource
        if resource in self.exact and (claim.writes or self.exact[resource]):
            return True
        if any(resource.startswith(wide) and (claim.writes or writes) for wide, writes in self.wide.items()):
            return True
        return resource.endswith(ENDS_WIDE) and any(
            below.startswith(resource) and (claim.writes or writes) for below, writes in self.exact.items()
        )


def overlap(one: str, other: str) -> bool:
    """Whether two resources are the same, or one stands for the other too."""
    return one == other or any(
        wide.endswith(ENDS_WIDE) and below.startswith(wide) for wide, below in ((one, other), (other, one))
    )


def _exclude(one: Claim, other: Claim) -> bool:
    return (one.writes or other.writes) and overlap(one.resource, other.resource)


Wait = Callable[[Sequence[str]], AbstractContextManager[None]]
"""Surrounds a wait; is told for whom one waits."""


def _silently(_holders: Sequence[str]) -> AbstractContextManager[None]:
    return nullcontext()


class Leases:
    """The turns of one run; used in its loop only."""

    def __init__(self) -> None:
        self._table = Table()
        self._waiting: dict[int, asyncio.Future[None]] = {}

    def __len__(self) -> int:
        """How many claims are held or waited for."""
        return len(self._table)

    @asynccontextmanager
    async def hold(self, claim: Claim, wait: Wait = _silently) -> AsyncIterator[None]:
        """Holds a claim for as long as the body lasts; waits for its turn first. A cancelled wait leaves nothing.

        Args:
            wait: surrounds the wait, when there is one.
        """
        number = self._table.ask(claim)
        try:
            if not self._grant(number):
                turn = self._waiting[number] = asyncio.get_running_loop().create_future()
                with wait(self._table.waits_for(number)):
                    await turn
            yield
        finally:
            self._waiting.pop(number, None)
            self._table.drop(number)
            self._grant(number)

    def _grant(self, mine: int) -> bool:
        """Lets begin what may; whether `mine` is among it."""
        granted = self._table.grant()
        for number in granted:
            turn = self._waiting.get(number)
            if turn is not None and not turn.done():
                turn.set_result(None)
        return mine in granted
