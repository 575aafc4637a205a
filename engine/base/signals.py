"""How a command stops: SIGINT and SIGTERM are heard for as long as it works, and change nothing once one has come."""

from __future__ import annotations

import itertools
import signal
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Final

_COUNTED: Final = 2
"""How many signals mean something: the first one stops, the second one hurries (S10)."""


@contextmanager
def stopping(stop: Callable[[], object]) -> Generator[Sequence[int], None, None]:
    """While it lasts, SIGINT and SIGTERM call `stop`, a second one calls it again, which may make it hurry (S10).

    Once one has come the process is on its way out, and a late one must not change its exit code.

    Args:
        stop: may itself be interrupted by the next signal, so that it must wait for no lock.

    Returns:
        the numbers of the signals that came, at most two; empty as long as none has.
    """
    heard: list[int] = []  # no `threading.Event`: a signal that meets another one inside its lock would wait for ever
    turns = itertools.count()  # in one step, so that signals that interrupt each other take turns too

    def hear(number: int, _frame: FrameType | None) -> None:
        if next(turns) < _COUNTED:
            heard.append(number)
            stop()

    old = {number: signal.signal(number, hear) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heard
    finally:
        for number, handler in old.items():
            signal.signal(number, signal.SIG_IGN if heard else handler)
