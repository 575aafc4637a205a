"""Baton as it runs in the studio: every event handed out and stored before it is shown."""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

from benchmarks.contest.shapes import Body, Run, nothing, pairs, rungs_of
from engine.base.settings import Home
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.contract import ERROR, Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.run import control
from engine.run.events import Event
from engine.run.services import Services

PACKAGE = "baton-studio"
TAKES = (Port("items", many=True, required=False),)


class Step(Kind[NodeConfig]):
    """A node that adds up what it is given and has a task of its own, so that nothing is measured but the engine."""

    name: ClassVar[str] = "step"
    title = "Step"
    group = "work"
    icon = "unknown"
    hint = "costs nothing"
    Config = NodeConfig

    def __init__(self, body: Body) -> None:
        self.body = body

    def ports(self, config: NodeConfig) -> Ports:
        return Ports(TAKES, (Port("value"), ERROR))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        return {"value": await self.total(call)}

    async def total(self, call: Call[NodeConfig]) -> int:
        """Does the work; returns what came before and one more, within bounds."""
        await self.body()
        total: int = sum(arrival.value for arrival in call.arrivals("items")) + 1
        return total % 1_000_003


class Turn(Step):
    """A step that goes one of two ways."""

    name = "turn"

    def ports(self, config: NodeConfig) -> Ports:
        return Ports(TAKES, (Port("even"), Port("odd"), ERROR))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        total = await self.total(call)
        return {"odd" if total % 4 > 1 else "even": total}


def stepping(home: Path, body: Body = nothing) -> Services:
    """What a run of steps needs."""
    loaded = Services.load(Home(home))
    return replace(loaded, kinds=loaded.kinds.with_kind(Step(body)).with_kind(Turn(body)))


def dag(shape: str, n: int) -> Graph:
    """A plain DAG as Baton's document."""
    nodes = {f"n{node}": Node(f"n{node}", "step") for node in range(n)}
    edges = (Edge(f"n{source}", "value", f"n{target}", "items") for source, target in pairs(shape, n))
    return _graph(nodes, edges)


def _graph(nodes: dict[str, Node], edges: Any) -> Graph:
    return Graph({"name": "bench", "settings": {"concurrency": 20_000}}, nodes, {edge.key: edge for edge in edges})


def _ladder(n: int) -> Graph:
    nodes: dict[str, Node] = {}
    edges: list[Edge] = []
    for rung in range(rungs_of(n)):
        if rung:
            edges += [Edge(f"{side}{rung - 1}", "value", f"r{rung}", "items") for side in "ab"]
        nodes |= {f"r{rung}": Node(f"r{rung}", "turn")}
        nodes |= {f"{side}{rung}": Node(f"{side}{rung}", "step") for side in "ab"}
        edges += [Edge(f"r{rung}", way, f"{side}{rung}", "items") for way, side in (("even", "a"), ("odd", "b"))]
    return _graph(nodes, edges)


def _map(n: int) -> Graph:
    body = {
        "nodes": [
            {"id": "item", "kind": "input", "config": {"type": "json"}},
            {"id": "step", "kind": "step"},
            {"id": "out", "kind": "output"},
        ],
        "edges": [{"from": "item.value", "to": "step.items"}, {"from": "step.value", "to": "out.value"}],
    }
    nodes = {
        "items": Node("items", "input", config={"type": "list", "default": list(range(n))}),
        "map": Node("map", "map", config={"body": body, "concurrency": n, "max_items": n}),
        "end": Node("end", "output"),
    }
    return _graph(nodes, [Edge("items", "value", "map", "items"), Edge("map", "items", "end", "value")])


def graph_of(shape: str, n: int) -> Graph:
    """Any shape as Baton's document."""
    return {"router ladder": _ladder, "map": _map}.get(shape, lambda n: dag(shape, n))(n)


def build(shape: str, n: int, body: Body, journal: bool = True, watched: bool = True) -> Run:
    services = stepping(Path(tempfile.mkdtemp()), body)
    graph, options = graph_of(shape, n), control.RunOptions(journal=journal)
    seen: list[int] = []

    def watch(batch: Sequence[Event]) -> None:
        seen.append(len(batch))

    def made() -> control.Run:
        return control.Run(graph, options=options, services=services)

    async def run() -> Any:
        result = await made().execute(watch if watched else None)
        assert result.status == "completed", result.reason
        return result.status

    times = []
    for _ in range(3):
        anew = replace(services)  # services keep the plan of the graph that ran last
        begun = perf_counter()
        control.Run(graph, options=options, services=anew)
        times.append(perf_counter() - begun)
    run.build_ms = statistics.median(times) * 1e3  # type: ignore[attr-defined]  # read by the worker
    return run
