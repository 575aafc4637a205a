"""The events of a run that wait for the window: it takes them in helpings, so that a burst costs no frame."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from engine.run.events import Event

AT_ONCE, FEWEST, MOST = 90, 30, 400
"""Events that change how things look in one helping: at first, at least and at most."""
HELPING_S: Final = 0.005
"""How long the window may be at one helping, in seconds."""
FRAMES_LATE: Final = 30
"""A long queue is taken in so many frames: half a second."""
GROWS: Final = frozenset({"text", "model.request", "budget.reserved", "budget.settled"})
"""Events that cost a frame next to nothing: a node that streams is drawn anew anyway."""


class Burst:
    """Events in order; the helpings are as large as the machine gets through in time."""

    def __init__(self) -> None:
        self._waiting: list[Event] = []
        self.at_once = AT_ONCE

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, events: Sequence[Event]) -> None:
        """Puts events behind those that wait."""
        self._waiting += events

    def helping(self) -> list[Event]:
        """Takes the events for one frame out."""
        most = a_frame_of(self._waiting, self.at_once)
        events, self._waiting = self._waiting[:most], self._waiting[most:]
        return events

    def took(self, seconds: float) -> None:
        """Hears how long the window was at a helping. Only a whole one says something: then more are waiting."""
        if self._waiting:
            share = HELPING_S / max(seconds, HELPING_S / 2)
            self.at_once = round(min(MOST, max(FEWEST, self.at_once * share)))


def a_frame_of(events: Sequence[Event], at_once: int) -> int:
    """How many of the events that wait one frame takes: as much streaming text as there is among what changes.

    Args:
        at_once: how many may be such as change how things look, while the queue is short.
    """
    heavy = [place for place, event in enumerate(events) if event.kind not in GROWS]
    most = max(at_once, len(heavy) // FRAMES_LATE)
    return heavy[most] if len(heavy) > most else len(events)
