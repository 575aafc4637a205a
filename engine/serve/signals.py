"""How a server ends: SIGINT and SIGTERM are heard, and nothing more comes of them than a word."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def stopping() -> Generator[asyncio.Event, None, None]:
    """While it lasts, SIGINT and SIGTERM set the event. Once one has come, later ones change nothing more."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop(_number: int, _frame: object) -> None:
        loop.call_soon_threadsafe(stopped.set)

    old = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in old.items():
            signal.signal(number, signal.SIG_IGN if stopped.is_set() else handler)
