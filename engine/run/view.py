"""What a run looks like: a fold of its events. The canvas, the terminal and the result all read this."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from engine.base.values import Value
from engine.run import children
from engine.run.children import Delegations, DelegationView
from engine.run.events import Event

RUN_ACCOUNT = "the run"
"""The name of the run's own budget among the accounts that events speak of."""
_TURN = re.compile(r"\[[^\]]*\][^/]*")
_PART: Final = re.compile(r"(.*)\[(\d+)\](?:\.\d+)?", re.S)
"""The scope of an item or a pass: its container's key, its number, and the round in which it was tried again."""
TAIL = 2_000
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
        source: where an `ok` value came from: ran, cache, pinned, reused.
        text: the last characters streamed by the present attempt, `TAIL` to twice as many of a long one.
        outputs: port -> value, once it is ok.
        cost: US dollars so far; None when a price is unknown.
        cached: for a value from the cache, where it was made: `run`, `node`, `at`, `seconds`, `saved_usd` (S12).
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
    def settled(self) -> bool:
        return self.status in ("ok", "failed", "handled", "skipped", "cancelled")


_blank: Final = partial(object.__new__)


@dataclass(slots=True)
class EdgeView:
    """An edge's fate: `live`, `dead:benign`, `dead:failed`, or "" while it is open. `at` is when (monotonic)."""

    fate: str = ""
    at: float = 0.0


@dataclass(slots=True)
class View:
    """A run at one moment, folded from its events with `apply`.

    Attributes:
        status: `created`, `running`, `cancelling`, `paused`, or an outcome of semantics.md S1.
        started: monotonic seconds of `run.started`; `now` of the last event.
        cost: US dollars so far; None when some price is unknown.
        reserved_usd: US dollars that calls in flight may cost at most, while a budget stands.
        cap: the budget that the run came up against, as `budget.stop` says: `account`, `cap_usd`, ...; else None.
        outputs: the result, once finished.
    """

    run: str = ""
    seq: int = 0
    status: str = "created"
    reason: str = ""
    started: float | None = None
    started_at: float | None = None
    ended: float | None = None
    now: float = 0.0
    rehearsal: bool = False
    budget_usd: float | None = None
    reserved_usd: float = 0.0
    cap: Mapping[str, Any] | None = None
    cost: float | None = 0.0
    input_tokens: int = 0
    output_tokens: int = 0
    nodes: dict[str, NodeView] = field(default_factory=dict)
    edges: dict[str, EdgeView] = field(default_factory=dict)
    outputs: Mapping[str, Value] = field(default_factory=dict)
    no_output: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()
    waiting: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """Questions to people that nobody has answered, by key: `node`, `kind`, `question`, `schema`, `value`, and
    `deadline` (seconds since 1970) where there is one (S13)."""
    held: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """What is held at a breakpoint, by node or edge: the key of the `node`, and the `value` that may be changed."""

    delegations: Delegations = field(default_factory=dict)
    """What managers have delegated, by key such as `manager[2]`, in the order in which it began (S7)."""
    servers: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    """The tool servers by name: `state` (`starting`, `ready`, `failed`), `again` (starts before this one), `changed`
    (tool -> difference), and what the last event said: `tools`, `version`, `reason`, `log`."""

    scopes: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """The scopes that were begun, each with the key of its container."""
    _own: set[str] | None = field(default=None, repr=False, compare=False)
    """After `parted`, the nodes that are no longer shared with the other view; None when nothing is shared."""

    def node(self, key: str) -> NodeView:
        """The node of a key, to be changed; made when it was not heard of before."""
        found = self.nodes.get(key)
        if found is None:
            scope, _, name = key.rpartition("/")
            found = self.nodes[key] = NodeView.begun(key, name, scope)
        elif self._own is None or key in self._own:
            return found
        else:
            found = self.nodes[key] = found.copied()
        if self._own is not None:
            self._own.add(key)
        return found

    def parted(self) -> View:
        """A second view of this moment. Both may go on apart: what one changes from now on, it copies first."""
        self._own = set()
        nodes, edges, waiting = dict(self.nodes), dict(self.edges), dict(self.waiting)
        return replace(
            self, nodes=nodes, edges=edges, waiting=waiting, delegations=dict(self.delegations),
            scopes=dict(self.scopes), _own=set(),
        )  # fmt: skip

    def children(self, manager: str) -> list[DelegationView]:
        """What a manager, by its key, has delegated, in order; each with `children` of its own when its specialist
        (`DelegationView.node`) delegates too."""
        return [one for one in self.delegations.values() if one.manager == manager]

    def apply(self, event: Event) -> None:
        """Takes one more event in. Events come in order of `seq`."""
        self.take((event,))

    def take(self, events: Sequence[Event]) -> None:
        """Takes many more events in: the same as `apply` for each, in less time."""
        find = _HANDLERS.get
        for event in events:
            handler = find(event.kind)
            if handler:
                handler(self, event)
        if events:
            last = events[-1]
            self.seq, self.now, self.run = last.seq, last.mono, last.run

    @property
    def finished(self) -> bool:
        return self.ended is not None


