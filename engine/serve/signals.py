"""How a server ends: a signal is an event in its loop."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from engine.base import signals


@contextmanager
def stopping() -> Generator[asyncio.Event, None, None]:
    """While it lasts, SIGINT and SIGTERM set the event. Once one has come, later ones change nothing more."""
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()
    with signals.stopping(lambda: loop.call_soon_threadsafe(stopped.set)):
        yield stopped
