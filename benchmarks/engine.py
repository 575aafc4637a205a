"""Engine: microseconds for each node beside a bare asyncio scheduler, with all events and with the journal."""

from __future__ import annotations

import asyncio
import gc
import logging
import statistics
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar

from engine.base.settings import Home
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.contract import ERROR, Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services

SIZES = (10, 100, 1000, 10_000)
LAYER = 10
BAR_BARE, BAR_EVENTS, BAR_JOURNAL = 6.0, 35.0, 70.0
"""Microseconds a node: what the bare scheduler costs on the machine that the two bars were set on."""

Pairs = Sequence[tuple[int, int]]


class Step(Kind[NodeConfig]):
    """A node that takes what it is given and has a task of its own, so that nothing is measured but the engine."""

    name: ClassVar[str] = "step"
    title = "Step"
    group = "work"
    icon = "unknown"
    hint = "costs nothing"
    Config = NodeConfig

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("items", many=True, required=False),), (Port("value"), ERROR))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        return {"value": await work([arrival.value for arrival in call.arrivals("items")])}


async def work(values: list[Any]) -> int:
    """What every node does, in Baton and by hand: adds up what came before, within 64 bits."""
    total: int = sum(values) + 1
    return total % 1_000_003


def chain(count: int) -> Pairs:
    """One after the other."""
    return list(pairwise(range(count)))


def fan(count: int) -> Pairs:
    """One, then all the others side by side, then one that joins them."""
    middle = range(1, count - 1)
    return [*((0, node) for node in middle), *((node, count - 1) for node in middle)]


def layered(count: int) -> Pairs:
    """Layers of ten; each node joins two of the layer before."""
    return [
        (before, node)
        for node in range(LAYER, count)
        for before in {node - LAYER, node - LAYER + (1 if node % LAYER < LAYER - 1 else -1)}
    ]


SHAPES: Mapping[str, Callable[[int], Pairs]] = {"chain": chain, "fan-out and merge": fan, "layers": layered}


def graph_of(count: int, pairs: Pairs) -> Graph:
    """The same graph as Baton's document."""
    nodes = {f"n{node}": Node(f"n{node}", "step") for node in range(count)}
    edges = (Edge(f"n{source}", "value", f"n{target}", "items") for source, target in pairs)
    return Graph({"name": "bench"}, nodes, {edge.key: edge for edge in edges})


async def bare(count: int, pairs: Pairs) -> list[int]:
    """What one writes by hand: a task for each node when all before it are done; no events, no errors, no limits."""
    before: list[list[int]] = [[] for _ in range(count)]
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in pairs:
        before[target].append(source)
        after[source].append(target)
    waiting = [len(sources) for sources in before]
    values = [0] * count
    tasks: list[asyncio.Task[None]] = []
    left, done = count, asyncio.get_running_loop().create_future()

    async def one(node: int) -> None:
        nonlocal left
        values[node] = await work([values[source] for source in before[node]])
        for target in after[node]:
            waiting[target] -= 1
            if not waiting[target]:
                tasks.append(asyncio.create_task(one(target)))
        left -= 1
        if not left:
            done.set_result(None)

    tasks.extend(asyncio.create_task(one(node)) for node in range(count) if not waiting[node])
    await done
    return values


async def baton(run: Run) -> int:
    """Runs it as the studio does, with somebody who takes every event; returns how many there were."""
    seen = 0

    def watch(batch: Sequence[Event]) -> None:
        nonlocal seen
        seen += len(batch)

    result = await run.execute(watch)
    assert result.status == "completed", result.reason
    return seen


@dataclass
class Times:
    """Microseconds a node, one figure for each repetition, and how many events a node made."""

    bare: list[float]
    compile: list[float]
    events: list[float]
    journal: list[float]
    events_each: float = 0.0


def measure(count: int, pairs: Pairs, services: Services) -> Times:
    """Measures the four side by side again and again, so that a busy machine slows all of them alike."""
    graph, times = graph_of(count, pairs), Times([], [], [], [])
    for _ in range(max(3, min(15, 6_000 // count))):
        start = perf_counter()
        asyncio.run(bare(count, pairs))
        times.bare.append((perf_counter() - start) * 1e6 / count)
        for stored, column in ((False, times.events), (True, times.journal)):
            gc.collect()
            start = perf_counter()
            run = Run(graph, options=RunOptions(journal=stored), services=services)
            ready = perf_counter()
            seen = asyncio.run(baton(run))
            column.append((perf_counter() - ready) * 1e6 / count)
            times.compile.append((ready - start) * 1e6 / count)
            times.events_each = seen / count
    return times


def row(shape: str, count: int, times: Times) -> str:
    """One line of the table."""
    by_hand, events, journal = (statistics.median(found) for found in (times.bare, times.events, times.journal))
    cells = [
        f"{shape:<17}", f"{count:>6}", f"{by_hand:>6.1f}", f"{events:>7.1f}", f"{journal:>8.1f}",
        f"{events / by_hand:>8.1f}", f"{journal / by_hand:>9.1f}",
        f"{statistics.median(times.compile):>8.1f}", f"{times.events_each:>8.1f}",
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def stepping(home: Path | None = None) -> Services:
    """What a run of steps needs."""
    loaded = Services.load(Home(home) if home else None)
    return replace(loaded, kinds=loaded.kinds.with_kind(Step()))


def main() -> None:
    logging.disable()
    heads = [
        "shape            ",
        " nodes",
        "  bare",
        " events",
        " journal",
        "events x",
        "journal x",
        " compile",
        "events n",
    ]
    with tempfile.TemporaryDirectory() as folder:
        services = stepping(Path(folder))
        measure(100, chain(100), services)  # imports and caches are filled before anything counts
        print("Microseconds a node, medians. bare: by hand; events: every event handed out; journal: stored as well;")
        print("x: times bare; compile: the graph made ready; events n: events for each node.")
        print(f"Bars where bare costs {BAR_BARE:.0f}: {BAR_EVENTS:.0f} with events, {BAR_JOURNAL:.0f} with journal;")
        print(
            f"that is {BAR_EVENTS / BAR_BARE:.1f} and {BAR_JOURNAL / BAR_BARE:.1f} times bare; flat from 100 nodes.\n"
        )
        print(f"| {' | '.join(heads)} |\n| --- |{' ---: |' * (len(heads) - 1)}")
        for shape, make in SHAPES.items():
            for count in SIZES:
                print(row(shape, count, measure(count, make(count), services)), flush=True)


if __name__ == "__main__":
    main()
