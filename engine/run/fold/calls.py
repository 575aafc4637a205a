"""What events say of models and tools at work: texts, requests, what they cost, calls of tools."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from engine.run import children
from engine.run.events import Event
from engine.run.places import containers
from engine.run.shown import TAIL

if TYPE_CHECKING:
    from engine.run.view import View


def _text(view: View, event: Event) -> None:
    node, piece = view.node(event.key), event.data["text"]
    text = node.text + piece
    node.text = text if len(text) <= 2 * TAIL else text[-TAIL:]  # its beginning stays for a while, and so do its lines
    node.text_length += len(piece)
    if view.delegations:
        children.said(view, event.scope, piece)


def _discarded(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.text, node.text_length = "", 0


def _request(view: View, event: Event) -> None:
    node = view.node(event.key)
    if node.status in ("waiting", "retry"):
        node.status, node.reason, node.retry_at = "running", "", None
        node.end_wait(event.mono)
    node.model_was(event.data.get("model", ""))
    node.sent = event.data
    if node.attempts:
        node.attempts[-1].model = node.model


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
        children.paid(view, event.scope, usage, cost)


def _called(view: View, event: Event) -> None:
    node = view.node(event.key)
    if node.status == "waiting":
        node.status, node.reason, node.waits_for = "running", "", ()
        node.end_wait(event.mono)
    if event.kind == "tool.call":
        _tool(view, event)


def _tool(view: View, event: Event) -> None:
    node = view.node(event.key)
    node.tools = (*node.tools, {**event.data, "kind": event.kind.removeprefix("tool.")})


HANDLERS: Final[Mapping[str, Callable[[View, Event], None]]] = {
    "node.attempt_discarded": _discarded,
    "text": _text,
    "tool.call": _called,
    "resource.touched": _called,
    "model.request": _request,
    "model.response": _response,
    "tool.intent": _tool,
    "tool.result": _tool,
    "tool.denied": _tool,
}
