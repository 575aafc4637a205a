"""A time limit on the run's own clock that stands still while the work waits for what is not its fault (S8)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from engine.base.clock import Clock, Timer
from engine.base.errors import NodeError

if TYPE_CHECKING:
    from engine.run.context import NodeCall


class Deadline:
    """Ends what runs inside `async with` after some seconds, with TimeoutError.

    Args:
        seconds: how long it may take, pauses not counted; None is no limit.
        among: where it stands while it holds, so that whoever waits can pause it.
    """

    def __init__(self, clock: Clock, seconds: float | None, among: list[Deadline]) -> None:
        self._clock, self._left, self._among = clock, seconds, among
        self._since = 0.0
        self._pauses = 0
        self._timer: Timer | None = None
        self._task: asyncio.Task[object] | None = None
        self._over = False
        self._cancels = 0

    async def __aenter__(self) -> Deadline:
        self._task = asyncio.current_task()
        if self._task is not None:
            self._cancels = self._task.cancelling()
        self._among.append(self)
        self._go()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._among.remove(self)
        self._halt()
        task, self._task = self._task, None
        # Only its own cancellation becomes a time-out: a Stop that came meanwhile stays one.
        mine = self._over and task is not None and task.uncancel() <= self._cancels
        if mine and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError from error

    def pause(self) -> None:
        """Stops the clock until `resume` was called as often."""
        self._pauses += 1
        if self._pauses == 1:
            self._halt()

    def resume(self) -> None:
        """See `pause`."""
        self._pauses -= 1
        if self._pauses == 0:
            self._go()

    def _go(self) -> None:
        if self._left is not None and self._task is not None and not self._over:
            self._since = self._clock.mono()
            self._timer = self._clock.call_later(self._left, self._expire)

    def _halt(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
            assert self._left is not None
            self._left = max(0.0, self._left - (self._clock.mono() - self._since))

    def _expire(self) -> None:
        self._timer = None
        if self._task is not None:
            self._over = True
            self._task.cancel()


@asynccontextmanager
async def limited(call: NodeCall, seconds: float | None, of: str = "") -> AsyncIterator[None]:
    """Lets the work of a node take some seconds, waits that are not charged left out.

    Args:
        of: what the limit is for, where it is not for one attempt.

    Raises:
        NodeError: `timeout`, when the time is over.
    """
    try:
        async with Deadline(call.clock, seconds, call.deadlines):
            yield
    except TimeoutError:
        raise NodeError("timeout", f"It took longer than {seconds:g} s{of}.", "Raise its time limit.") from None
