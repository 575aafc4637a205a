"""A run as lanes of bars over time: what the timeline paints. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import overload

from engine.graph.graph import Graph
from engine.run.view import AttemptView, NodeView, PartView, View
from gui.bridge.cells import part_title
from gui.bridge.faces import SOURCES, fault
from gui.figures import money, seconds_text


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
    """One node of the graph with its attempts, or an item of a map, a pass of a loop.

    Attributes:
        key: what the run calls it: a node, or the scope of an item.
        node: the node that is selected with it; "" for what stands inside a container.
        depth: how many containers it stands in, as far as they are shown.
        opens: whether something stands inside it; `opened` whether that is shown below it.
        critical: the end of the run waited for it.
    """

    key: str
    node: str
    title: str
    spans: tuple[Span, ...] = ()
    note: str = ""
    depth: int = 0
    opens: bool = False
    opened: bool = False
    critical: bool = False


Maker = Callable[[], Lane]


class Rows(Sequence[Lane]):
    """Lanes that are made when they are looked at: of a thousand nodes ten are seen."""

    def __init__(self, makers: Sequence[Maker] = ()) -> None:
        self._makers = makers

    def __len__(self) -> int:
        return len(self._makers)

    @overload
    def __getitem__(self, place: int) -> Lane: ...

    @overload
    def __getitem__(self, place: slice) -> list[Lane]: ...

    def __getitem__(self, place: int | slice) -> Lane | list[Lane]:
        found = self._makers[place]
        return [make() for make in found] if isinstance(found, Sequence) else found()


@dataclass(frozen=True, slots=True)
class Lanes:
    """Makes the lanes of one moment of a run.

    Args:
        name: gives what people call a node by its key.
        opened: keys of lanes below which their inside is shown.
        critical: keys of the nodes that the end waited for.
        now: monotonic seconds up to which running bars reach.
    """

    view: View
    name: Callable[[str], str]
    opened: Collection[str] = ()
    critical: Collection[str] = ()
    now: float = 0.0

    def of(self, graph: Graph, scope: str = "") -> Rows:
        """The nodes that do something, in order of starting; then those that have not begun, in the graph's order.

        Args:
            scope: the item or pass of a container that `graph` is the body of.
        """
        prefix = f"{scope}/" if scope else ""
        rows: list[Maker] = []
        crew = self._crew(scope, prefix)
        begun = {node.key: node for node in self._begun().get(scope, ())}
        begun |= {key: self.view.nodes.get(key) or _unbegun(key) for key in crew}
        if crew:  # what they did elsewhere says when they began
            first = {key: (crew.get(key) or [node])[0].attempts[0].started for key, node in begun.items()}
            begun = {key: begun[key] for key in sorted(begun, key=first.__getitem__)}
        for key, node in begun.items():
            rows.append(partial(self._lane, node, node.node, 0, crew.get(key)))
            if key in self.opened:
                rows += [partial(_same, lane) for lane in self._below(node, 0)]
        rows += [partial(self._idle, prefix + name) for name in graph.nodes if prefix + name not in begun]
        return Rows(rows)

    def _idle(self, key: str) -> Lane:
        """The lane of a node that has not begun."""
        node = self.view.nodes.get(key) or _unbegun(key)
        return self._lane(node, node.node, 0)

    def _crew(self, scope: str, prefix: str) -> dict[str, list[NodeView]]:
        """What the specialists of a scope did for managers, by the keys of their own nodes: those settle only after
        their managers, without working again (S7)."""
        crew: dict[str, list[NodeView]] = {}
        scopes = {scope}
        for one in self.view.delegations.values():
            if one.manager.rpartition("/")[0] not in scopes:
                continue
            scopes.add(one.scope)
            work = self.view.nodes.get(f"{one.scope}/{one.specialist}")
            if work is not None and work.attempts:
                crew.setdefault(prefix + one.specialist, []).append(work)
        return crew

    def _begun(self) -> dict[str, list[NodeView]]:
        """The nodes that have begun in each scope that is shown, in order of starting."""
        shown: dict[str, list[NodeView]] = {}
        for node in self.view.nodes.values():
            if node.attempts:
                shown.setdefault(node.scope, []).append(node)
        for nodes in shown.values():
            nodes.sort(key=lambda node: node.attempts[0].started)
        return shown

    def _lane(self, node: NodeView, name: str, depth: int, done: Sequence[NodeView] | None = None) -> Lane:
        """The lane of a node; of a specialist, with what it has `done` for its managers."""
        start, end = self._bounds()
        pieces = tuple(
            span for work in done or (node,) for index, attempt in enumerate(work.attempts)
            for span in _spans(work, attempt, index == len(work.attempts) - 1, start, end)
        )  # fmt: skip
        note = "" if pieces else self._note(node)
        opens, opened = bool(node.parts) or node.key in self.view.scopes, node.key in self.opened
        critical = node.key in self.critical
        return Lane(node.key, name, self.name(node.key), pieces, note, depth, opens, opened, critical)

    def _note(self, node: NodeView) -> str:
        """Why a node has no bar: what kept it from running, or where else its value comes from."""
        if node.blocked_by:
            return f"blocked by {self.name(node.key.removesuffix(node.node) + node.blocked_by)}"
        if node.status in ("skipped", "cancelled"):
            return node.why
        return SOURCES.get(node.source, "") if node.status == "ok" else ""

    def _below(self, node: NodeView, depth: int) -> Iterator[Lane]:
        for number in sorted(node.parts):
            yield from self._part(node, node.parts[number], depth + 1)
        if node.key in self.view.scopes:
            yield from self._inside(node.key, depth + 1)

    def _part(self, node: NodeView, part: PartView, depth: int) -> Iterator[Lane]:
        start, end = self._bounds()
        stop, live = (end, True) if part.ended is None else (part.ended, False)
        caption = " · ".join(filter(None, (seconds_text(stop - part.started), money(part.cost) if part.cost else "")))
        status = "cancelled" if part.status == "interrupted" else part.status
        span = Span(part.started - start, stop - start, status, part.error or caption, live)
        opened = part.scope in self.opened
        yield Lane(part.scope, "", part_title(node, part.number, short=True), (span,), "", depth, True, opened)
        if opened:
            yield from self._inside(part.scope, depth + 1)

    def _inside(self, scope: str, depth: int) -> Iterator[Lane]:
        for node in self._begun().get(scope, ()):
            yield self._lane(node, "", depth)
            if node.key in self.opened:
                yield from self._below(node, depth)

    def _bounds(self) -> tuple[float, float]:
        view = self.view
        return view.started or 0.0, view.ended if view.ended is not None else max(view.now, self.now)


def joined(spans: Sequence[Span]) -> list[Span]:
    """The bars to draw: those that lie over each other and look alike are one, as a specialist may work for a hundred
    delegations at once."""
    found: list[Span] = []
    for span in spans:
        last = found[-1] if found else None
        if last and (last.status, last.live) == (span.status, span.live) and last.start <= span.start < last.end:
            found[-1] = replace(span, start=last.start, end=max(last.end, span.end))
        else:
            found.append(span)
    return found


def _same(lane: Lane) -> Lane:
    return lane


def _unbegun(key: str) -> NodeView:
    scope, _, name = key.rpartition("/")
    return NodeView.begun(key, name, scope)


def _spans(node: NodeView, attempt: AttemptView, last: bool, start: float, end: float) -> Iterator[Span]:
    """The bars of an attempt: when it worked, and between them when it waited."""
    live = attempt.ended is None
    stop = end if attempt.ended is None else attempt.ended
    status = attempt.outcome
    if status == "running" and attempt.number > 1:
        status = "retry"
    elif last and status == "ok" and node.degraded:
        status = "degraded"
    at, caption = attempt.started, _caption(node, attempt, last, stop)
    for begun, over in attempt.waits:
        if begun > at:
            yield Span(at - start, begun - start, status)
        at = stop if over is None else over
        waited = over is None
        yield Span(begun - start, at - start, "waiting", caption or "waits" if waited else "", waited and live)
    if at < stop or not attempt.waits:
        yield Span(at - start, max(stop - start, at - start), status, caption, live)


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
