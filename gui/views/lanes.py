"""A run as lanes of bars over time: what the timeline paints. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.graph.graph import Graph
from engine.run.view import AttemptView, NodeView, View
from gui.bridge.faces import fault
from gui.views.node_state import seconds_text
from gui.widgets.budget_bar import money


@dataclass(frozen=True, slots=True)
class Span:
    """One bar: seconds from the start of the run, a status, words behind it. `live` while it still grows."""

    start: float
    end: float
    status: str
    caption: str = ""
    live: bool = False


@dataclass(frozen=True, slots=True)
class Lane:
    """One node of the graph, with its attempts."""

    key: str
    node: str
    title: str
    spans: tuple[Span, ...] = ()
    note: str = ""


def lanes(view: View, graph: Graph, now: float | None = None, scope: str = "") -> list[Lane]:
    """The nodes that do something, in order of starting; then those that have not begun, in the graph's order.

    What happens inside a container is summed up by the container's bar: a map of 500 items is one lane.

    Args:
        now: monotonic seconds up to which running bars reach; None is the last event.
        scope: the item or pass of a container that `graph` is the body of.
    """
    prefix = f"{scope}/" if scope else ""
    start = view.started or 0.0
    end = view.ended if view.ended is not None else max(view.now, now or 0.0)
    titles = {key: node.name for key, node in graph.nodes.items()}
    begun = sorted(
        (n for n in view.nodes.values() if n.attempts and n.scope == scope), key=lambda n: n.attempts[0].started
    )
    found = [_lane(node, titles, start, end) for node in begun]
    seen = {node.key for node in begun}
    keys = {prefix + node: node for node in graph.nodes}
    rest = [view.nodes.get(key, NodeView(key, node, scope)) for key, node in keys.items() if key not in seen]
    return found + [_lane(node, titles, start, end) for node in rest]


def _lane(node: NodeView, titles: Mapping[str, str], start: float, end: float) -> Lane:
    title = titles.get(node.node, node.node)
    spans = tuple(
        _span(node, attempt, index == len(node.attempts) - 1, start, end) for index, attempt in enumerate(node.attempts)
    )
    note = node.reason.replace("_", " ") if node.status in ("skipped", "cancelled") and not spans else ""
    return Lane(node.key, node.node, title, spans, note)


def _span(node: NodeView, attempt: AttemptView, last: bool, start: float, end: float) -> Span:
    live = attempt.ended is None
    stop = end if attempt.ended is None else attempt.ended
    status = attempt.outcome
    if status == "running" and attempt.number > 1:
        status = "retry"
    elif last and status == "ok" and node.degraded:
        status = "degraded"
    return Span(attempt.started - start, max(stop - start, attempt.started - start), status,
                _caption(node, attempt, last, stop), live)  # fmt: skip


def _caption(node: NodeView, attempt: AttemptView, last: bool, stop: float) -> str:
    if attempt.outcome == "failed":
        return fault(attempt.note) or "failed"
    if node.total:
        return f"{node.done} / {node.total}" + (f" · {node.note}" if node.note else "")
    if attempt.ended is None or not last:
        return ""
    parts = [seconds_text(stop - attempt.started)]
    if node.cost:
        parts.append(money(node.cost))
    elif node.cost is None:
        parts.append("price unknown")
    return " · ".join(parts)


def ticks(seconds: float, room: float) -> list[float]:
    """Where the ruler has its marks: 1, 2 or 5 times a power of ten, at least `room` marks' width apart.

    Args:
        seconds: how much time is shown.
        room: how many marks find room.
    """
    if seconds <= 0 or room < 1:
        return [0.0]
    least = seconds / room
    step = 0.001
    for factor in (1, 2, 5) * 12:
        candidate = step * factor
        if candidate >= least:
            break
        if factor == 5:
            step *= 10
    return [index * candidate for index in range(int(seconds / candidate) + 1)]


def tick_text(at: float, step: float) -> str:
    """A mark of the ruler in words."""
    if step >= 60:
        return f"{at / 60:g} min"
    return f"{at:.0f} s" if step >= 1 else f"{at:.2f}".rstrip("0").rstrip(".") + " s"
