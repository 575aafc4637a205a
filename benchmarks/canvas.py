"""Canvas: median milliseconds to open, pan, zoom, drag one node, animate running ones, at three sizes."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.registry import Kinds
from engine.run.events import Event
from engine.run.view import View
from gui.canvas.camera import Camera
from gui.canvas.view import Canvas
from gui.session import Session
from gui.theme.icons import Icons
from gui.theme.theme import Theme

SIZE = 1680, 1020
COLUMN, ROW = 296, 184


def layered(count: int) -> Graph:
    """Agents in rows of 25, each fed by one or two of the column before."""
    nodes, edges, places = {}, {}, {}
    for i in range(count):
        node = f"n{i}"
        config = {"model": "cheap", "prompt": f"Step {i}: work on {{{{ a }}}} and say what follows."}
        nodes[node] = Node(node, "agent", f"Step number {i}", config)
        places[node] = (float(i // 25 * COLUMN), float(i % 25 * ROW))
        for before in {i - 25, i - 25 + (i * 7) % 3 - 1} if i >= 25 else ():
            if 0 <= before < i:
                edge = Edge(f"n{before}", "text", node, "a")
                edges[edge.key] = edge
    return Graph({"name": "bench"}, nodes, edges, places)


def median_ms(step: Callable[[int], None], times: int = 40) -> float:
    """The median time of `step` in milliseconds."""
    taken = []
    for i in range(times):
        start = time.perf_counter()
        step(i)
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


class Bench:
    """A canvas of the size of the design, painted by hand so that only its own work is measured."""

    def __init__(self, app: QApplication, count: int) -> None:
        theme = Theme("dark", reduced_motion=False, font_scale=1.0)
        theme.apply(app)
        self.graph = layered(count)
        self.session = Session(Kinds.load())
        self.canvas = Canvas(self.session, theme, Icons(theme))
        self.canvas.resize(*SIZE)
        self.canvas.show()
        self.app, self.image = app, QImage(*SIZE, QImage.Format.Format_RGB32)
        app.processEvents()

    def open(self, _: int) -> None:
        """Shows the graph from nothing, to the painted picture."""
        self.session.show(self.graph)
        self.frame()

    def frame(self) -> None:
        """Paints what is waiting to be painted."""
        self.canvas.repaint()

    def pan(self, i: int) -> None:
        self.canvas.set_camera(self.canvas.camera.panned(-13 if i % 20 < 10 else 13, 7 if i % 2 else -7))
        self.frame()

    def zoom(self, i: int) -> None:
        self.canvas.set_camera(self.canvas.camera.zoomed(1.15 if i % 10 < 5 else 1 / 1.15, (800, 500)))
        self.frame()

    def drag(self, i: int) -> None:
        """Moves one node as a mouse does: its area is painted by Qt in the next turn of the loop."""
        self.canvas.drag(frozenset({"n30"}), i * 3.0, i * 2.0)
        self.app.processEvents()

    def run(self, running: int) -> None:
        """Makes nodes run, as a session would show it."""
        view, seq, nodes = View(run="bench"), 0, list(self.graph.nodes)
        start = time.monotonic()
        for node in nodes[:running]:
            for kind, data in (("node.started", {}), ("text", {"text": "The pool stalls because every waiter looks."})):
                seq += 1
                view.apply(Event(1, "bench", seq, 0, start, kind, node, node, "", 1, data))
        for edge in self.graph.edges.values():
            if edge.target in view.nodes:
                seq += 1
                view.apply(Event(1, "bench", seq, 0, start, "edge.live", "", "", "", 0, {"edge": edge.key}))
        self.canvas.display.show(view, self.graph, live=True)
        self.canvas.refresh()
        self.frame()

    def animate(self, _: int) -> None:
        self.frame()


def measure(app: QApplication, count: int) -> str:
    """One row of the table."""
    bench = Bench(app, count)
    bench.open(0)
    found = [median_ms(bench.open, 5)]
    found += [median_ms(bench.pan), median_ms(bench.zoom)]
    bench.canvas.set_camera(Camera(200, 200, 1.0))
    bench.frame()
    found += [median_ms(bench.pan), median_ms(bench.zoom)]
    bench.canvas.set_camera(Camera(200, 200, 1.0))
    bench.frame()
    found.append(median_ms(bench.drag, 200))
    bench.canvas.drop_drag()
    for running in (500, 1000):
        bench.run(min(count, running))
        for camera in (None, Camera(0, 0, 0.35), Camera(200, 200, 1.0)):
            bench.canvas.frame_all() if camera is None else bench.canvas.set_camera(camera)
            bench.frame()
            found.append(median_ms(bench.animate))
    bench.canvas.set_camera(Camera(0, 0, 0.35))
    found.append(median_ms(bench.pan))
    bench.session.close()
    bench.canvas.close()
    return f"{count:>7}" + "".join(f"{value:>10.2f}" for value in found)


def main() -> None:
    app = QApplication(sys.argv[:1])
    heads = ["open", "pan all", "zoom all", "pan 1:1", "zoom 1:1", "drag", "500 all", "500 .35", "500 1:1",
             "1000 all", "1000 .35", "1000 1:1", "run+pan"]  # fmt: skip
    print("  nodes" + "".join(f"{head:>10}" for head in heads))
    for count in (100, 1000, 10_000):
        print(measure(app, count), flush=True)


if __name__ == "__main__":
    main()
