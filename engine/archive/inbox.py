"""The inbox: every question that a stored run has put to people and that is still open (semantics.md S13)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.base.values import Value
from engine.run.events import Event, as_stored
from engine.run.journal import Journal, StoredRun

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
    asking = journal.asking()
    found: list[OpenQuestion] = []
    for run in journal.runs(limit) if asking else ():
        if run.status in RESTING and run.id in asking:
            with suppress(FileProblem), as_stored(run.id):  # a damaged run asks nothing
                found += _asked_by(journal, run, asking[run.id])
    return sorted(found, key=lambda each: (each.deadline is None, each.deadline or each.asked))


def _asked_by(journal: Journal, run: StoredRun, events: Iterable[Event]) -> list[OpenQuestion]:
    """The open questions of a run, by the events in which people are asked or answer."""
    return [
        OpenQuestion(run.id, run.name, run.file, each.told["key"], each.node, each.told["kind"], each.told["question"],
                     each.told["schema"], each.told["value"], each.since, deadline and float(deadline))
        for each in _open(events) if not _ended(journal, run.id, each)
        for deadline in (each.told.get("deadline"),)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that was asked and not answered: by which node, `since` when, `last` in which event."""

    node: str
    since: float
    last: int
    told: Mapping[str, Any]


def _open(events: Iterable[Event]) -> Iterable[_Asked]:
    """The questions that events leave open. A run that goes on asks anew what is still open."""
    found: dict[str, _Asked] = {}
    for event in events:
        if event.kind == "human.requested":
            key = event.data["key"]
            since = found[key].since if key in found else event.ts
            found[key] = _Asked(event.key, since, event.seq, event.data)
        elif event.kind in ("human.resolved", "human.expired"):
            found.pop(event.data["key"], None)
        elif event.kind in _ENDS:
            found = {key: each for key, each in found.items() if each.node != event.key}
    return found.values()


def _ended(journal: Journal, run: str, asked: _Asked) -> bool:
    """Whether the node that asks has come to an end without an answer, as when it was stopped."""
    events = journal.after(run, asked.last, f'"{asked.node}"')
    return any(event.kind in _ENDS and event.key == asked.node for event in events)