def _created(view: View, event: Event) -> None:
    view.rehearsal = bool(event.data.get("rehearsal"))
    view.budget_usd = event.data.get("budget_usd")


def _started(view: View, event: Event) -> None:
    view.status, view.started, view.started_at = "running", event.mono, event.ts


def _paused(view: View, event: Event) -> None:
    view.status, view.reason, view.ended = "paused", str(event.data.get("reason", "")), event.mono
    view.outputs, view.warnings = event.data.get("outputs", {}), tuple(event.data.get("warnings", ()))


def _resumed(view: View, event: Event) -> None:
    """What was in flight when the session before ended was cut off; whoever waits still asks again."""
    view.status, view.reason, view.ended = "running", "", None
    view.outputs, view.warnings, view.no_output = {}, (), None
    view.budget_usd, view.reserved_usd, view.cap = event.data.get("budget_usd", view.budget_usd), 0.0, None
    view.waiting, view.held = {}, {}
    for key in [key for key, node in view.nodes.items() if not node.settled and node.status != "pending"]:
        node = view.node(key)
        _close_attempt(node, event.mono, "interrupted")
        _close_parts(view, node, event.mono, "interrupted")
        node.status, node.reason, node.retry_at, node.waits_for = "pending", "", None, ()
    children.interrupted(view.delegations)


def _cancelling(view: View, _event: Event) -> None:
    view.status = "cancelling"


def _finished(view: View, event: Event) -> None:
    data = event.data
    view.status, view.ended, view.reason = data["status"], event.mono, data.get("reason", "")
    view.outputs, view.no_output = data.get("outputs", {}), data.get("no_output")
    view.warnings = tuple(data.get("warnings", ()))


def _enter(view: View, scope: str, mono: float) -> None:
    """The first that is heard of a scope: an item or a pass begins, again when it was tried before."""
    key, number = part_of(scope)
    view.scopes[scope] = key
    if number is not None:
        node = view.node(key)
        before = node.parts.get(number)
        if before is not None and before.specialist:
            return
        started = before.started if before and before.status != "interrupted" else mono
        node.parts.pop(number, None)  # they stand in the order in which they were begun last
        node.parts[number] = PartView(number, scope, started)


def _close_parts(view: View, node: NodeView, mono: float, status: str) -> None:
    """What is still open of a container ends with it, or with the session."""
    for part in [part for part in node.parts.values() if part.ended is None]:
        view.scopes.pop(part.scope, None)
        node.parts[part.number] = replace(part, ended=mono, told={"status": status})


def _part_ended(view: View, event: Event) -> None:
    node, data = view.node(event.key), event.data
    number = data.get("index" if event.kind == "map.item" else "pass", 0)
    known = node.parts.get(number) or PartView(number, f"{event.key}[{number}]", event.mono)
    node.parts[number] = replace(known, ended=event.mono, told=data)


