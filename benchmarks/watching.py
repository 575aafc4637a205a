"""Watching: a window with 1,000 nodes, 500 of which stream 20 pieces of text a second, and what it costs the run."""

from __future__ import annotations

import asyncio
import gc
import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication

from benchmarks.watched.swarm import AGENTS, CALLS, Crew
from engine.base.settings import Home, Settings
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.contract import Call, Kind, NodeConfig, Outputs, Port, Ports
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.services import Services
from gui.canvas.camera import Camera
from gui.studio import Studio
from gui.studios import Studios
from gui.warm import warm_up

NODES, STREAMING, RATE = 1000, 500, 20
SECONDS: Final = 6.0
PIECE: Final = "some words "
COLUMN, ROW, ROWS = 296, 184, 25
BAR_FRAME_MS, BAR_INPUT_MS, BAR_SLOWER, BAR_GROWTH_MB = 33.0, 50.0, 10.0, 8.0
PROBE_S: Final = 0.02


class Streams(Kind[NodeConfig]):
    """A node that says something twenty times a second, as a model does."""

    name: ClassVar[str] = "streams"
    title, group, icon, hint = "Streams", "work", "agent", "says something again and again"
    Config = NodeConfig

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((Port("a", "any", required=False),), (Port("text", "text"),))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        for _ in range(round(self.seconds * RATE)):
            call.emit("text", {"text": PIECE})
            await asyncio.sleep(1 / RATE)
        return {"text": PIECE}


class Waits(Streams):
    """A node behind one that streams: it waits for it all the time."""

    name: ClassVar[str] = "waits"

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        return {"text": PIECE}


