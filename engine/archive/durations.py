"""How long the nodes of a graph usually take, learnt from runs of it, and so how long a run will go on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from engine.base.errors import FileProblem
from engine.graph.graph import Graph
from engine.run.checkpoint import kept_course
from engine.run.journal import Journal
from engine.run.view import NodeView, View

RUNS: Final = 5
"""Runs that are learnt from at most, the newest."""
ROOM: Final = 32_000_000
"""Bytes of events and texts of the runs whose events are read for it at most; the texts are not."""
LISTED: Final = 200
OVERDUE: Final = 0.1
"""The share of its usual time that a node which takes longer is thought to take on."""


def durations(views: Iterable[View]) -> dict[str, float]:
    """The median seconds of each node at the top level that worked for its result."""
    from statistics import median

    seen: dict[str, list[float]] = {}
    for view in views:
        for node in view.nodes.values():
            if not node.scope and node.status == "ok" and node.source == "ran" and node.seconds is not None:
                seen.setdefault(node.key, []).append(node.seconds)
    return {key: median(times) for key, times in seen.items()}


def earlier_views(journal: Journal, file: str, name: str, *, rehearsal: bool) -> list[View]:
    """The newest runs of a file that came to an end, as their nodes went; of a graph's name where it stands in no file.

    Args:
        rehearsal: runs on the built-in model are as quick as it is: only they say something about each other.
    """
    found: list[View] = []
    room = ROOM
    for run in journal.runs(LISTED) if journal.path.exists() else ():
        mine = run.file == file if file else run.name == name
        if not mine or not run.status.startswith("completed") or len(found) == RUNS:
            continue
        view = kept_course(journal, run.id)
        if view is None:
            room -= run.bytes
            if room < 0:
                break
            with suppress(FileProblem):  # a damaged run teaches nothing
                view = View.of(journal.course(run.id))
        if view is not None and view.rehearsal == rehearsal:
            found.append(view)
    return found


def seconds_left(
    view: View, graph: Graph, known: Mapping[str, float], now: float, order: Sequence[str] = ()
) -> float | None:  # fmt: skip
    """How long a run goes on: the longest chain of nodes that have not ended; None when nothing is known of them.

    Args:
        known: what `durations` gave.
        now: monotonic seconds on the run's clock.
        order: `ordered(graph)`, where it is known already.
    """
    if not known and not any(node.total for node in view.nodes.values()):  # a map tells by its items
        return None
    order = order or ordered(graph)
    nodes = [view.nodes.get(name) for name in order]
    own = [0.0 if node is not None and node.settled else _left(node, known.get(name), now)
           for name, node in zip(order, nodes, strict=True)]  # fmt: skip
    if not any(own):
        return None
    ends: dict[str, float] = {}
    for name, left in zip(order, own, strict=True):
        before = (ends[edge.source] for edge in graph.incoming(name) if edge.source in ends)
        ends[name] = left + max(before, default=0.0)
    return max(ends.values())


def held_by(view: View) -> tuple[str, ...]:
    """What a run waits for as a whole: the reasons of its waiting nodes, as the view has them, each once; nothing while
    some node is at work, or will be by itself."""
    containers = set(view.scopes.values())
    found: dict[str, None] = {}
    for key, node in view.nodes.items():
        if node.settled or node.status in ("pending", "queued") or key in containers:
            continue
        if node.status != "waiting" or node.retry_at is not None:
            return ()
        found[node.reason] = None
    return tuple(found)


def share_done(view: View, graph: Graph) -> float:
    """How much of a run is over, 0 to 1, counted in nodes; items of maps count as parts of theirs."""
    if not graph.nodes:
        return 1.0
    return sum(_done(view.nodes.get(name)) for name in graph.nodes) / len(graph.nodes)


def _done(node: NodeView | None) -> float:
    if node is None:
        return 0.0
    return 1.0 if node.settled else min(1.0, node.done / node.total) if node.total else 0.0


def _left(node: NodeView | None, usual: float | None, now: float) -> float:
    if node is None or node.started is None:
        return usual or 0.0
    passed = now - node.started
    taken = [part.seconds for part in node.parts.values() if part.seconds is not None]
    if node.total and taken:  # as long as one takes, so often as others wait behind those that are open
        wide = sum(part.ended is None for part in node.parts.values())
        return sum(taken) / len(taken) * (node.total - len(taken)) / max(1, wide)
    if node.total and node.done:
        return passed / node.done * (node.total - node.done)
    return 0.0 if usual is None else max(usual - passed, usual * OVERDUE)


def ordered(graph: Graph) -> list[str]:
    """The nodes, each after those that it takes values from; those of a circle are left out."""
    waits = {name: len({edge.source for edge in graph.incoming(name)} & graph.nodes.keys()) for name in graph.nodes}
    order = [name for name, count in waits.items() if not count]
    for name in order:  # grows while it is walked
        for target in dict.fromkeys(edge.target for edge in graph.outgoing(name)):
            if target in waits:
                waits[target] -= 1
                if not waits[target]:
                    order.append(target)
    return order
