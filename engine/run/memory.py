"""What is known of earlier work on a run: settled nodes in order, stored replies and answers (S11). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.base.errors import ErrorClass
from engine.base.values import Value
from engine.models.contract import Reply
from engine.run.children import key_of
from engine.run.events import Event
from engine.run.places import containers
from engine.run.said import reply_from
from engine.run.spent import Spending, Spent
from engine.tools.contract import ToolStep
from engine.tools.ledger import Touched

CONFLICT: Final = "conflict"
"""The question which of two sides holds, asked before anything is written (S14)."""
PASSING: Final = frozenset({"transient", "rate", "credentials", "timeout", "budget"})
"""Failures that lie outside the node: when it is tried again, it goes on at the step where it was."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How a node ended, as its last event says; `told` is that event's data, `routes` what its router chose, `model`
    the one that was asked last."""

    node: str
    status: str
    attempt: int = 1
    told: Mapping[str, Any] = field(default_factory=dict)
    routes: Mapping[str, Any] | None = None
    model: str = ""

    @property
    def reason(self) -> str:
        return str(self.told.get("reason", ""))

    @property
    def outputs(self) -> Mapping[str, Value]:
        """The values at its ports, for a node that is ok or handled."""
        if self.status == "handled":
            return {"error": self.told.get("error")}
        found: Mapping[str, Value] = self.told.get("outputs", {})
        return found


@dataclass(slots=True)
class ScopeMemory:
    """What is known of one scope.

    Attributes:
        settled: by node, in the order in which they ended.
        edges: the fate that was told of each edge: `live`, `dead:benign`, `dead:failed`.
        left: why an agent in it asked to leave the loop around; None when none did (S6).
        broken: data of the event that ended it as a delegation: a rejection, or a person's order (S7).
    """

    settled: dict[str, Settled] = field(default_factory=dict)
    edges: dict[str, str] = field(default_factory=dict)
    left: str | None = None
    broken: Mapping[str, Any] | None = None


@dataclass(slots=True)
class Memory:
    """What earlier sessions of a run have left behind.

    Attributes:
        base: the run whose results are used again in another one; "" when the same run goes on.
        failed: it ended, and as failed: what failed is then done anew with all that follows from it.
        replies: answers of models by the node's key and the digest of what was asked, in order.
        tools: calls of tools by the node's key and the call's id, in order.
        asked, answers: data of `human.requested` and `human.resolved` by the question's key.
        touched: what nodes read and wrote outside, in order (S14).
        copies: by key, what a node wrote into a copy of its folder: path -> `{"base", "text"}`.
        changed: what a person changed at breakpoints, by the node's key: `at` and `value` of each, in order.
        finished: data of `delegation.finished` by the delegation's key.
        writing: keys of nodes that may have written something and never said that they ended.
        complete: nothing is done that is not remembered: no model is called and nothing outside is touched.
        failures: with that, how nodes were failed by models or by what is outside: class and message, by key and the
            digest of what was asked, or "".
        results: with that, the outputs of nodes that reach outside, by key.
    """

    base: str = ""
    failed: bool = False
    seq: int = 0
    scopes: dict[str, ScopeMemory] = field(default_factory=dict)
    replies: dict[tuple[str, str], list[Reply]] = field(default_factory=dict)
    tools: dict[tuple[str, str], list[ToolStep]] = field(default_factory=dict)
    asked: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    touched: list[Touched] = field(default_factory=list)
    copies: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)
    changed: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    finished: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    writing: set[str] = field(default_factory=set)
    complete: bool = False
    failures: Mapping[tuple[str, str], tuple[ErrorClass, str]] = field(default_factory=dict)
    results: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    forgotten: frozenset[str] = frozenset()
    spending: Spending = field(default_factory=Spending)

    @classmethod
    def of(cls, events: Iterable[Event]) -> Memory:
        """What these events, in order and from the first on, leave to remember."""
        reading = _Reading(cls())
        for event in events:
            reading.take(event)
        return reading.end()

    def scope(self, path: str) -> ScopeMemory:
        """What is known of a scope; nothing where the container around it failed by itself and begins anew."""
        if self.forgotten and any(key in self.forgotten for key in containers(path)):
            return ScopeMemory()
        return self.scopes.get(path) or ScopeMemory()

    def spent(self, place: str) -> Spent:
        """What was paid at a node or in a scope, with all that stands inside; "" is the run."""
        return Spent() if self.base else self.spending.at(place)


class _Reading:
    """Takes events into a memory, one after the other."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self._routes: dict[str, Mapping[str, Any]] = {}
        self._models: dict[str, str] = {}
        self._failed: set[str] = set()
        self._begun: dict[tuple[str, str], list[int]] = {}
        self._cut: dict[tuple[str, str], list[int]] = {}

    def take(self, event: Event) -> None:
        """One more event."""
        memory, kind = self.memory, event.kind
        memory.seq = event.seq
        area, _, what = kind.partition(".")
        memory.spending.take(event)
        if area == "node":
            self._node(event, what)
        elif area == "edge":
            fate = "live" if what == "live" else f"dead:{event.data.get('why', 'benign')}"
            self._scope(event.scope).edges[event.data["edge"]] = fate
        elif area == "tool":
            self._tool(event, what)
        elif area == "human":
            self._human(event, what)
        elif kind == "resource.touched":
            self._touched(event)
        elif kind == "route.chosen":
            self._routes[event.key] = event.data
        elif area in ("model", "cache"):
            self._model(event, what)
        elif area in ("loop", "delegation"):
            self._end_early(event, kind)
        elif area == "run":
            memory.failed = event.data.get("status") == "failed"
            if what == "resumed":
                self._resumed()

    def end(self) -> Memory:
        """The memory, once the last event was taken."""
        self.memory.spending.end()
        scopes = self.memory.scopes.items()
        inside = (path for path, scope in scopes if any(each.status == "failed" for each in scope.settled.values()))
        self.memory.forgotten = frozenset(self._failed.difference(*map(containers, inside)))
        self._forget(lambda key: any(around in self.memory.forgotten for around in containers(key.rpartition("/")[0])))
        return self.memory

    def _scope(self, path: str) -> ScopeMemory:
        found = self.memory.scopes.get(path)
        if found is None:
            found = self.memory.scopes[path] = ScopeMemory()
        return found

    def _end_early(self, event: Event, kind: str) -> None:
        if kind == "loop.left":
            self._scope(event.data["scope"]).left = event.data["reason"]
        elif kind in ("delegation.rejected", "delegation.ordered"):
            self._scope(event.data["scope"]).broken = event.data
        elif kind == "delegation.finished":
            self.memory.finished[key_of(event.data["scope"])] = event.data

    def _node(self, event: Event, what: str) -> None:
        settled = self._scope(event.scope).settled
        if what in ("queued", "started"):
            settled.pop(event.node, None)
            self._failed.discard(event.key)
            if "changed" in event.data:
                self.memory.changed.setdefault(event.key, []).extend(event.data["changed"])
        elif what == "reopened":
            settled.pop(event.node, None)
            for edge in event.data["edges"]:
                self._scope(event.scope).edges.pop(edge, None)
        elif what in ("ok", "failed", "handled", "skipped", "cancelled"):
            settled.pop(event.node, None)
            routes, model = self._routes.pop(event.key, None), self._models.pop(event.key, event.data.get("model", ""))
            settled[event.node] = Settled(event.node, what, event.attempt, event.data, routes, model)
            if what in ("ok", "failed", "handled"):
                self.memory.writing.discard(event.key)
            if what == "failed":
                self._fail(event)

    def _fail(self, event: Event) -> None:
        """Forgets what would only lead to the same failure again."""
        key = event.key
        self._failed.add(key)
        if event.data.get("error", {}).get("class") in PASSING:
            return
        self._forget(lambda other: other == key)

    def _forget(self, mine: Callable[[str], bool]) -> None:
        """Drops the steps and the answers of some nodes, by their keys."""
        memory = self.memory
        memory.replies = {place: found for place, found in memory.replies.items() if not mine(place[0])}
        for place in [place for place in memory.tools if mine(place[0])]:
            del memory.tools[place]
            self._begun.pop(place, None)
            self._cut.pop(place, None)
        for key in [key for key in memory.copies if mine(key)]:
            del memory.copies[key]
        memory.finished = {key: data for key, data in memory.finished.items() if not mine(key.rpartition("[")[0])}
        for asked in [asked for asked, data in memory.asked.items() if mine(data["node"])]:
            del memory.asked[asked]
            memory.answers.pop(asked, None)

    def _tool(self, event: Event, what: str) -> None:
        memory, data = self.memory, event.data
        if "id" not in data:  # a node that writes by itself
            memory.writing.add(event.key)
            self._forget_doubts(event.key)
            return
        place = event.key, data["id"]
        steps, begun, cut = memory.tools.setdefault(place, []), self._begun.setdefault(place, []), self._cut.get(place)
        if what == "call" and cut:  # the same call, begun again after the program was cut off
            begun.append(cut.pop(0))
            self._forget_doubts(event.key)
        elif what == "call":
            begun.append(len(steps))
            steps.append(ToolStep())
        elif what == "result" and (open_calls := begun or cut):
            made = ToolStep(True, bool(data["ok"]), str(data["text"]), data.get("images", 0), bool(data.get("json")))
            steps[open_calls.pop(0)] = made

    def _model(self, event: Event, what: str) -> None:
        if what != "response":
            self._models[event.key] = event.data.get("model", "")
        elif digest := event.data.get("request"):
            self.memory.replies.setdefault((event.key, digest), []).append(reply_from(event.data))

    def _touched(self, event: Event) -> None:
        data = event.data
        for resource, version, wrote in data.get("touched", ()):
            self.memory.touched.append(Touched(event.key, resource, version, wrote))
        self.memory.copies.setdefault(event.key, {}).update(data.get("copies", {}))

    def _forget_doubts(self, key: str) -> None:
        """A write begins again: what a person said of the one before it says nothing about this one."""
        memory = self.memory
        doubts = [asked for asked, data in memory.asked.items() if (data["node"], data["kind"]) == (key, "uncertain")]
        for asked in doubts:
            if memory.answers.pop(asked, None) is not None:
                del memory.asked[asked]

    def _resumed(self) -> None:
        """A new session began: calls of tools that were in flight then are cut off."""
        for place, begun in self._begun.items():
            self._cut.setdefault(place, []).extend(begun)
        self._begun.clear()

    def _human(self, event: Event, what: str) -> None:
        key = event.data["key"]
        if what == "requested":
            if event.data["kind"] == CONFLICT:  # who asks so has nothing under way
                self.memory.writing.discard(event.key)
            self.memory.asked.setdefault(key, {**event.data, "node": event.key})
        elif what in ("resolved", "expired"):
            self.memory.answers[key] = event.data
