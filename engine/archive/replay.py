"""Any moment of a run, quickly: its events folded up to there, with the fold kept at some points (semantics.md S15)."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

from engine.base.garbage import uncollected
from engine.run.events import Event, as_stored
from engine.run.view import View

STRIDE: Final = 8_192
"""Events between two points at which the fold is kept: going to any moment folds fewer than these."""


class Replay:
    """A stored run, or one that still goes on, to be looked at as it was after any of its events.

    Moments are counted in events: 0 is before the first, `len(replay)` after the last.

    Args:
        events: in order of `seq`, on one clock.
    """

    def __init__(self, events: Sequence[Event] = ()) -> None:
        self._events: list[Event] = []
        self._times: list[float] = []
        self._kept: list[View] = [View()]
        self._last = (0, View())
        self.extend(events)

    def __len__(self) -> int:
        return len(self._events)

    @property
    def events(self) -> Sequence[Event]:
        return self._events

    @property
    def seconds(self) -> float:
        """How long the run went on, without the time between its sessions."""
        return self.time_of(len(self._events))

    def extend(self, events: Sequence[Event]) -> None:
        """Takes what happened since; moments that were there before stay what they are."""
        self._events.extend(events)
        if self._events:
            first = self._events[0].mono
            self._times.extend([event.mono - first for event in events])

    def view_at(self, moment: int) -> View:
        """The run after its first `moment` events; what is beyond the ends is the end.

        The view is the caller's own and may go on with `View.apply`; nodes that did not change between two moments
        are often the same objects.

        Raises:
            FileProblem: the stored events are damaged.
        """
        moment = max(0, min(moment, len(self._events)))
        with as_stored(self._events[0].run if self._events else ""), uncollected():
            start, view = self._nearest(moment)
            view = view.parted()
            view.take(self._events[start:moment])
            self._last = moment, view.parted()
        return view

    def moment_at(self, seconds: float) -> int:
        """How many events there were `seconds` after the run began."""
        return bisect_right(self._times, seconds)

    def time_of(self, moment: int) -> float:
        """When a moment was, in seconds after the run began."""
        return self._times[min(moment, len(self._times)) - 1] if moment > 0 and self._times else 0.0

    def _nearest(self, moment: int) -> tuple[int, View]:
        """The latest fold that is known, not after a moment. Points on the way there are folded once and kept."""
        point = moment // STRIDE
        while len(self._kept) <= point:
            view = self._kept[-1].parted()
            start = (len(self._kept) - 1) * STRIDE
            view.take(self._events[start : start + STRIDE])
            self._kept.append(view)
        last, view = self._last
        return (last, view) if point * STRIDE <= last <= moment else (point * STRIDE, self._kept[point])
