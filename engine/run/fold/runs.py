"""What events say of the run as a whole: how it began and ended, its budget, its tool servers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from engine.run import children
from engine.run.events import RUN_ACCOUNT, Event
from engine.run.fold.nodes import close_parts

if TYPE_CHECKING:
    from engine.run.view import View


def _created(view: View, event: Event) -> None:
    view.rehearsal = bool(event.data.get("rehearsal"))
    view.budget_usd, view.budget_tokens = event.data.get("budget_usd"), event.data.get("budget_tokens")


def _started(view: View, event: Event) -> None:
    view.status, view.started, view.started_at = "running", event.mono, event.ts


def _paused(view: View, event: Event) -> None:
    view.status, view.reason, view.ended = "paused", str(event.data.get("reason", "")), event.mono
    view.outputs, view.warnings = event.data.get("outputs", {}), tuple(event.data.get("warnings", ()))


def _resumed(view: View, event: Event) -> None:
    """What was in flight when the session before ended was cut off; whoever waits still asks again."""
    view.status, view.reason, view.ended = "running", "", None
    view.outputs, view.warnings, view.no_output = {}, (), None
    view.budget_usd = event.data.get("budget_usd", view.budget_usd)
    view.budget_tokens = event.data.get("budget_tokens", view.budget_tokens)
    view.reserved_usd, view.cap = 0.0, None
    view.waiting, view.held = {}, {}
    for key in [key for key, node in view.nodes.items() if not node.settled and node.status != "pending"]:
        node = view.node(key)
        node.close_attempt(event.mono, "interrupted")
        close_parts(view, node, event.mono, "interrupted")
        node.status, node.reason, node.retry_at, node.waits_for = "pending", "", None, ()
    children.interrupted(view)


def _cancelling(view: View, _event: Event) -> None:
    view.status = "cancelling"


def _finished(view: View, event: Event) -> None:
    data = event.data
    view.status, view.ended, view.reason = data["status"], event.mono, data.get("reason", "")
    view.outputs, view.no_output = data.get("outputs", {}), data.get("no_output")
    view.warnings = tuple(data.get("warnings", ()))


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
        view.budget_tokens = event.data.get("cap_tokens", view.budget_tokens)


def _server(view: View, event: Event) -> None:
    name, state = event.data["server"], event.kind.partition(".")[2]
    before = view.servers.get(name, {})
    if state == "changed":
        changed = {**before.get("changed", {}), event.data["tool"]: event.data["difference"]}
        view.servers = {**view.servers, name: {**before, "changed": changed}}
        return
    kept = {key: before[key] for key in ("again", "changed") if key in before}
    view.servers = {**view.servers, name: {**kept, **event.data, "state": state}}


HANDLERS: Final[Mapping[str, Callable[[View, Event], None]]] = {
    "run.created": _created,
    "run.started": _started,
    "run.paused": _paused,
    "run.resumed": _resumed,
    "run.cancelling": _cancelling,
    "run.finished": _finished,
    "server.starting": _server,
    "server.ready": _server,
    "server.failed": _server,
    "server.changed": _server,
    "budget.reserved": _reserved,
    "budget.settled": _unreserved,
    "budget.stop": _capped,
    "budget.raised": _raised,
}
