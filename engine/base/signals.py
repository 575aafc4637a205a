"""How a command stops: SIGINT and SIGTERM are heard for as long as it works, and change nothing once one has come."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

CANCELLED: Final = 130
"""The exit code of a command that a signal stopped."""
LONGEST_S: Final = 30.0
"""Longest time from the first signal to the end, in seconds: a run needs 5, a server some more (S10)."""
_BOTH: Final = (signal.SIGINT, signal.SIGTERM)
_COUNTED: Final = 2
"""How many signals mean something: the first one stops, the second one hurries (S10)."""


class Interrupt:
    """What a signal does as long as a command has nothing of its own to stop: it ends it as Ctrl+C does.

    `came` says so even where a library made another error of that, or none at all.
    """

    came = False

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self.came = True
        raise KeyboardInterrupt

    def hear(self) -> None:
        """From now on it hears SIGINT and SIGTERM; nothing happens on another thread than the main one."""
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self) for number in _BOTH}

    def give_back(self) -> None:
        """From now on signals do what they did before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)


def give_back() -> None:
    """Gives signals back to the system: a window's loop runs no handler of Python's, so that none would end it."""
    if isinstance(handler := signal.getsignal(signal.SIGTERM), Interrupt):
        handler.give_back()


@contextmanager
def stopping(stop: Callable[[], object], longest_s: float = LONGEST_S) -> Generator[Sequence[int], None, None]:
    """While it lasts, SIGINT and SIGTERM call `stop`, a second one calls it again, which may make it hurry (S10).

    Once one has come the process is on its way out, and a late one must not change its exit code. What keeps it for
    longer than `longest_s`, such as a pipe that nobody reads, keeps it no longer: the process leaves with 130.

    Args:
        stop: may itself be interrupted by the next signal, so that it must wait for no lock.

    Returns:
        the numbers of the signals that came, at most two; empty as long as none has.

    Raises:
        KeyboardInterrupt: one came before, and was lost.
    """
    heard: list[int] = []  # no `threading.Event`: a signal that meets another one inside its lock would wait for ever
    turns = itertools.count()  # in one step, so that signals that interrupt each other take turns too
    woken, wake = os.pipe()  # tells the thread without a lock
    over = threading.Event()
    threading.Thread(target=_leave_in_time, args=(woken, over, longest_s), name="leaving", daemon=True).start()

    def hear(number: int, _frame: FrameType | None) -> None:
        if next(turns) < _COUNTED:
            heard.append(number)
            os.write(wake, b"!")
            stop()

    old = {number: signal.signal(number, hear) for number in _BOTH}
    try:
        if any(isinstance(handler, Interrupt) and handler.came for handler in old.values()):
            raise KeyboardInterrupt
        yield heard
    finally:
        for number, handler in old.items():
            signal.signal(number, signal.SIG_IGN if heard else handler)
        over.set()
        os.close(wake)


def _leave_in_time(woken: int, over: threading.Event, longest_s: float) -> None:
    """Ends the process when it was told to stop and does not come to it."""
    if os.read(woken, 1):
        _give_up(over, longest_s, CANCELLED)
    os.close(woken)


def _give_up(over: threading.Event, longest_s: float, code: int) -> None:
    if not over.wait(longest_s):
        os._exit(code)  # nothing else ends what waits in the system; what counts is in the journal


@contextmanager
def leaving(code: int, longest_s: float = LONGEST_S) -> Generator[None, None, None]:
    """Around the last words of a process that knows its exit code: a signal ends what keeps them, as a full pipe does;
    where one has come before, they and the end of the interpreter have `longest_s`.

    From then on signals are ignored, since the end of the interpreter would make other exit codes of them.
    """
    stopped = code == CANCELLED or signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    for number in _BOTH:
        signal.signal(number, lambda _number, _frame: os._exit(code or CANCELLED))
    if stopped:
        threading.Thread(
            target=_give_up, args=(threading.Event(), longest_s, code), name="leaving", daemon=True
        ).start()
    yield
    for number in _BOTH:
        signal.signal(number, signal.SIG_IGN)