def _queued(view: View, event: Event) -> None:
    if event.scope and event.scope not in view.scopes:
        _enter(view, event.scope, event.mono)
    node = view.node(event.key)
    if node.settled:  # an earlier session ended it: it begins anew
        node.outputs, node.error, node.reason, node.source, node.degraded = {}, None, "", "", ""
        node.ended, node.text, node.text_length, node.route, node.route_note = None, "", 0, (), ""
        node.tools = ()
    node.status = "queued"


def _node_started(view: View, event: Event) -> None:
    if event.scope and event.scope not in view.scopes:
        _enter(view, event.scope, event.mono)
    node = view.node(event.key)
    node.status, node.reason, node.retry_at = "running", "", None
    _let_go(view, event.key)
    node.attempt = event.attempt
    _close_attempt(node, event.mono, "failed")  # a fallback follows an attempt that nothing else ended
    if node.started is None:
        node.started = event.mono
    node.max_attempts = event.data.get("attempts", node.max_attempts)
    node.attempts.append(AttemptView(event.attempt, event.mono, model=event.data.get("model", "")))


def _close_attempt(node: NodeView, mono: float, outcome: str, note: str = "") -> None:
    if node.attempts and node.attempts[-1].ended is None:
        _end_wait(node, mono)
        last = node.attempts[-1]
        last.ended, last.outcome, last.note = mono, outcome, note


def _end_wait(node: NodeView, mono: float) -> None:
    last = node.attempts[-1] if node.attempts else None
    if last is not None and last.waits and last.waits[-1][1] is None:
        last.waits = (*last.waits[:-1], (last.waits[-1][0], mono))


def _settled(view: View, event: Event) -> None:
    node, data = view.node(event.key), event.data
    node.status = event.kind.removeprefix("node.")
    node.reason = data.get("reason", "")
    node.source = data.get("source", "")
    node.retry_at, node.waits_for = None, ()
    if node.started is not None:
        node.ended = event.mono
    node.outputs = data.get("outputs", node.outputs)
    node.error = data.get("error")
    node.degraded = data.get("degraded", "")
    if node.error:
        node.reason = str(node.error.get("message", ""))
    _close_attempt(node, event.mono, node.status, str(node.error.get("class", "")) if node.error else "")
    if node.parts:
        _close_parts(view, node, event.mono, "cancelled")
    _let_go(view, event.key)
    if view.waiting:  # it does not wait for an answer any more
        view.waiting = {key: asked for key, asked in view.waiting.items() if asked["node"] != event.key}


def _cached(view: View, event: Event) -> None:
    view.node(event.key).cached = event.data


def _retry(view: View, event: Event) -> None:
    node, data = view.node(event.key), event.data
    node.status, node.reason = "retry", data.get("message", "")
    node.retry_at = event.mono + data.get("wait_s", 0.0)
    node.max_attempts = data.get("attempts", node.max_attempts)
    _close_attempt(node, event.mono, "failed", str(data.get("class", "")))


