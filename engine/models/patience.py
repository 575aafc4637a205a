"""A limit on the silence of a server that a sign of life moves on at no cost: one timer, however many pieces come."""

from __future__ import annotations

import asyncio
from types import TracebackType


class Patience:
    """`asyncio.timeout` whose end may be moved again and again: only an end that comes sooner costs a new timer.

    Args:
        seconds: how long it lasts, from its entry on.
        longest: how long it lasts at most, however often it is moved on.

    Raises:
        TimeoutError: on leaving, when it ran out.
    """

    __slots__ = ("_end", "_limit", "_longest", "_loop", "_seconds", "_timer", "_until")

    def __init__(self, seconds: float, longest: float) -> None:
        self._seconds, self._longest, self._end = seconds, longest, 0.0
        self._limit = asyncio.timeout(None)
        self._loop = asyncio.get_running_loop()
        self._until = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> Patience:
        await self._limit.__aenter__()
        now = self._loop.time()
        self._end = now + self._longest
        self._until = min(now + self._seconds, self._end)
        self._timer = self._loop.call_at(self._until, self._look)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._limit.__aexit__(kind, error, trace)

    def anew(self, seconds: float) -> None:
        """It lasts so many seconds from now."""
        self._move(self._loop.time() + seconds)

    def at_most(self, seconds: float) -> None:
        """It lasts no longer than so many seconds from now."""
        self._move(min(self._until, self._loop.time() + seconds))

    def _move(self, until: float) -> None:
        self._until = until = min(until, self._end)
        if self._timer is not None and until < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(until, self._look)

    def _look(self) -> None:
        """The timer fired: time is up, or was moved on meanwhile."""
        if self._loop.time() < self._until:
            self._timer = self._loop.call_at(self._until, self._look)
        else:
            self._timer = None
            self._limit.reschedule(self._loop.time())
