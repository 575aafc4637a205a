"""How a command stops: SIGINT and SIGTERM are heard for as long as it works, and change nothing once one has come."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stopping(stop: Callable[[], object]) -> Generator[threading.Event, None, None]:
    """While it lasts, SIGINT and SIGTERM call `stop`, which a second one may make hurry (S10).

    Once one has come the process is on its way out, and a late one must not change its exit code.

    Returns:
        set as soon as a signal has come.
    """
    stopped = threading.Event()

    def heard(_number: int, _frame: FrameType | None) -> None:
        stopped.set()
        stop()

    old = {number: signal.signal(number, heard) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in old.items():
            signal.signal(number, signal.SIG_IGN if stopped.is_set() else handler)