def _discarded(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.text, node.text_length = "", 0


def _waiting(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.status = "waiting"
    node.reason = event.data.get("reason", "")
    node.waits_for = tuple(event.data.get("for", ()))
    if not node.reason.startswith("rate limit"):
        node.retry_at = None
    if node.attempts and node.attempts[-1].ended is None:
        _end_wait(node, event.mono)
        node.attempts[-1].waits += ((event.mono, None),)
    _let_go(view, event.key)
    if "at" in event.data:
        view.held = {**view.held, event.data["at"]: {"node": event.key, "value": event.data.get("value")}}


def _rate(view: View, event: Event) -> None:
    wait = event.data.get("wait_s")
    view.node(event.key).retry_at = None if wait is None else event.mono + wait


def _let_go(view: View, node: str) -> None:
    """A node is held no longer, or at another place."""
    if view.held:
        view.held = {at: held for at, held in view.held.items() if held["node"] != node}


def _asked(view: View, event: Event) -> None:
    view.waiting[event.data["key"]] = {**event.data, "node": event.key}


def _answered(view: View, event: Event) -> None:
    view.waiting.pop(event.data["key"], None)
    node = view.node(event.key)
    if node.status == "waiting":
        node.status, node.reason = "running", ""
        _end_wait(node, event.mono)


def _progress(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.done, node.total = event.data.get("done", node.done), event.data.get("total", node.total)
    node.note = event.data.get("note", node.note)


def _text(view: View, event: Event) -> None:
    node, piece = view.node(event.key), event.data["text"]
    text = node.text + piece
    node.text = text if len(text) <= 2 * TAIL else text[-TAIL:]  # its beginning stays for a while, and so do its lines
    node.text_length += len(piece)
    if view.delegations:
        children.said(view.delegations, event.scope, piece)


def _request(view: View, event: Event) -> None:
    node = view.node(event.key)
    if node.status in ("waiting", "retry"):
        node.status, node.reason, node.retry_at = "running", "", None
        _end_wait(node, event.mono)
    node.model = event.data.get("model", "")
    node.rehearsal = node.model == "rehearsal"
    node.sent = event.data
    if node.attempts:
        node.attempts[-1].model = node.model


def _server(view: View, event: Event) -> None:
    name, state = event.data["server"], event.kind.partition(".")[2]
    before = view.servers.get(name, {})
    if state == "changed":
        changed = {**before.get("changed", {}), event.data["tool"]: event.data["difference"]}
        view.servers = {**view.servers, name: {**before, "changed": changed}}
        return
    kept = {key: before[key] for key in ("again", "changed") if key in before}
    view.servers = {**view.servers, name: {**kept, **event.data, "state": state}}


def _called(view: View, event: Event) -> None:
    node = view.node(event.key)
    if node.status == "waiting":
        node.status, node.reason, node.waits_for = "running", "", ()
        _end_wait(node, event.mono)
    if event.kind == "tool.call":
        _tool(view, event)


def _response(view: View, event: Event) -> None:
    node, data = view.node(event.key), event.data
    usage = data.get("usage", {})
    into, out = usage.get("input_tokens", 0), usage.get("output_tokens", 0)
    cost = data.get("cost_usd")
    for each in (node, *(view.node(key) for key in containers(event.scope))):
        each.input_tokens += into
        each.output_tokens += out
        each.cost = None if each.cost is None or cost is None else each.cost + cost
    view.input_tokens += into
    view.output_tokens += out
    view.cost = None if view.cost is None or cost is None else view.cost + cost
    node.replies.append(data)
    if view.delegations:
        children.paid(view.delegations, event.scope, usage, cost)


def _tool(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.tools = (*node.tools, {**event.data, "kind": event.kind.removeprefix("tool.")})


def place(key: str) -> str:
    """Where a node stands in the graph, whatever item or pass it was: `outer/inner` of `outer[3]/inner`."""
    return _TURN.sub("", key)


def part_of(scope: str) -> tuple[str, int | None]:
    """The key of the container that opened a scope, and its number: `map1[3]/l[2]` gives `map1[3]/l` and 2."""
    found = _PART.fullmatch(scope)
    return (found[1], int(found[2])) if found else (scope, None)


def containers(scope: str) -> Iterator[str]:
    """The keys of the container nodes around a scope, outermost first: `m[3]/sub` stands in `m` and `m[3]/sub`."""
    start = 0
    while scope:
        end = scope.find("/", start)
        part = scope[start:] if end < 0 else scope[start:end]
        yield scope[:start] + part.partition("[")[0]
        if end < 0:
            return
        start = end + 1


def _reserved(view: View, event: Event) -> None:
    view.reserved_usd += event.data.get("usd", 0.0)


def _unreserved(view: View, event: Event) -> None:
    view.reserved_usd = max(0.0, view.reserved_usd - event.data.get("held_usd", 0.0))


def _capped(view: View, event: Event) -> None:
    view.cap = {**event.data, "key": event.key}


def _raised(view: View, event: Event) -> None:
    if view.cap is not None and view.cap.get("account") == event.data.get("account"):
        view.cap = None
    if event.data.get("account") == RUN_ACCOUNT:
        view.budget_usd = event.data.get("cap_usd", view.budget_usd)


def _opened(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.total, node.first = event.data.get("total", 0), 0


def _route(view: View, event: Event) -> None:
    node, data = view.node(event.key), event.data
    node.route = tuple(data.get("routes", ()))
    node.route_note = str(data.get("reason", ""))


def _edge(view: View, event: Event) -> None:
    fate = "live" if event.kind == "edge.live" else f"dead:{event.data.get('why', 'benign')}"
    prefix = f"{event.scope}/" if event.scope else ""
    view.edges[prefix + event.data["edge"]] = EdgeView(fate, event.mono)


def _delegated(view: View, event: Event) -> None:
    """A delegation has moved on. The specialist's own node, which ends when its manager does, shows that it works."""
    {
        "delegation.started": children.started,
        "delegation.rejected": children.rejected,
        "delegation.ordered": children.ordered,
        "delegation.finished": children.finished,
    }[event.kind](view.delegations, event)
    one = view.delegations.get(children.key_of(event.data["scope"]))
    if one is None:
        return
    _part_of_team(view, one)
    if event.data.get("swarm"):
        return
    manager = view.node(event.key)
    manager.route = tuple(dict.fromkeys(child.specialist for child in view.children(event.key)))
    manager.route_note = one.reason
    prefix = f"{event.scope}/" if event.scope else ""
    node = view.node(prefix + event.data.get("specialist", one.specialist))
    if not node.settled:
        busy = any(other.open and other.specialist == node.node for other in view.children(event.key))
        node.status, node.reason = ("running", "") if busy else ("waiting", "works when its manager asks")
        node.started = event.mono if node.started is None else node.started


def _part_of_team(view: View, one: DelegationView) -> None:
    """A delegation is a part of its manager, as an item is one of its map."""
    number = part_of(one.key)[1]
    if number is None:
        return
    told: dict[str, Any] = {
        "specialist": one.specialist,
        "title": one.title,
        "status": one.status,
        "cost_usd": one.cost,
    }
    told |= {"error": {"message": one.error}} if one.error else {}
    view.node(one.manager).parts[number] = PartView(number, one.scope, one.started, one.ended, told)


_HANDLERS: Mapping[str, Callable[[View, Event], None]] = {
    "run.created": _created,
    "run.started": _started,
    "run.paused": _paused,
    "run.resumed": _resumed,
    "run.cancelling": _cancelling,
    "run.finished": _finished,
    "node.queued": _queued,
    "node.started": _node_started,
    "node.ok": _settled,
    "node.failed": _settled,
    "node.handled": _settled,
    "node.skipped": _settled,
    "node.cancelled": _settled,
    "node.retry": _retry,
    "node.attempt_discarded": _discarded,
    "node.waiting": _waiting,
    "node.progress": _progress,
    "rate.wait": _rate,
    "text": _text,
    "tool.call": _called,
    "server.starting": _server,
    "server.ready": _server,
    "server.failed": _server,
    "server.changed": _server,
    "resource.touched": _called,
    "model.request": _request,
    "model.response": _response,
    "human.requested": _asked,
    "human.resolved": _answered,
    "human.expired": _answered,
    "budget.reserved": _reserved,
    "budget.settled": _unreserved,
    "budget.stop": _capped,
    "budget.raised": _raised,
    "map.opened": _opened,
    "map.item": _part_ended,
    "loop.pass": _part_ended,
    "tool.intent": _tool,
    "tool.result": _tool,
    "tool.denied": _tool,
    "route.chosen": _route,
    "cache.hit": _cached,
    "delegation.started": _delegated,
    "delegation.rejected": _delegated,
    "delegation.ordered": _delegated,
    "delegation.finished": _delegated,
    "edge.live": _edge,
    "edge.dead": _edge,
}
