"""The events that a run speaks in (semantics.md S15): the only way out of the engine, and all that is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final, Literal, NamedTuple

from engine.base.errors import FileProblem

VERSION: Final = 1
ONE_CLOCK: Final = "one_clock"
"""In the data of `run.resumed`: this session tells the time by the clock of the one before it."""
RUN_ACCOUNT: Final = "the run"
"""The name of the run's own budget among the accounts that events speak of."""

EventKind = Literal[
    "run.created", "run.started", "run.paused", "run.resumed", "run.cancelling", "run.finished",
    "node.reopened", "node.queued", "node.started", "node.progress", "node.ok", "node.failed", "node.handled",
    "node.skipped", "node.cancelled", "node.waiting", "node.retry", "node.attempt_discarded", "node.fallback",
    "node.uncertain", "edge.live", "edge.dead", "route.chosen", "text", "model.request", "model.response",
    "tool.intent", "tool.call", "tool.result", "tool.denied",
    "server.starting", "server.ready", "server.failed", "server.changed", "map.opened", "map.item", "map.closed",
    "loop.pass", "loop.left", "loop.exit", "delegation.started", "delegation.rejected", "delegation.ordered",
    "delegation.finished", "merge.conflict", "conflict.detected", "resource.touched",
    "budget.reserved", "budget.settled", "budget.warn", "budget.stop", "budget.raised",
    "rate.wait", "human.requested", "human.resolved", "human.expired", "cache.hit", "late",
]  # fmt: skip
ENDS: Final[tuple[EventKind, ...]] = ("run.finished", "run.paused")
"""What the last event of a run is; a stopped program leaves a run without."""


class Event(NamedTuple):
    """One thing that happened.

    Attributes:
        v: version of the event's form.
        run: the run's id.
        seq: 1, 2, 3, ... without gaps.
        ts: seconds since 1970.
        mono: seconds on the run's own clock, which never goes back and stands still between two sessions.
        kind: one of `EventKind`.
        key: `scope/node`, or the node's id at the top level, or "" for the run itself.
        node: the node's id, or "".
        scope: `map1[3]`, or "" at the top level.
        attempt: 1 for the first try, 0 where attempts mean nothing.
        data: what the kind of event says, JSON.
    """

    v: int
    run: str
    seq: int
    ts: float
    mono: float
    kind: str
    key: str
    node: str
    scope: str
    attempt: int
    data: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The event as a JSON object with the names of S15."""
        return self._asdict()


_FIELDS: Final = len(Event._fields)


def event_from_json(data: Mapping[str, Any]) -> Event:
    """The event that `as_json` gave."""
    return Event(*(data[name] for name in Event._fields))


@contextmanager
def as_stored(run: str) -> Iterator[None]:
    """Around what reads stored events of a run: some that a run never speaks are told as damage of what is stored.

    Raises:
        FileProblem: they cannot be read.
    """
    try:
        yield
    except (TypeError, ValueError, LookupError, AttributeError) as error:
        raise FileProblem(
            f"What is stored of the run {run} is damaged.", "Delete it, and run its file again."
        ) from error


def whole(parts: Any) -> Any:
    """The fields of a stored event, if they are at least what those of an event are.

    Raises:
        ValueError: they are not.
    """
    if type(parts) is not list or len(parts) != _FIELDS or type(parts[-1]) is not dict:
        raise ValueError("no event")
    if not (type(parts[5]) is type(parts[6]) is type(parts[8]) is str):
        raise ValueError("no event")
    return parts


def on_one_clock(events: Iterable[Event]) -> list[Event]:
    """Stored events, in order, on the clock of the first session, though older ones had a clock for each session."""
    found: list[Event] = []
    ahead = 0.0
    for event in events:
        if event.kind == "run.resumed" and found:
            ahead = 0.0 if event.data.get(ONE_CLOCK) else found[-1].mono - event.mono
        found.append(event._replace(mono=event.mono + ahead) if ahead else event)
    return found
