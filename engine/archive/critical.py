"""What a run took its time for: the chain of nodes that its end waited for, and when nothing was at work. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.graph.graph import Graph
from engine.run.view import AttemptView, NodeView, View


@dataclass(frozen=True, slots=True)
class Link:
    """One node of a critical path. Times are monotonic seconds; `idle` passed between the node before it and this."""

    node: str
    started: float
    ended: float
    idle: float = 0.0


def critical_path(view: View, graph: Graph, scope: str = "", now: float | None = None) -> list[Link]:
    """The nodes of a graph whose work, one after the other, made its run as long as it was.

    Args:
        scope: the item or pass of a container that `graph` is the body of.
        now: up to when nodes that still run have run; None is the last event.
    """
    prefix = f"{scope}/" if scope else ""
    end = view.now if now is None else max(now, view.now)
    ran = {name: node for name in graph.nodes if (node := view.nodes.get(prefix + name)) and node.started is not None}
    path: list[Link] = []
    here = max(ran, key=lambda name: _ended(ran[name], end), default=None)
    while here is not None:
        before = _awaited(view, graph, prefix, here, ran, end)
        started = ran[here].started or 0.0
        idle = max(0.0, started - _ended(ran[before], end)) if before is not None else 0.0
        path.append(Link(here, started, _ended(ran[here], end), idle))
        here = before
    return path[::-1]


def idle_times(view: View, now: float | None = None) -> list[tuple[float, float]]:
    """When no node of a run was at work though it went on, in monotonic seconds: all waited for somebody or a retry.

    What has parts, such as a manager or a loop with a judge, is itself at work while none of them goes on.
    """
    if view.started is None:
        return []
    end = view.ended if view.ended is not None else view.now if now is None else max(now, view.now)
    busy = sorted(piece for node in view.nodes.values() for piece in _own_work(node, end))
    return _between(busy, view.started, end)


def _own_work(node: NodeView, now: float) -> list[tuple[float, float]]:
    work = work_of(node.attempts, now)
    if not node.parts:
        return work
    parts = sorted((part.started, now if part.ended is None else part.ended) for part in node.parts.values())
    return [rest for start, stop in work for rest in _between(parts, start, stop)]


def _between(pieces: Iterable[tuple[float, float]], start: float, end: float) -> list[tuple[float, float]]:
    """What pieces of time, in order, leave free from `start` to `end`."""
    found, at = [], start
    for begun, over in pieces:
        if at < begun:
            found.append((at, min(begun, end)))
        at = max(at, over)
        if at >= end:
            break
    return [*found, (at, end)] if at < end else found


def work_of(attempts: Iterable[AttemptView], now: float) -> list[tuple[float, float]]:
    """When somebody was at work in attempts: their times without what they waited."""
    found: list[tuple[float, float]] = []
    for attempt in attempts:
        at = attempt.started
        end = now if attempt.ended is None else attempt.ended
        for start, stop in attempt.waits:
            found.append((at, start))
            at = end if stop is None else stop
        found.append((at, end))
    return [(start, stop) for start, stop in found if stop > start]


def _ended(node: NodeView, now: float) -> float:
    return now if node.ended is None else node.ended


def _awaited(
    view: View, graph: Graph, prefix: str, name: str, ran: dict[str, NodeView], now: float
) -> str | None:  # fmt: skip
    """Of the nodes whose values a node took, the one that came last."""
    sources = [
        edge.source for edge in graph.incoming(name)
        if edge.source in ran and (fate := view.edges.get(prefix + edge.key)) and fate.fate == "live"
    ]  # fmt: skip
    return max(sources, key=lambda source: _ended(ran[source], now), default=None)
