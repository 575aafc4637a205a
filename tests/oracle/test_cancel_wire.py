"""Stop reaches the wire: a thousand answers in flight are hung up on, and a server in another process sees it (S10)."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from tests.oracle import counting
from tests.surroundings import running

CALLS = 1000


@pytest.fixture
def server() -> Iterator[str]:
    """Where a server streams without end."""
    command = [sys.executable, str(Path(counting.__file__))]
    with running(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"


async def until(server: str, count: int) -> int:
    """Waits until so many answers are in flight; returns how many ever were."""
    async with httpx.AsyncClient(timeout=None, trust_env=False) as http:
        return int((await http.get(f"{server}/until/{count}")).text)


def timers() -> int:
    """What the loop would still do later."""
    scheduled = getattr(asyncio.get_running_loop(), "_scheduled", ())
    return sum(not handle.cancelled() for handle in scheduled)


@pytest.mark.parametrize("calls", [20, pytest.param(CALLS, marks=pytest.mark.slow)])
@pytest.mark.parametrize("stops", [1, 2])
async def test_a_stop_hangs_up_on_every_answer_in_flight(
    server: str, services: Services, calls: int, stops: int
) -> None:
    services = replace(services, environ={"OPENAI_COMPATIBLE_BASE_URL": server})
    ask = {"model": "openai_compatible/m", "prompt": "Talk", "idle_s": 600}
    nodes = {f"a{i}": Node(f"a{i}", "agent", config=ask) for i in range(calls)}
    last = Node("last", "merge", config={"strategy": "concat"})
    edges = [Edge(node, "text", "last", "items") for node in nodes]
    head = {"name": "wide", "settings": {"concurrency": calls}}
    graph = Graph(head, {**nodes, "last": last}, {edge.key: edge for edge in edges})
    events: list[Event] = []
    texts: set[str] = set()
    all_talk = asyncio.Event()
    loop = asyncio.get_running_loop()

    def told(batch: Sequence[Event]) -> None:
        events.extend(batch)
        texts.update(event.key for event in batch if event.kind == "text")
        if len(texts) == calls:
            loop.call_soon_threadsafe(all_talk.set)

    run = Run(graph, options=RunOptions(), services=services)
    working = asyncio.create_task(run.execute(told))
    assert await until(server, calls) == calls, "each call is on the wire once"
    await all_talk.wait()
    for _ in range(stops):
        run.stop()
    result = await working
    assert await until(server, 0) == calls, "nobody called again"
    assert result.status == "cancelled"
    ends = Counter(event.kind for event in events if event.kind.startswith("node.") and event.kind != "node.queued")
    assert ends == {"node.started": calls, "node.cancelled": calls + 1}
    assert all(node["status"] == "cancelled" for node in result.nodes.values())
    assert timers() == 0, "nothing of the run waits to happen"
