"""Follows one run: starts it on its own thread, empties its events once a frame and folds them into a view."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine.archive.replay import Replay
from engine.base.errors import BatonError
from engine.base.values import Value
from engine.graph.graph import Graph
from engine.run.breakpoints import Keep
from engine.run.events import Event
from engine.run.view import View
from gui.background import Background
from gui.burst import Burst
from gui.names import Names
from gui.scopes import Scopes

if TYPE_CHECKING:
    from engine.run.control import Run
    from engine.run.result import Result
    from engine.run.thread import RunThread

QUIET = ("text", "node.progress", "budget.reserved", "budget.settled")
"""Events that are no moments to step to."""
FRAME_MS = 16
CLOCK_FRAMES = 6
"""Frames between two ticks while nothing happens: clocks and bars that run go on."""
STOP_WAIT_S = 8.0
"""How long a closing window waits for its run: the engine forces after 5 s (semantics.md S10)."""


class Running(QObject):
    """The run that a window watches, live or from its stored events."""

    changed = Signal()
    """It was started, asked to stop, ended or put away."""
    ticked = Signal(object)
    """list[Event] since the last frame."""
    refused = Signal(object)
    """BatonError: the run that was about to begin cannot."""
    moved = Signal(object)
    """Another moment is looked at: list[Event] that lead to it from the one before, or None when it is elsewhere."""
    filled = Signal()
    """The events of a long stored run, which was shown before they were read, are there."""

    view: View | None
    """Folded up to the last event; `seen` up to the `moment` looked at (seconds from the first event, None for now)."""
    seen: View | None
    moment: float | None
    graph: Graph | None
    events: list[Event]
    result: Result | None
    error: BaseException | None
    stopping: bool
    unread: bool
    """Whether a stored run is shown whose events are yet to come: its end can be looked at, and no other moment."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._quiet = 0
        self._thread: RunThread | None = None
        self._beginning = False
        self.background = Background(self)
        """Makes runs, and makes graphs ready for them."""
        self._reset(None, None)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def active(self) -> bool:
        """Whether a run is going on, or about to."""
        return self._thread is not None or self._beginning

    def begin(self, make: Callable[[], tuple[Run, Sequence[Event]]], graph: Graph) -> None:
        """Starts the run that `make` gives, with its stored events. That is made off the window's thread: it may read
        a journal, or make ready a graph of thousands of nodes. Until then nothing of the run is known.

        Args:
            graph: what is about to run.
        """
        self._reset(View(), graph)
        self._beginning = True
        self.changed.emit()
        self.background.do(make, self._made, self._refused)

    def _made(self, made: tuple[Run, Sequence[Event]]) -> None:
        stopped, self._beginning = self.stopping, False
        self.start(*made)
        if stopped:
            self.stop()

    def _refused(self, error: BatonError) -> None:
        self._beginning = False
        self._reset(None, None)
        self.refused.emit(error)
        self.changed.emit()

    def start(self, run: Run, past: Sequence[Event] = ()) -> None:
        """Starts a run, or goes on with one of which `past` is stored."""
        from engine.run.thread import RunThread

        self._reset(None, run.graph)
        self._take(past)
        self.view = self.seen = self.replay.view_at(len(self.replay)) if past else View(run=run.id)
        self._thread = RunThread(run)
        self._thread.start()
        self._timer.start()
        self.changed.emit()

    def stop(self) -> None:
        """Stops the run; the second time by force."""
        if self._thread is not None:
            self._thread.stop(force=self.stopping)
        if self.active:
            self.stopping = True
            self.changed.emit()

    def answer(self, key: str, answer: Mapping[str, Any]) -> None:
        """Answers a question of the run that goes on.

        Raises:
            WrongUse: nothing waits under this key any more, or the answer does not fit.
        """
        if self._thread is not None:
            self._thread.run.answer(key, dict(answer))

    def break_at(self, places: Collection[str]) -> None:
        """Sets the breakpoints of the run that goes on."""
        if self._thread is not None:
            self._thread.run.break_at(places)

    def let_go(self, place: str, value: Value | Keep, *, step: bool) -> None:
        """Lets what is held go on; in a `step`, all that starts next is held.

        Raises:
            WrongUse: nothing is held there any more, or it cannot take this value.
        """
        if self._thread is not None:
            run = self._thread.run
            (run.step if step else run.go_on)(place, value)

    def stop_delegation(self, key: str) -> None:
        """Stops one delegation of the run that goes on.

        Raises:
            WrongUse: no such delegation goes on.
        """
        if self._thread is not None:
            self._thread.run.stop_delegation(key)

    def redirect(self, key: str, message: str, specialist: str) -> None:
        """Begins a delegation of the run that goes on anew, with a word to whoever works on it.

        Raises:
            WrongUse: no such delegation goes on, or there is no such specialist.
        """
        if self._thread is not None:
            self._thread.run.redirect(key, message, specialist)

    def raise_budget(self, usd: float | None, tokens: int | None) -> None:
        """Sets a higher budget, in US dollars or tokens, for the run that goes on.

        Raises:
            WrongUse: one of them is no limit.
        """
        if self._thread is not None:
            self._thread.run.raise_budget(usd, tokens)

    def show(self, events: Sequence[Event], graph: Graph, replay: Replay | None = None) -> None:
        """Shows a finished run from its events; not while one is going on.

        Args:
            replay: of these events, where it was made already: folding very many takes a while.
        """
        if self.active:
            return
        self._reset(None, graph)
        self.events, self.replay = list(events), replay or Replay(events)
        self.view = self.seen = self.replay.view_at(len(self.replay))
        self.changed.emit()

    def show_end(self, view: View, graph: Graph) -> None:
        """Shows what a finished run came to, before its events are read; not while one is going on."""
        if self.active:
            return
        self._reset(view, graph)
        self.unread = True
        self.changed.emit()

    def fill(self, run: str, replay: Replay) -> None:
        """Takes the events of the run whose end is shown, unless it is not shown any more."""
        if self.view is not None and self.unread and self.view.run == run:
            self.events, self.replay, self.unread = list(replay.events), replay, False
            self.filled.emit()

    def go_to(self, seconds: float | None) -> None:
        """Looks at a moment, in seconds from the first event of the run; None is the present one, or the last."""
        if self.view is None or self.unread or seconds == self.moment:
            return
        was, self.moment = self.moment, seconds
        if seconds is None:
            self.seen = self.view
            self.moved.emit(None)
            return
        place = self.replay.moment_at(seconds)
        self.seen = self.replay.view_at(place)
        self.seen.now += seconds - self.replay.time_of(place)
        new = None if was is None or was > seconds else self.events[self.replay.moment_at(was) : place]
        self.moved.emit(new)

    def beside(self, step: int) -> float | None:
        """The moment before (-1) or after (1) this one at which something happened, in seconds from the first event;
        None when there is none."""
        replay = self.replay
        at = replay.seconds if self.moment is None else self.moment
        place = replay.moment_at(at)
        there = range(place, len(replay)) if step > 0 else range(place - 1, -1, -1)
        times = (replay.time_of(each + 1) for each in there if self.events[each].kind not in QUIET)
        return next((found for found in times if found != at), None)

    def put_away(self) -> None:
        """Forgets a finished run."""
        if not self.active and self.view is not None:
            self._reset(None, None)
            self.changed.emit()

    def close(self) -> None:
        """Stops what runs and waits for it, so that nothing of it is left."""
        thread, self._thread = self._thread, None
        self._timer.stop()
        self.background.close()
        if thread is not None:
            thread.stop(force=True)
            thread.join(STOP_WAIT_S)

    def now(self) -> float:
        """The present moment on the clock of the run, in seconds; the last one of a run that is over."""
        if self.view is None:
            return 0.0
        return self.view.now if self._thread is None else max(self.view.now, self._thread.run.now())

    def _take(self, events: Sequence[Event]) -> None:
        """Keeps what happened."""
        self.events += events
        self.replay.extend(events)

    def _reset(self, view: View | None, graph: Graph | None) -> None:
        self.view = self.seen = view
        self.graph, self.scopes, self.names = graph, Scopes(lambda: self.view), Names(graph)
        self.events, self.replay = [], Replay()
        self.moment = None
        self.result, self.error, self.stopping, self.unread = None, None, False, False
        self._burst = Burst()

    def _poll(self) -> None:
        thread = self._thread
        if thread is None or self.view is None:
            return
        done = thread.done  # asked before the queue is emptied: what comes last is not missed
        self._burst.add(thread.poll())
        began, events = time.perf_counter(), self._burst.helping()
        done = done and not self._burst
        self._take(events)
        self.view.take(events)
        if done:
            self._timer.stop()
            self._thread, self.result, self.error, self.stopping = None, thread.result, thread.error, False
            thread.join()
        self._quiet = 0 if events else self._quiet + 1
        if events or done or self._quiet % CLOCK_FRAMES == 0:
            self.ticked.emit(events)
        self._burst.took(time.perf_counter() - began)
        if done:
            self.changed.emit()
