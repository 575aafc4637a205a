"""The inbox: every question that a stored run has put to people and that is still open (semantics.md S13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.base.values import Value
from engine.run.events import Event
from engine.run.journal import Journal
from engine.run.view import View

RESTING: Final = ("paused", "interrupted")
"""Runs whose questions nobody else looks after; those of a run that goes on are shown where it does."""
_ENDS: Final = frozenset(f"node.{status}" for status in ("ok", "failed", "handled", "skipped", "cancelled"))


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question, and where it comes from. `Run.resume(run, answers={key: ...})` answers it and goes on.

    Attributes:
        run, name, file: the run's id, its graph's name, and that graph's file.
        key: what the answer is given under; `node` is the key of the node that asks.
        asked: when, in seconds since 1970; `deadline` likewise, None without one.
    """

    run: str
    name: str
    file: str
    key: str
    node: str
    kind: str
    question: str
    schema: Mapping[str, Any] | None
    value: Value
    asked: float
    deadline: float | None = None


def inbox(journal: Journal, limit: int = 1000) -> list[OpenQuestion]:
    """All open questions of the newest `limit` stored runs: those with a deadline first, the nearest one on top, then
    the others in the order in which they were asked. One whose deadline has passed is decided when its run goes on.

    Raises:
        FileProblem: the stored runs cannot be read.
    """
    found = [
        OpenQuestion(run.id, run.name, run.file, key, told["node"], told["kind"], told["question"], told["schema"],
                     told["value"], at, told.get("deadline"))
        for run in journal.runs(limit) if run.status in RESTING
        for key, (at, told) in open_questions(journal.events(run.id)).items()
    ]  # fmt: skip
    return sorted(found, key=lambda each: (each.deadline is None, each.deadline or each.asked))


def open_questions(events: Iterable[Event]) -> dict[str, tuple[float, Mapping[str, Any]]]:
    """The questions that a run's events leave open, by key: when each was asked first, and what."""
    view, asked = View(), dict[str, float]()
    for event in events:
        if event.kind == "human.requested":
            asked.setdefault(event.data["key"], event.ts)
        elif event.kind in ("human.resolved", "human.expired"):
            asked.pop(event.data["key"], None)
        elif event.kind not in _ENDS:
            continue
        view.apply(event)
    return {key: (asked[key], told) for key, told in view.waiting.items()}
