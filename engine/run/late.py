"""What a run comes to, folded only when somebody asks: most runs that nobody watches are never folded whole."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from threading import Lock
from typing import Final

from engine.base.unhurried import unhurried
from engine.run.events import ENDS, Event
from engine.run.view import View

FOLD_AFTER: Final = 10_000
"""Batches of events that may wait to be folded; from then on the oldest is folded for each new one."""


class LateFold:
    """The events of a run, kept until they are folded. They come from one thread; any may ask.

    Args:
        begun: gives what earlier sessions came to; it goes on from there. Asked when something is first folded.

    Attributes:
        last: the event that ended the run; None while it goes on.
    """

    def __init__(self, begun: Callable[[], View]) -> None:
        self._begun = begun
        self._waiting: deque[Sequence[Event]] = deque()
        self._folding = Lock()
        self.last: Event | None = None

    @cached_property
    def _view(self) -> View:
        return self._begun()

    def take(self, batch: Sequence[Event]) -> None:
        """Keeps more events, at least one."""
        self._waiting.append(batch)
        if batch[-1].kind in ENDS:
            self.last = batch[-1]
        if len(self._waiting) > FOLD_AFTER:
            with self._folding:
                self._view.take(self._waiting.popleft())

    def view(self) -> View:
        """What the events so far came to, always the same view; while the run goes on, only one thread may ask."""
        for _ in self._folded():
            pass
        return self._view

    def view_in_time(self) -> View:
        """The same, so that a window beside it goes on."""
        for _ in unhurried(self._folded()):
            pass
        return self._view

    def _folded(self) -> Iterator[None]:
        """Folds what waits, a batch for each step."""
        while True:
            with self._folding:
                if not self._waiting:
                    return
                self._view.take(self._waiting.popleft())
            yield