def drawn() -> Graph:
    """Half of the nodes stream; each other one waits for one of them."""
    nodes, edges, places = {}, {}, {}
    for number in range(NODES):
        name = f"n{number}"
        nodes[name] = Node(name, "streams" if number < STREAMING else "waits", f"Step number {number}")
        places[name] = float(number // ROWS * COLUMN), float(number % ROWS * ROW)
        if number >= STREAMING:
            edge = Edge(f"n{number - STREAMING}", "text", name, "a")
            edges[edge.key] = edge
    head = {"name": "watching", "settings": {"concurrency": NODES}}
    return Graph(head, nodes, edges, places)


class Probe(QObject):
    """Notes when the canvas paints, and how long an event that another thread posts waits for its turn."""

    ASK = QEvent.Type(QEvent.registerEventType())

    def __init__(self, canvas: QObject) -> None:
        super().__init__()
        self.painted: list[float] = []
        self.waited: list[float] = []
        self._posted = 0.0
        self._answered = threading.Event()
        self._over = False
        canvas.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.painted.append(time.perf_counter())
        return False

    def event(self, event: QEvent) -> bool:
        if event.type() == self.ASK:
            self.waited.append(time.perf_counter() - self._posted)
            self._answered.set()
            return True
        return super().event(event)

    def ask(self) -> None:
        """Posts an event again and again, as hands do; on a thread of its own."""
        while not self._over:
            self._answered.clear()
            self._posted = time.perf_counter()
            QCoreApplication.postEvent(self, QEvent(self.ASK))
            self._answered.wait(5)
            time.sleep(PROBE_S)

    def end(self) -> None:
        self._over = True


def at_99(values: list[float]) -> float:
    """The 99th percentile, in milliseconds."""
    return statistics.quantiles(values, n=100)[98] * 1000 if len(values) > 1 else 0.0


def megabytes() -> float:
    """What the process holds in memory."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def alone(services: Services, graph: Graph) -> float:
    """Seconds that a run takes when nobody watches, by its events."""
    run, events = Run(graph, options=RunOptions(), services=services), list[Event]()
    result = asyncio.run(run.execute(events.extend))
    assert result.status == "completed", result.reason
    return events[-1].mono - events[0].mono


def watched(app: QApplication, studio: Studio, look: Callable[[], object]) -> tuple[float, float, Probe]:
    """Seconds that it takes while the window watches, by its events; how much later its end is seen; what was noted."""
    session, probe = studio.session, Probe(studio.canvas)
    look()
    app.processEvents()
    asking = threading.Thread(target=probe.ask, daemon=True)
    begun = time.perf_counter()
    session.run(options=RunOptions())
    asking.start()
    ended = [0.0]
    session.run_changed.connect(lambda: ended.__setitem__(0, time.perf_counter()))
    while session.running:
        app.processEvents()
        time.sleep(0.0005)
    probe.end()
    asking.join(1)
    assert session.run_result is not None and session.run_result.status == "completed", session.run_result
    studio.canvas.removeEventFilter(probe)
    events = session.run_events
    took = events[-1].mono - events[0].mono
    return took, ended[0] - begun - took, probe


def put_away(app: QApplication, studio: Studio) -> None:
    """Forgets the run that was watched."""
    studio.session.put_run_away()
    app.processEvents()


def tell(app: QApplication, studio: Studio, name: str, look: Callable[[], object], base: float) -> None:
    """Prints what one look at the run comes to, beside the seconds that it takes when nobody watches."""
    took, late, probe = watched(app, studio, look)
    gaps = [after - before for before, after in zip(probe.painted, probe.painted[1:], strict=False)]
    slower = (took / base - 1) * 100
    print(row(f"{name}: frame gap, median", f"{statistics.median(gaps) * 1000:.1f} ms", ""))
    print(row(f"{name}: frame gap, 99th", f"{at_99(gaps):.1f} ms", f"under {BAR_FRAME_MS:.0f} ms"))
    print(row(f"{name}: input answered, 99th", f"{at_99(probe.waited):.1f} ms", f"under {BAR_INPUT_MS:.0f} ms"))
    print(row(f"{name}: the run is slower by", f"{slower:+.1f} %", f"under {BAR_SLOWER:.0f} %"))
    print(row(f"{name}: its end is seen later by", f"{late:.2f} s", ""), flush=True)
    put_away(app, studio)


def swarm(app: QApplication, studio: Studio, crew: Crew) -> None:
    """The same for a swarm, whose sub-agents work side by side in one node."""
    services, graph = crew.on(studio.services), crew.graph()
    studio.session.use(services)
    studio.session.show(graph)
    app.processEvents()
    base = alone(services, graph)
    print(row(f"{AGENTS} sub-agents with {CALLS} calls of a tool each, alone", f"{base:.2f} s", ""))
    tell(app, studio, "swarm", studio.canvas.frame_all, base)


def row(words: str, value: str, bar: str) -> str:
    return f"{words:<58}{value:>12}   {bar}"


def main() -> None:
    quick = "quick" in sys.argv
    app = QApplication(sys.argv[:1])
    home = Home(Path(tempfile.mkdtemp()))
    settings = Settings(appearance="dark", reduced_motion=False, local_discovery=False)
    seconds = 1.0 if quick else SECONDS
    studios = Studios(app, home, settings)
    kinds = studios.services.kinds.with_kind(Streams(seconds)).with_kind(Waits(seconds))
    studios.services = replace(studios.services, kinds=kinds)
    studio = studios.open_window()
    warm_up().join()  # as the studio does once its first window stands
    studio.window.resize(1680, 1020)
    graph = drawn()
    studio.session.show(graph)
    app.processEvents()
    base = min(alone(studio.services, graph) for _ in range(1 if quick else 2))
    print(row(f"{STREAMING} nodes stream {RATE} pieces a second, alone", f"{base:.2f} s", f"{seconds:.0f} s asked for"))
    canvas = studio.canvas
    looks = {"all in view": canvas.frame_all, "35 %": lambda: canvas.set_camera(Camera(0, 0, 0.35)),
             "full size": lambda: canvas.set_camera(Camera(200, 200, 1.0))}  # fmt: skip
    for name, look in looks.items():
        tell(app, studio, name, look, base)
    before = megabytes()
    watched(app, studio, canvas.frame_all)
    put_away(app, studio)
    print(row("memory after one more run", f"{megabytes() - before:+.1f} MB", f"under {BAR_GROWTH_MB:.0f} MB"))
    swarm(app, studio, Crew(10, 3) if quick else Crew())
    studios.close()


if __name__ == "__main__":
    main()
