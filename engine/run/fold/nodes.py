"""What events say of nodes and edges: where each of them is, and what it waits for (semantics.md S1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from engine.run.events import Event
from engine.run.places import part_of
from engine.run.shown import AttemptView, EdgeView, NodeView, PartView, why_chosen

if TYPE_CHECKING:
    from engine.run.view import View


def _queued(view: View, event: Event) -> None:
    if event.scope and event.scope not in view.scopes:
        _enter(view, event.scope, event.mono)
    node = view.node(event.key)
    if node.settled:  # an earlier session ended it: it begins anew
        _begin_anew(node)
    node.status = "queued"


def _reopened(view: View, event: Event) -> None:
    node = view.node(event.key)
    _begin_anew(node)
    node.status = "pending"
    prefix = f"{event.scope}/" if event.scope else ""
    for edge in event.data["edges"]:
        view.edges.pop(prefix + edge, None)


def _begin_anew(node: NodeView) -> None:
    node.outputs, node.error, node.reason, node.source, node.degraded = {}, None, "", "", ""
    node.ended, node.text, node.text_length, node.route, node.route_note = None, "", 0, (), ""
    node.tools, node.blocked_by = (), ""


def _node_started(view: View, event: Event) -> None:
    if event.scope and event.scope not in view.scopes:
        _enter(view, event.scope, event.mono)
    node = view.node(event.key)
    node.status, node.reason, node.retry_at = "running", "", None
    _let_go(view, event.key)
    node.attempt = event.attempt
    node.close_attempt(event.mono, "failed")  # a fallback follows an attempt that nothing else ended
    if node.started is None:
        node.started = event.mono
    node.max_attempts = event.data.get("attempts", node.max_attempts)
    node.attempts.append(AttemptView(event.attempt, event.mono, model=event.data.get("model", "")))


def _settled(view: View, event: Event) -> None:
    node, data = view.node(event.key), event.data
    node.status = event.kind.removeprefix("node.")
    node.reason = data.get("reason", "")
    node.source = data.get("source", "")
    node.retry_at, node.waits_for, node.blocked_by = None, (), data.get("by", "")
    if node.started is not None:
        node.ended = event.mono
    node.outputs = data.get("outputs", node.outputs)
    if "model" in data:
        node.model_was(data["model"])
    node.error = data.get("error")
    node.degraded = data.get("degraded", "")
    if node.error:
        node.reason = str(node.error.get("message", ""))
    node.close_attempt(event.mono, node.status, str(node.error.get("class", "")) if node.error else "")
    if node.parts:
        close_parts(view, node, event.mono, "cancelled")
    _let_go(view, event.key)
    if view.waiting:  # it does not wait for an answer any more
        view.waiting = {key: asked for key, asked in view.waiting.items() if asked["node"] != event.key}


def _retry(view: View, event: Event) -> None:
    node, data = view.node(event.key), event.data
    node.status, node.reason = "retry", data.get("message", "")
    node.retry_at = event.mono + data.get("wait_s", 0.0)
    node.max_attempts = data.get("attempts", node.max_attempts)
    node.close_attempt(event.mono, "failed", str(data.get("class", "")))


def _waiting(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.status = "waiting"
    node.reason = event.data.get("reason", "")
    node.waits_for = tuple(event.data.get("for", ()))
    if not node.reason.startswith("rate limit"):
        node.retry_at = None
    if node.attempts and node.attempts[-1].ended is None:
        node.end_wait(event.mono)
        node.attempts[-1].waits += ((event.mono, None),)
    _let_go(view, event.key)
    if "at" in event.data:
        view.held = {**view.held, event.data["at"]: {"node": event.key, "value": event.data.get("value")}}


def _rate(view: View, event: Event) -> None:
    wait = event.data.get("wait_s")
    view.node(event.key).retry_at = None if wait is None else event.mono + wait


def _asked(view: View, event: Event) -> None:
    view.waiting[event.data["key"]] = {**event.data, "node": event.key}


def _answered(view: View, event: Event) -> None:
    view.waiting.pop(event.data["key"], None)
    node = view.node(event.key)
    if node.status == "waiting":
        node.status, node.reason = "running", ""
        node.end_wait(event.mono)


def _progress(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.done, node.total = event.data.get("done", node.done), event.data.get("total", node.total)
    node.note = event.data.get("note", node.note)


def _cached(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.cached = event.data
    node.model_was(event.data.get("model", ""))


def _route(view: View, event: Event) -> None:
    node, data = view.node(event.key), event.data
    node.route = tuple(data.get("routes", ()))
    node.route_note = why_chosen(data)


def _edge(view: View, event: Event) -> None:
    fate = "live" if event.kind == "edge.live" else f"dead:{event.data.get('why', 'benign')}"
    prefix = f"{event.scope}/" if event.scope else ""
    view.edges[prefix + event.data["edge"]] = EdgeView(fate, event.mono)


def _opened(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.total, node.first = event.data.get("total", 0), 0


def _part_ended(view: View, event: Event) -> None:
    node, data = view.node(event.key), event.data
    number = data.get("index" if event.kind == "map.item" else "pass", 0)
    known = node.parts.get(number) or PartView(number, f"{event.key}[{number}]", event.mono)
    node.parts[number] = replace(known, ended=event.mono, told=data)


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


def close_parts(view: View, node: NodeView, mono: float, status: str) -> None:
    """What is still open of a container ends with it, or with the session."""
    for part in [part for part in node.parts.values() if part.ended is None]:
        view.scopes.pop(part.scope, None)
        node.parts[part.number] = replace(part, ended=mono, told={"status": status})


def _let_go(view: View, node: str) -> None:
    """A node is held no longer, or at another place."""
    if view.held:
        view.held = {at: held for at, held in view.held.items() if held["node"] != node}


HANDLERS: Final[Mapping[str, Callable[[View, Event], None]]] = {
    "node.reopened": _reopened,
    "node.queued": _queued,
    "node.started": _node_started,
    "node.ok": _settled,
    "node.failed": _settled,
    "node.handled": _settled,
    "node.skipped": _settled,
    "node.cancelled": _settled,
    "node.retry": _retry,
    "node.waiting": _waiting,
    "node.progress": _progress,
    "rate.wait": _rate,
    "human.requested": _asked,
    "human.resolved": _answered,
    "human.expired": _answered,
    "map.opened": _opened,
    "map.item": _part_ended,
    "loop.pass": _part_ended,
    "route.chosen": _route,
    "cache.hit": _cached,
    "edge.live": _edge,
    "edge.dead": _edge,
}
