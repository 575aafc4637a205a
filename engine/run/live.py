"""A run while its work goes on: how it is waited for, paused, stopped, and given more to spend."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Final

from engine.run.admission.accounts import Account
from engine.run.recorder import Recorder
from engine.run.scheduler import Scheduler
from engine.run.scope import Scope

GRACE_S: Final = 5.0
"""How long a stopped run may take to end by itself, in seconds (S10)."""


@dataclass(slots=True)
class Live:
    """A run while its work goes on; everything here happens in its own loop.

    Attributes:
        scope: the scope that is the whole run.
        account: the budget of the run; None when it has none of its own.
    """

    scope: Scope
    recorder: Recorder
    scheduler: Scheduler
    account: Account | None
    _grace: asyncio.TimerHandle | None = field(default=None, init=False)

    async def ended(self) -> None:
        """The work is over; what was forced to an end and heeds that still ends before the run does."""
        if self._grace is not None:
            self._grace.cancel()
        if self.scope.running:
            await asyncio.wait(list(self.scope.running.values()), timeout=0)

    def stop(self, *, force: bool) -> None:
        """Carries a stop out: cancels the work once, and forces it when told to or after the grace (S10)."""
        if self._grace is None and not self.scheduler.pausing and not self.scope.finished.done():
            self.recorder.emit("run.cancelling")
            self.scheduler.cancel(self.scope, "cancelled")
            self._grace = asyncio.get_running_loop().call_later(GRACE_S, self.scheduler.abandon)
        if force:
            self.scheduler.abandon()

    def pause(self, reason: str) -> None:
        """Ends the work and leaves what is not settled as it is; calls in flight have ended already (S9)."""
        if not self.scheduler.pausing:
            self.scheduler.pausing = reason
            self.scheduler.cancel(self.scope, "cancelled")

    def raise_cap(self, usd: float | None, tokens: int | None) -> None:
        """Sets a higher budget: calls that wait for it continue (S9)."""
        if self.account is not None:
            self.scheduler.admission.raise_cap(self.account, usd, tokens)
