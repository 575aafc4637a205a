"""What events say of delegations: the manager, its specialists, and the parts of its work (semantics.md S7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from engine.run import children
from engine.run.children import DelegationView
from engine.run.events import Event
from engine.run.places import part_of
from engine.run.shown import PartView, why_chosen

if TYPE_CHECKING:
    from engine.run.view import View


def _delegated(view: View, event: Event) -> None:
    """A delegation has moved on. The specialist's own node, which ends when its manager does, shows that it works."""
    {
        "delegation.started": children.started,
        "delegation.rejected": children.rejected,
        "delegation.ordered": children.ordered,
        "delegation.finished": children.finished,
    }[event.kind](view, event)
    one = view.delegations.get(children.key_of(event.data["scope"]))
    if one is None:
        return
    _part_of_team(view, one)
    if event.data.get("swarm"):
        return
    manager = view.node(event.key)
    manager.route = tuple(dict.fromkeys(child.specialist for child in view.children(event.key)))
    manager.route_note = why_chosen({"reason": one.reason, "confidence": one.confidence})
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
    told |= {"value": one.result} if one.result else {}
    view.node(one.manager).parts[number] = PartView(number, one.scope, one.started, one.ended, told)


HANDLERS: Final[Mapping[str, Callable[[View, Event], None]]] = {
    "delegation.started": _delegated,
    "delegation.rejected": _delegated,
    "delegation.ordered": _delegated,
    "delegation.finished": _delegated,
}
