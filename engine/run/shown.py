"""What a view shows of one node, its attempts and parts, and of one edge at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from engine.base.values import Value

TAIL: Final = 2_000
"""Characters of streamed text that a view keeps for showing; the whole text stands in the output."""


@dataclass(slots=True)
class AttemptView:
    """One try of a node, as the timeline draws it. Times are monotonic seconds; `waits` are from when to when it
    waited for somebody or something.
    """

    number: int
    started: float
    ended: float | None = None
    outcome: str = "running"
    note: str = ""
    model: str = ""
    waits: tuple[tuple[float, float | None], ...] = ()


@dataclass(frozen=True, slots=True)
class PartView:
    """One item of a map, pass of a loop or delegation of a manager. Times are monotonic seconds.

    Attributes:
        number: an item's place in the list, from 0; that of a pass or a delegation from 1.
        scope: the latest one it was worked on in: `map1[3]`, `map1[3].2` in a second round.
        told: what the container said of it at its end: `status`, `cost_usd`, `value` or `outputs`, `error`, ...
    """

    number: int
    scope: str
    started: float
    ended: float | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str:
        """`running`, `interrupted` by the end of a session, or ok, failed, skipped, cancelled."""
        return "running" if self.ended is None else str(self.told.get("status", "ok"))

    @property
    def seconds(self) -> float | None:
        """How long it took, once it has ended."""
        return None if self.ended is None else self.ended - self.started

    @property
    def cost(self) -> float | None:
        """US dollars, once it has ended; None when a price is unknown."""
        cost: float | None = self.told.get("cost_usd", 0.0)
        return cost

    @property
    def label(self) -> str:
        """What it is called besides its number, as `python=3.12, os=linux`."""
        return str(self.told.get("label", ""))

    @property
    def specialist(self) -> str:
        """Who works on it, for a delegation of a manager."""
        return str(self.told.get("specialist", ""))

    @property
    def error(self) -> str:
        """Why it failed, in a sentence."""
        return str((self.told.get("error") or {}).get("message", ""))


@dataclass
class NodeView:
    """One node (of one scope) at this moment.

    Attributes:
        key: `scope/node`.
        status: of semantics.md S1, or `retry` while it waits for its next attempt.
        reason: why it did not run, or what it waits for.
        blocked_by: the failed node of its scope that kept it from running, by id; "" where none did.
        source: where an `ok` value came from: ran, cache, pinned, reused.
        text: the last characters streamed by the present attempt, `TAIL` to twice as many of a long one.
        outputs: port -> value, once it is ok.
        cost: US dollars so far; None when a price is unknown.
        model: that was asked last; for a value that was used again, the one that had made it.
        cached: for a value from the cache, where it was made: `run`, `node`, `at`, `seconds`, `saved_usd`, and the
            `model` if one had a part in it (S12).
        sent: the last request to a model, as sent; `messages` of the conversation with it.
        tools: what the events `tool.*` said, in order, each with its `kind`, as `call`.
        parts: the items of a map, passes of a loop or delegations of a manager that were begun, by number;
            `first` is the smallest that there can be: items count from 0.
    """

    key: str
    node: str
    scope: str = ""
    status: str = "pending"
    reason: str = ""
    source: str = ""
    started: float | None = None
    ended: float | None = None
    attempt: int = 0
    attempts: list[AttemptView] = field(default_factory=list)
    max_attempts: int = 0
    retry_at: float | None = None
    text: str = ""
    text_length: int = 0
    model: str = ""
    rehearsal: bool = False
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float | None = 0.0
    outputs: Mapping[str, Value] = field(default_factory=dict)
    error: Mapping[str, Any] | None = None
    route: tuple[str, ...] = ()
    route_note: str = ""
    degraded: str = ""
    waits_for: tuple[str, ...] = ()
    blocked_by: str = ""
    done: int = 0
    total: int = 0
    note: str = ""
    cached: Mapping[str, Any] | None = None
    sent: Mapping[str, Any] | None = None
    replies: list[Mapping[str, Any]] = field(default_factory=list)
    tools: tuple[Mapping[str, Any], ...] = ()
    parts: dict[int, PartView] = field(default_factory=dict)
    first: int = 1

    @classmethod
    def begun(cls, key: str, node: str, scope: str) -> NodeView:
        """The same as the constructor with these alone, in a quarter of the time: a run has very many nodes."""
        found: NodeView = _blank(cls)
        found.key, found.node, found.scope = key, node, scope
        found.attempts, found.replies, found.outputs, found.parts = [], [], {}, {}
        return found

    def copied(self) -> NodeView:
        """The same, to go on with apart; what events brought is shared, since nobody changes it."""
        found: NodeView = _blank(NodeView)
        found.__dict__.update(self.__dict__)
        found.attempts, found.replies = [replace(attempt) for attempt in self.attempts], list(self.replies)
        found.parts = dict(self.parts)
        return found

    @property
    def seconds(self) -> float | None:
        """How long it ran, in seconds, once it has ended."""
        return None if self.started is None or self.ended is None else self.ended - self.started

    @property
    def why(self) -> str:
        """`reason` as people read it: `blocked by draft`, `not chosen`."""
        if self.status not in ("skipped", "cancelled"):
            return self.reason
        return f"blocked by {self.blocked_by}" if self.blocked_by else self.reason.replace("_", " ")

    @property
    def settled(self) -> bool:
        return self.status in ("ok", "failed", "handled", "skipped", "cancelled")

    def model_was(self, name: str) -> None:
        """Which model its value comes from, or will."""
        self.model, self.rehearsal = name, name == "rehearsal"

    def close_attempt(self, mono: float, outcome: str, note: str = "") -> None:
        """Ends its present attempt, if one goes on."""
        if self.attempts and self.attempts[-1].ended is None:
            self.end_wait(mono)
            last = self.attempts[-1]
            last.ended, last.outcome, last.note = mono, outcome, note

    def end_wait(self, mono: float) -> None:
        """Its present attempt waits no longer."""
        last = self.attempts[-1] if self.attempts else None
        if last is not None and last.waits and last.waits[-1][1] is None:
            last.waits = (*last.waits[:-1], (last.waits[-1][0], mono))


_blank: Final = partial(object.__new__)


def why_chosen(told: Mapping[str, Any]) -> str:
    """The reason for a route or a specialist, and how sure of it who chose was, where there may be doubt.

    Args:
        told: `reason` and `confidence` (0 to 1), as `route.chosen` and `delegation.started` tell them.
    """
    reason, confidence = str(told.get("reason", "")), told.get("confidence")
    if confidence is None or (confidence == 1 and "routes" in told):  # as every router by rules is
        return reason
    return f"{reason} ({round(confidence * 100)} % sure)".strip()


@dataclass(slots=True)
class EdgeView:
    """An edge's fate: `live`, `dead:benign`, `dead:failed`, or "" while it is open. `at` is when (monotonic)."""

    fate: str = ""
    at: float = 0.0
