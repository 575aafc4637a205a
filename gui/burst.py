"""The events of a run that wait for the window: it takes them in helpings, so that a burst costs no frame."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from engine.run.events import Event

AT_ONCE, FEWEST, MOST = 90, 30, 400
"""Events that change how things look in one helping: at first, at least and at most."""
HELPING_S: Final = 0.005
"""How long the window may be at one helping, in seconds."""
FRAMES_LATE: Final = 30
"""A long queue is taken in so many frames: half a second."""
GROWS: Final = frozenset({"text", "model.request", "budget.reserved", "budget.settled"})
"""Events that cost a frame little: a node that streams is drawn anew anyway."""
AS_MUCH: Final = 8
"""So many of those take as long as one that changes how things look. They count too: a window that was held up finds
thousands of them waiting, which would hold it up again, and longer each time."""


class Burst:
    """Events in order; the helpings are as large as the machine gets through in time."""

    def __init__(self) -> None:
        self._waiting: list[Event] = []
        self._weights: list[int] = []
        """What each weighs with all before it, from the first event of the run on."""
        self._taken = 0
        self.at_once = AT_ONCE
        """How many may be such as change how things look, while the queue is short."""

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, events: Sequence[Event]) -> None:
        """Puts events behind those that wait."""
        at = self._weights[-1] if self._weights else self._taken
        weights = accumulate([1 if event.kind in GROWS else AS_MUCH for event in events], initial=at)
        next(weights)
        self._waiting += events
        self._weights += weights

    def helping(self) -> list[Event]:
        """Takes the events for one frame out."""
        if not self._waiting:
            return []
        most = max(self.at_once * AS_MUCH, (self._weights[-1] - self._taken) // FRAMES_LATE)
        count = bisect_right(self._weights, self._taken + most)
        events, self._waiting = self._waiting[:count], self._waiting[count:]
        self._taken = self._weights[count - 1]
        del self._weights[:count]
        return events

    def took(self, seconds: float) -> None:
        """Hears how long the window was at a helping. Only a whole one says something: then more are waiting."""
        if self._waiting:
            share = HELPING_S / max(seconds, HELPING_S / 2)
            self.at_once = round(min(MOST, max(FEWEST, self.at_once * share)))
