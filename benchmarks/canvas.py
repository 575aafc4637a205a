"""Canvas: milliseconds of a frame (median and 99th) while it is panned, zoomed, dragged and run; beside two peers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from benchmarks.contest.engines import peers_python
from benchmarks.drawn.timing import SIZE, edges, frames, place
from engine.graph import commands
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
from gui.warm import settle

HERE = Path(__file__).resolve().parent
SIZES = (100, 1_000, 10_000)
PEERS: Final[Mapping[str, str]] = {"nodegraphqt": "NodeGraphQt", "orange": "orange-canvas-core"}
PEER_SIZES, PEER_LIMIT_S = (100, 1_000), 120
BAR_PEERS = 30
"""How many times quicker than either peer a frame of 1,000 nodes is to be."""
Times = dict[str, tuple[float, float]]
"""What was done -> median and 99th percentile of a frame, in milliseconds."""


def layered(count: int) -> Graph:
    """Agents in rows of 25, each fed by one or two of the column before."""
    nodes, places = {}, {}
    for i in range(count):
        config = {"model": "cheap", "prompt": f"Step {i}: work on {{{{ a }}}} and say what follows."}
        nodes[f"n{i}"] = Node(f"n{i}", "agent", f"Step number {i}", config)
        places[f"n{i}"] = place(i)
    wires = [Edge(f"n{before}", "text", f"n{after}", "a") for before, after in edges(count)]
    return Graph({"name": "bench"}, nodes, {edge.key: edge for edge in wires}, places)


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

    def look(self, camera: Camera | None) -> None:
        """Looks from somewhere, or at all of it."""
        self.canvas.frame_all() if camera is None else self.canvas.set_camera(camera)
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

    def drag(self, chosen: frozenset[str], i: int) -> None:
        """Moves nodes as a mouse does: their area is painted by Qt in the next turn of the loop."""
        self.canvas.drag(chosen, i * 3.0, i * 2.0)
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

    def edit(self, i: int) -> None:
        """Changes a prompt, as a letter that is typed does."""
        after = commands.set_config(self.session.graph, "n30", {"prompt": f"Edit {i} of {{{{ a }}}}"})
        self.session.commit(after, "Edit")
        self.app.processEvents()

    def add(self, i: int) -> None:
        """Adds a node, and takes it back."""
        self.session.commit(commands.add_node(self.session.graph, "agent", (300.0, 8.0 * i))[0], "Add")
        self.app.processEvents()
        self.session.undo()
        self.app.processEvents()

    def animate(self, _: int) -> None:
        self.frame()


def measure(app: QApplication, count: int) -> Times:
    """All that is measured at one size."""
    bench = Bench(app, count)
    bench.open(0)
    found: Times = {"open": frames(bench.open, 5)}
    for name, camera in (("", None), (" 1:1", Camera(200, 200, 1.0))):
        bench.look(camera)
        found[f"pan{name}"] = frames(bench.pan)
        found[f"zoom{name}"] = frames(bench.zoom)
    bench.look(Camera(200, 200, 1.0))
    one, many = frozenset({"n30"}), frozenset(list(bench.graph.nodes)[:500])
    found["drag"] = frames(lambda i: bench.drag(one, i))
    bench.canvas.drop_drag()
    found["edit"] = frames(bench.edit)
    found["add, undo"] = frames(bench.add, 50)
    bench.look(None)
    found["drag 500"] = frames(lambda i: bench.drag(many, i))
    bench.canvas.drop_drag()
    for running in (500, 1000):
        bench.run(min(count, running))
        for name, camera in (("all", None), (".35", Camera(0, 0, 0.35)), ("1:1", Camera(200, 200, 1.0))):
            bench.look(camera)
            found[f"{running} run {name}"] = frames(bench.animate)
    bench.look(Camera(0, 0, 0.35))
    found["run+pan"] = frames(bench.pan)
    bench.session.close()
    bench.canvas.close()
    return found


def peer(name: str, count: int) -> Times:
    """What another editor comes to; nothing where it took too long or failed, which is said."""
    python = peers_python(HERE / ".venv-drawn", HERE / "drawn" / "requirements.txt")
    command = [python, str(HERE / "drawn" / f"{name}.py"), str(count)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PEER_LIMIT_S, check=True)
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        print(f"{PEERS[name]} at {count:,}: {type(error).__name__}")
        return {}
    last: Times = json.loads(done.stdout.splitlines()[-1])
    return last


def table(ours: Mapping[int, Times]) -> None:
    """Prints what a frame takes: a row for each thing done, a median and a 99th for each size."""
    print(f"{'ms, median and 99th':<20}" + "".join(f"{size:>18,}" for size in ours))
    for name in next(iter(ours.values())):
        cells = (times[name] for times in ours.values())
        print(f"{name:<20}" + "".join(f"{median:>10.2f}{most:>8.2f}" for median, most in cells))


def beside(ours: Mapping[int, Times]) -> None:
    """Prints the peers' medians, and how many times ours they are."""
    print(
        f"\n{'median ms, x ours':<28}" + "".join(f"{what:>20}" for what in ("open", "pan", "zoom", "drag", "drag 500"))
    )
    for name, title in PEERS.items():
        for size in PEER_SIZES:
            found = peer(name, size)
            cells = ((found[what][0], found[what][0] / ours[size][what][0]) for what in found)
            print(f"{title:<20}{size:>8,}" + "".join(f"{ms:>12.1f}{times:>7.0f}x" for ms, times in cells), flush=True)
    print(f"The bar at 1,000 nodes: {BAR_PEERS} times quicker than either.")


def main() -> None:
    app = QApplication(sys.argv[:1])
    settle()  # as the studio does once its first window stands
    quick = "quick" in sys.argv[1:]
    ours = {size: measure(app, size) for size in (SIZES[:2] if quick else SIZES)}
    table(ours)
    if not quick:
        beside(ours)


if __name__ == "__main__":
    main()
