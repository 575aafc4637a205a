"""Time as something that is given, so that tests can own it: every wait in the engine goes through a Clock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """Something that was put off."""

    def cancel(self) -> None:
        """Forgets it; nothing happens when it is over already."""


class Clock(Protocol):
    """What the engine asks about time, all in seconds."""

    def wall(self) -> float:
        """Seconds since 1970, for people and files; may jump."""

    def mono(self) -> float:
        """Seconds since some moment, for durations; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Waits; raises CancelledError when the run is cancelled meanwhile."""

    def call_later(self, seconds: float, act: Callable[[], None]) -> Timer:
        """Calls `act` on the running loop after so many seconds."""


class SystemClock:
    """The real one."""

    wall = staticmethod(time.time)
    mono = staticmethod(time.monotonic)
    sleep = staticmethod(asyncio.sleep)

    def call_later(self, seconds: float, act: Callable[[], None]) -> Timer:
        """See `Clock.call_later`."""
        return asyncio.get_running_loop().call_later(seconds, act)
