"""A run at any past moment: its events folded up to then, with views kept on the way so that going back is quick."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engine.run.events import Event
from engine.run.view import NodeView, View

STRIDE = 16_000
"""So many events are folded again at most when the time goes back: within a frame or two."""
QUIET = ("text", "node.progress", "budget.reserved", "budget.settled")
"""Events that are no moments to step to."""


@dataclass(slots=True)
class Moment(View):
    """A view that costs little to keep: a node is shared with what was kept until it changes.

    Attributes:
        shared: keys of nodes that must be copied before they change.
    """

    shared: set[str] = field(default_factory=set)

    def node(self, key: str) -> NodeView:
        """The node of a key, to be changed."""
        if key in self.shared:
            self.shared.discard(key)
            node = self.nodes[key]
            attempts, replies = [replace(each) for each in node.attempts], list(node.replies)
            self.nodes[key] = replace(node, attempts=attempts, replies=replies)
        return View.node(self, key)

    def kept(self) -> Moment:
        """The same moment, which stays as it is when this view goes on."""
        self.shared = set(self.nodes)
        return replace(self, nodes=dict(self.nodes), edges=dict(self.edges), waiting=dict(self.waiting),
                       shared=set(self.nodes))  # fmt: skip


class Replay:
    """Folds events up to a moment.

    Args:
        events: of one run, in order; the list may grow.
        stride: events between two kept views.
    """

    def __init__(self, events: Sequence[Event], stride: int = STRIDE) -> None:
        self._events, self._stride = events, stride
        self._times: list[float] = []
        self._view, self._done = Moment(), 0
        self._kept: list[tuple[int, Moment]] = [(0, Moment())]

    def at(self, mono: float) -> tuple[View, list[Event] | None]:
        """The run as it was at a moment.

        Args:
            mono: monotonic seconds, as the events have them.

        Returns:
            The view, whose `now` is that moment; and the events taken in since the last call, or None when the view
            is another one than then because the time went back or far on.
        """
        until = bisect_right(self._clock(), mono)
        place, near = next(kept for kept in reversed(self._kept) if kept[0] <= until)
        jumped = until < self._done or place > self._done
        if jumped:
            self._done, self._view = place, near.kept()
        new = self._events[self._done : until]
        for event in new:
            self._view.apply(event)
            self._done += 1
            if self._done - self._kept[-1][0] >= self._stride:
                self._kept.append((self._done, self._view.kept()))
        self._view.now = mono
        return self._view, None if jumped else list(new)

    def end(self) -> View:
        """The run as its last event left it."""
        if self._events:
            self.at(self._clock()[-1])
        return self._view.kept()

    def beside(self, mono: float, step: int) -> float | None:
        """The moment before (`step` -1) or after (1) another at which something happened; None when there is none."""
        times = self._clock()
        index = bisect_right(times, mono) if step > 0 else bisect_left(times, mono) - 1
        while 0 <= index < len(times):
            if self._events[index].kind not in QUIET:
                return times[index]
            index += step
        return None

    def _clock(self) -> list[float]:
        """When each event happened; a clock that was set back counts as standing still."""
        times = self._times
        for event in self._events[len(times) :]:
            times.append(max(event.mono, times[-1]) if times else event.mono)
        return times
