"""Start and memory: `baton --help`, a small run, the first usable window; peak memory of each and of a large run."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = str(ROOT / "saved_graphs" / "research_draft_review.baton.json")
TIMES = 7
CLI = "import sys; sys.argv = ['baton', *{words!r}]; from engine.cli.main import main; main()"
WINDOW = """
import os, sys
import gui.app

def watched():
    from PySide6.QtCore import QTimer
    app = made()
    from gui.window import Window
    def paint(self, event):
        QTimer.singleShot(0, lambda: os._exit(0))  # the loop is free again: a click would be answered now
    Window.paintEvent = paint
    return app

made, gui.app.make_application = gui.app.make_application, watched
sys.exit(gui.app.main([]))
"""
LARGE = """
import asyncio, os, sys
from pathlib import Path
from benchmarks.peers.baton import graph_of, stepping
from engine.run.control import Run, RunOptions
graph = graph_of("layers", {count})
services = stepping(Path(os.environ["BATON_HOME"]))
asyncio.run(Run(graph, options=RunOptions(journal={journal}), services=services).execute())
"""


def spawned(code: str, surroundings: Mapping[str, str]) -> tuple[float, float]:
    """Runs Python code in a process of its own; returns its seconds from start to end and its peak memory in MB."""
    quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0), (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)]
    start = time.perf_counter()
    child = os.posix_spawn(sys.executable, [sys.executable, "-c", code], surroundings, file_actions=quiet)
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - start
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"this failed: {code.strip()[:200]}")
    return seconds, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)


def row(name: str, code: str, bar: str, times: int = TIMES) -> str:
    """One line of the table: medians of several processes."""
    with tempfile.TemporaryDirectory() as home:
        mine = {"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", "BATON_HOME": home}
        found = [spawned(code, {**os.environ, **mine}) for _ in range(times)]
    seconds, memory = (statistics.median(column) for column in zip(*found, strict=True))
    return f"| {name:<28} | {seconds:>7.2f} | {bar:>6} | {memory:>8.0f} |"


def main() -> None:
    print("| what                         | seconds |    bar | peak MB |\n| --- | ---: | ---: | ---: |", flush=True)
    print(row("python that does nothing", "pass", ""), flush=True)
    print(row("baton --help", CLI.format(words=["--help"]), "0.30"), flush=True)
    words = ["run", SAMPLE, "--rehearse", "--json"]
    print(row("baton run, natural pace", CLI.format(words=words), "", 1), flush=True)
    if find_spec("PySide6"):
        print(row("usable window", WINDOW, "1.50"), flush=True)
    for count in (1000, 10_000):
        for journal in (False, True):
            name = f"{count:,} nodes{' with journal' if journal else ''}"
            print(row(name, LARGE.format(count=count, journal=journal), "", 3), flush=True)


if __name__ == "__main__":
    main()
