"""For tests, ours and those of third parties: graphs in one line, a probe that does as told, runs to look at."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from pydantic import Field

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


async def play(
    graph: Graph, inputs: Mapping[str, Value] | None = None, *, services: Services, options: RunOptions | None = None
) -> Played:
    """Runs a graph to its end on the caller's loop, without a journal unless the options say so."""
    events: list[Event] = []
    run = Run(graph, inputs, options or RunOptions(journal=False, pace=0), services=services)
    result = await run.execute(events.extend)
    return Played(result, events)


def probing(services: Services, *more: Kind[Any]) -> Services:
    """The same services that also know the probe, and other kinds given."""
    kinds = services.kinds.with_kind(Probe())
    for kind in more:
        kinds = kinds.with_kind(kind)
    return replace(services, kinds=kinds)
