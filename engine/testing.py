"""For tests, ours and those of third parties: graphs in one line, a probe that does as told, runs to look at."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from pydantic import Field

from engine.base.clock import Timer
from engine.base.errors import ErrorClass, NodeError
from engine.base.values import Value
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.contract import ERROR, Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.result import Result
from engine.run.services import Services


def build(nodes: Mapping[str, str | tuple[str, Mapping[str, Any]]], *edges: str, **head: Any) -> Graph:
    """A graph from short words: `build({"a": "input", "b": ("agent", {...})}, "a.value -> b.task")`."""
    records = {
        node_id: Node(node_id, spec) if isinstance(spec, str) else Node(node_id, spec[0], config=spec[1])
        for node_id, spec in nodes.items()
    }
    joined: dict[str, Edge] = {}
    for text in edges:
        start, end = (part.strip().split(".") for part in text.split("->"))
        edge = Edge(start[0], start[1], end[0], end[1])
        joined[edge.key] = edge
    return Graph(head=head, nodes=records, edges=joined)


class ProbeConfig(NodeConfig):
    """What a probe does: gives its id on the ports in `gives`, or fails with a class, after some turns of the loop.

    `takes` names the input ports that it has: `many`, `one`, and `maybe`, which is optional.
    """

    takes: tuple[str, ...] = ("many",)
    gives: tuple[str, ...] = ("out",)
    fails: str = ""
    turns: int = Field(0, ge=0)


class Probe(Kind[ProbeConfig]):
    """A kind that does as told and says in an event `node.progress` which sources it saw at each port."""

    name: ClassVar[str] = "probe"
    title = "Probe"
    group = "work"
    icon = "unknown"
    hint = "does as told, for tests"
    Config = ProbeConfig

    def ports(self, config: ProbeConfig) -> Ports:
        inputs = (Port(name, many=name != "one", required=name != "maybe") for name in config.takes)
        return Ports(tuple(inputs), (Port("out"), Port("alt"), ERROR))

    async def run(self, call: Call[ProbeConfig]) -> Outputs:
        for _ in range(call.config.turns):
            await asyncio.sleep(0)
        saw = {port.name: [a.source for a in call.arrivals(port.name)] for port in self.ports(call.config).inputs}
        call.emit("node.progress", {"note": "saw", "saw": saw})
        if call.config.fails:
            raise NodeError(cast("ErrorClass", call.config.fails), f"{call.node} was told to fail")
        return dict.fromkeys(call.config.gives, call.node)


@dataclass(frozen=True)
class Played:
    """A run that is over: its result and all its events."""

    result: Result
    events: list[Event]

    def of(self, kind: str) -> list[Event]:
        """The events of one kind."""
        return [event for event in self.events if event.kind == kind]


class HandClock:
    """A clock that stands still until somebody moves it, so that every wait of a run is exact and takes no time.

    Time limits never end and pauses never pass by themselves. `play` moves it along the waits that events announce.
    """

    def __init__(self, wall: float = 1_700_000_000.0) -> None:
        self._wall, self._now = wall, 0.0
        self._timers: list[tuple[float, int, Callable[[], None], list[bool]]] = []
        self._count = 0

    def wall(self) -> float:
        return self._wall + self._now

    def mono(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        over = asyncio.get_running_loop().create_future()
        timer = self.call_later(seconds, lambda: None if over.done() else over.set_result(None))
        try:
            await over
        finally:
            timer.cancel()

    def call_later(self, seconds: float, act: Callable[[], None]) -> Timer:
        self._count += 1
        gone: list[bool] = []
        heapq.heappush(self._timers, (self._now + seconds, self._count, act, gone))
        return _HandTimer(gone)

    @property
    def waiting(self) -> list[float]:
        """Seconds until each thing that was put off, the nearest first."""
        return sorted(when - self._now for when, _, _, gone in self._timers if not gone)

    def move(self, seconds: float) -> None:
        """Lets time pass: everything that falls due happens, in order."""
        self.move_to(self._now + seconds)

    def move_to(self, moment: float) -> None:
        """Lets time pass until a moment of `mono`; the past is over already."""
        while self._timers and self._timers[0][0] <= moment:
            when, _, act, gone = heapq.heappop(self._timers)
            self._now = max(self._now, when)
            if not gone:
                act()
        self._now = max(self._now, moment)


@dataclass(frozen=True)
class _HandTimer:
    gone: list[bool]

    def cancel(self) -> None:
        self.gone.append(True)


async def play(
    graph: Graph, inputs: Mapping[str, Value] | None = None, *, services: Services, options: RunOptions | None = None
) -> Played:
    """Runs a graph to its end on the caller's loop, without a journal unless the options say so."""
    events: list[Event] = []
    clock, loop = services.clock, asyncio.get_running_loop()

    def seen(batch: Sequence[Event]) -> None:
        events.extend(batch)
        if isinstance(clock, HandClock):
            for event in batch:
                if event.kind in ("rate.wait", "node.retry"):
                    loop.call_soon_threadsafe(clock.move_to, event.mono + event.data["wait_s"])

    run = Run(graph, inputs, options or RunOptions(journal=False, pace=0), services=services)
    result = await run.execute(seen)
    return Played(result, events)


def probing(services: Services, *more: Kind[Any]) -> Services:
    """The same services that also know the probe, and other kinds given."""
    kinds = services.kinds.with_kind(Probe())
    for kind in more:
        kinds = kinds.with_kind(kind)
    return replace(services, kinds=kinds)
