"""Learns from the stored runs of a graph how much its models write, how long that takes, how often bodies run."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from engine.base.errors import FileProblem
from engine.plan.amount import seen
from engine.plan.learnt import Learnt
from engine.run.events import Event
from engine.run.journal import Journal

RUNS: Final = 20
"""The latest runs that are learnt from."""
EVENTS: Final = 100_000
"""Events that are read at most; older runs are left out beyond them."""
_SCOPE: Final = re.compile(r"\[\d+\][^/]*")


def learnt_of(journal: Journal, file: str) -> Learnt:
    """What the latest stored runs of a file teach.

    Args:
        file: the graph's file as runs name it: its absolute path.

    Raises:
        FileProblem: the stored runs cannot be read.
    """
    found: list[list[Event]] = []
    left = EVENTS
    for run in [run for run in journal.runs() if run.file == file and run.ended is not None][:RUNS]:
        with suppress(FileProblem):  # a damaged run teaches nothing
            events = journal.events(run.id)
            left -= len(events)
            if left < 0 and found:
                break
            found.append(events)
    return learn(found)


def learn(runs: Iterable[Iterable[Event]]) -> Learnt:
    """What the events of some runs teach."""
    lesson = _Lesson()
    for events in runs:
        lesson.runs += 1
        lesson.asked.clear()
        for event in events:
            lesson.hear(event)
        lesson.sum_up()
    return Learnt(
        lesson.runs,
        {call: seen(samples) for call, samples in lesson.answers.items()},
        {call: seen(samples) for call, samples in lesson.seconds.items()},
        {place: seen(samples) for place, samples in lesson.prompts.items()},
        {place: seen(samples) for place, samples in lesson.repeats.items()},
    )


class _Lesson:
    """The samples of all runs."""

    def __init__(self) -> None:
        self.runs = 0
        self.asked: dict[str, Event] = {}
        self.answers: dict[tuple[str, str], list[float]] = {}
        self.seconds: dict[tuple[str, str], list[float]] = {}
        self.read: dict[str, list[int]] = {}
        self.prompts: dict[str, list[float]] = {}
        self.repeats: dict[str, list[float]] = {}

    def hear(self, event: Event) -> None:
        if event.kind == "model.request":
            self.asked[event.key] = event
        elif event.kind == "model.response":
            request = self.asked.pop(event.key, None)
            if request is not None:
                call = (_place(event.key), str(request.data["model"]))
                self.read.setdefault(call[0], []).append(event.data["usage"]["input_tokens"])
                self.answers.setdefault(call, []).append(event.data["usage"]["output_tokens"])
                self.seconds.setdefault(call, []).append(max(0.0, event.mono - request.mono))
        elif event.kind == "map.opened":
            self.repeats.setdefault(_place(event.key), []).append(event.data["total"])
        elif event.kind == "loop.exit":
            self.repeats.setdefault(_place(event.key), []).append(event.data["passes"])

    def sum_up(self) -> None:
        """A run is over: what its calls read on average."""
        for place, tokens in self.read.items():
            self.prompts.setdefault(place, []).append(sum(tokens) / len(tokens))
        self.read.clear()


def _place(key: str) -> str:
    """`outer/inner` of `outer[3]/inner`: which item or pass it was does not matter."""
    return _SCOPE.sub("", key)
