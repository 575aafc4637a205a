"""The part of a session that has to do with runs: starting one, watching it, and where in it one looks."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.base.errors import BatonError
from engine.base.values import Value
from engine.graph.graph import Graph
from engine.run.breakpoints import Keep
from engine.run.events import Event
from engine.run.view import View
from gui.paced import Turns
from gui.running import Running
from gui.scopes import Scopes

if TYPE_CHECKING:
    from engine.archive.compare import RunComparison
    from engine.archive.replay import Replay
    from engine.graph.details import Details
    from engine.run.result import Result


class Watching(QObject):
    """The run that a window watches, live or stored."""

    run_changed = Signal()
    """A run was started, ended or put away."""
    run_ticked = Signal(object)
    """list[Event] applied to `run_view` since the last frame: at most one emit a frame, an empty list now and then."""
    run_filled = Signal()
    """The events of a long stored run, whose end is shown already, were read."""
    scope_changed = Signal()
    """Another item of a map, or pass of a loop, is looked at."""
    moment_changed = Signal(object)
    """Another moment of the run is looked at: list[Event] that lead there from the one before, or None."""
    comparison_changed = Signal()
    """Two runs were compared, or are no longer."""
    breakpoints_changed = Signal()
    """Runs hold at other nodes."""
    said = Signal(str, str, str)
    """Level (info, warning or error), message, hint: shown as a toast."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._running = Running(self)
        self.turns = Turns()
        """In which the works that follow the run are done, one after the other."""
        self._running.ticked.connect(self._ticked)
        self.comparison: RunComparison | None = None
        self.changes: Details | None = None
        """What differs between the two versions of a graph that are shown as one."""
        self.breakpoints: frozenset[str] = frozenset()
        """Nodes before which runs hold, with the containers around them: `map1/draft`. They stand in no file."""
        self._running.changed.connect(self._forget_comparison)
        self._running.changed.connect(self.run_changed)
        self._running.moved.connect(self.moment_changed)
        self._running.refused.connect(self.say_error)
        self._running.filled.connect(self.run_filled)

    @property
    def scopes(self) -> Scopes:
        """The items and passes of the watched run, and which of them are looked at."""
        return self._running.scopes

    @property
    def run_view(self) -> View | None:
        """The run being watched, folded up to now; None when there is none."""
        return self._running.view

    @property
    def run_graph(self) -> Graph | None:
        """The snapshot that the watched run runs on: the whole document as it was."""
        return self._running.graph

    @property
    def run_events(self) -> Sequence[Event]:
        """All events of the watched run so far, in order."""
        return self._running.events

    @property
    def run_result(self) -> Result | None:
        """How the watched run ended; None before that."""
        return self._running.result

    def run_now(self) -> float:
        """The present moment of the watched run, in monotonic seconds: it goes on between events while it runs."""
        return self._running.now()

    # Another moment of it

    @property
    def moment(self) -> float | None:
        """The past moment that is looked at, in seconds from the start of the run; None for the present or the end."""
        return None if self._running.moment is None else self._running.moment - self._ahead

    @property
    def run_seen(self) -> View | None:
        """The watched run at the moment that is looked at: what the canvas shows."""
        return self._running.seen

    def seen_now(self) -> float:
        """That moment in monotonic seconds."""
        seen = self._running.seen
        return self.run_now() if seen is None or self._running.moment is None else seen.now

    def run_length(self) -> float:
        """Seconds from the start of the watched run to its end, or to now."""
        view = self._running.view
        if view is None or view.started is None:
            return 0.0
        return (self.run_now() if view.ended is None else view.ended) - view.started

    def go_to(self, seconds: float | None) -> None:
        """Looks at a moment, in seconds from the start; None, or one past the end, is the present or the last one."""
        past = seconds is not None and seconds < self.run_length()
        self._running.go_to(max(0.0, seconds) + self._ahead if past and seconds is not None else None)

    def go_beside(self, step: int) -> None:
        """Looks at the moment before (-1) or after (1) this one at which something happened."""
        there = self._running.beside(step)
        if step > 0 and (there is None or there >= self._running.replay.seconds):
            self.go_to(None)
        elif there is None or there < self._ahead:
            self.go_to(0.0)
        else:
            self._running.go_to(there)

    @property
    def _ahead(self) -> float:
        """Seconds between the first event of the watched run and its start."""
        view, events = self._running.view, self._running.events
        return view.started - events[0].mono if view is not None and view.started is not None and events else 0.0

    @property
    def running(self) -> bool:
        return self._running.active

    @property
    def stopping(self) -> bool:
        """Whether Stop was asked for and the run is still there."""
        return self._running.stopping

    def stop(self) -> None:
        """Stops the run; asked a second time it forces."""
        self._running.stop()

    @property
    def questions(self) -> Mapping[str, Mapping[str, Any]]:
        """The open questions of the run that goes on, by key: `node`, `kind`, `question`, `schema`, `value`."""
        view = self._running.view
        if view is None or not self.running:
            return {}
        asked = view.waiting.items()
        return {key: each for key, each in asked if not view.node(str(each["node"])).settled}

    def answer(self, key: str, answer: Mapping[str, Any]) -> None:
        """Answers a question: `{"decision": "approved" | "rejected", "value": ...}`.

        Raises:
            WrongUse: nothing waits under this key any more, or the answer does not fit what was asked.
        """
        self._running.answer(key, answer)

    def break_at(self, places: Iterable[str]) -> None:
        """Sets the breakpoints anew; the run that goes on follows."""
        self.breakpoints = frozenset(places)
        self._running.break_at(self.breakpoints)
        self.breakpoints_changed.emit()

    @property
    def held(self) -> Mapping[str, Mapping[str, Any]]:
        """What the run that goes on holds at a breakpoint, by place: the key of the `node`, and the `value` there."""
        view = self._running.view
        return view.held if view is not None and self.running else {}

    def let_go(self, place: str, value: Value | Keep = Keep.VALUE, *, step: bool = False) -> None:
        """Lets what is held go on, as it is or with another value; in a `step`, all that starts next is held.

        Raises:
            WrongUse: nothing is held there any more, or it cannot take this value.
        """
        self._running.let_go(place, value, step=step)

    def stop_delegation(self, key: str) -> None:
        """Stops one delegation of the run that goes on, by its key such as `manager[2]`.

        Raises:
            WrongUse: no such delegation goes on.
        """
        self._running.stop_delegation(key)

    def redirect(self, key: str, message: str, specialist: str = "") -> None:
        """Begins a delegation anew with a message, by another specialist when one is named; its manager is told (S7).

        Raises:
            WrongUse: it does not go on any more, or there is no such specialist.
        """
        self._running.redirect(key, message, specialist)

    def raise_budget(self, usd: float | None, tokens: int | None) -> None:
        """Sets a higher budget, in US dollars or tokens, for the run that goes on: calls that wait continue (S9).

        Raises:
            WrongUse: one of them is no limit.
        """
        self._running.raise_budget(usd, tokens)

    def title_of(self, key: str) -> str:
        """What people call a node of the watched run, with what it stands in: `Each one › item 4 › Draft`."""
        return self._running.names.path(key)

    def name_of(self, key: str) -> str:
        """What people call a node of the watched run, without what it stands in."""
        return self._running.names.of(key)

    def show_run(self, events: Sequence[Event], graph: Graph, replay: Replay | None = None) -> None:
        """Watches a finished run again, from its events and the snapshot it ran on; a `replay` of them may be there."""
        self._running.show(events, graph, replay)

    def show_end(self, view: View, graph: Graph) -> None:
        """Watches a finished run from what it came to; `fill_run` brings its events."""
        self._running.show_end(view, graph)

    def fill_run(self, run: str, replay: Replay) -> None:
        """Takes the events of the run whose end is watched, folded already; of another one they are let go."""
        self._running.fill(run, replay)

    def show_comparison(self, comparison: RunComparison | None) -> None:
        """Marks what the watched run did otherwise than another one."""
        self.comparison = comparison
        self.comparison_changed.emit()

    def show_changes(self, changes: Details | None) -> None:
        """Marks what differs between the two versions that the graph shown was put together of; None marks nothing."""
        if changes is self.changes:
            return
        self.changes = changes
        self.comparison_changed.emit()

    def put_run_away(self) -> None:
        """Takes the marks of a finished run off the screen."""
        self._running.put_away()

    def say_error(self, error: BatonError) -> None:
        """Shows an error for people as a toast."""
        self.said.emit("error", error.message, error.hint)

    def _forget_comparison(self) -> None:
        if self.comparison is not None:  # another run is watched now
            self.show_comparison(None)

    def _ticked(self, events: list[Event]) -> None:
        self.run_ticked.emit(events)
        if not self._running.active and self._running.error is not None:
            error = self._running.error
            if isinstance(error, BatonError):
                self.say_error(error)
            else:  # a bug: said and written down like every other one (gui.crash)
                sys.excepthook(type(error), error, error.__traceback__)
