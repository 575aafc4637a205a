"""A run while its work goes on: how it is waited for, paused, stopped, and given more to spend."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from engine.run.admission.accounts import Account
from engine.run.recorder import Recorder
from engine.run.scheduler import Scheduler

GRACE_S: Final = 5.0
"""How long a stopped run may take to end by itself, in seconds (S10)."""


@dataclass(frozen=True, slots=True)
class Live:
    """A run while its work goes on; everything here happens in its own loop.

    Attributes:
        work: the task of all its nodes.
        over: done when the work is, or when nobody waits for it any more.
        account: the budget of the run; None when it has none of its own.
    """

    work: asyncio.Task[None]
    over: asyncio.Future[None]
    recorder: Recorder
    scheduler: Scheduler
    account: Account | None

    async def ended(self) -> None:
        """Waits for the work; when it is forced, what is left is settled and left behind."""
        self.work.add_done_callback(lambda _: self.force())
        await self.over
        if not self.work.done():
            self.scheduler.abandon()
            self.work.cancel()
        with suppress(asyncio.CancelledError):
            await self.work

    def force(self) -> None:
        """Ends the waiting for the work."""
        if not self.over.done():
            self.over.set_result(None)

    def stop(self, *, force: bool) -> None:
        """Carries a stop out: cancels the work once, and forces it when told to or after the grace (S10)."""
        if not self.work.cancelling() and not self.work.done():
            self.recorder.emit("run.cancelling")
            self.work.cancel()
            grace = asyncio.get_running_loop().call_later(GRACE_S, self.force)
            self.work.add_done_callback(lambda _: grace.cancel())
        if force:
            self.force()

    def pause(self, reason: str) -> None:
        """Ends the work and leaves what is not settled as it is; calls in flight have ended already (S9)."""
        if not self.scheduler.pausing:
            self.scheduler.pausing = reason
            self.work.cancel()

    def raise_cap(self, usd: float | None, tokens: int | None) -> None:
        """Sets a higher budget: calls that wait for it continue (S9)."""
        if self.account is not None:
            self.scheduler.admission.raise_cap(self.account, usd, tokens)
