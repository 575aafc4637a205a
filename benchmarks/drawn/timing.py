"""What every editor is asked to do, and how long a frame of it takes: run with the peer's own interpreter."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

COLUMN, ROW, EACH = 296, 184, 25
SIZE = 1680, 1020
BUDGET_S = 6.0
"""Seconds for one kind of frame; at least three are measured."""
Act = Callable[[int], object]


def edges(count: int) -> list[tuple[int, int]]:
    """The edges of the benchmark's graph: each node is fed by one or two of the column before."""
    pairs = []
    for i in range(EACH, count):
        pairs += [(before, i) for before in sorted({i - EACH, i - EACH + (i * 7) % 3 - 1}) if 0 <= before < i]
    return pairs


def place(i: int) -> tuple[float, float]:
    """Where a node stands."""
    return float(i // EACH * COLUMN), float(i % EACH * ROW)


def frames(step: Act, times: int = 200) -> tuple[float, float]:
    """Median and 99th percentile of the milliseconds that `step` takes."""
    taken: list[float] = []
    began = time.perf_counter()
    for i in range(times):
        start = time.perf_counter()
        step(i)
        taken.append((time.perf_counter() - start) * 1000)
        if i >= 2 and time.perf_counter() - began > BUDGET_S:
            break
    taken.sort()
    return statistics.median(taken), taken[min(len(taken) - 1, round(0.99 * (len(taken) - 1)))]


def steps(
    app: Any, viewport: Any, count: int, pan: Act, zoom: Act, move: Callable[[int, float, float], object],
    look_near: Callable[[], object], look_at_all: Callable[[], object],
) -> dict[str, Act]:  # fmt: skip
    """What can be done with a graph of so many nodes, each ending with a painted frame.

    Args:
        pan, zoom: do it once, the number of the frame given.
        move: puts a node somewhere.
        look_near, look_at_all: show one node in its own size, and the whole graph.
    """

    def painted(act: Act) -> Act:
        def step(i: int) -> None:
            act(i)
            app.processEvents()
            viewport.repaint()

        return step

    def drag(chosen: range, look: Callable[[], object]) -> Act:
        def step(i: int) -> None:
            if i == 0:
                painted(lambda _: look())(i)
            for number in chosen:
                x, y = place(number)
                move(number, x + i * 3.0, y + i * 2.0)
            app.processEvents()

        return step

    painted(lambda _: look_at_all())(0)
    return {
        "pan": painted(pan),
        "zoom": painted(zoom),
        "drag": drag(range(30, 31), look_near),
        "drag 500": drag(range(min(count, 500)), look_at_all),
    }


def main(make: Callable[[int], dict[str, Act]]) -> None:
    """Prints a line of JSON: what was done -> [median, 99th] in milliseconds.

    Args:
        make: opens a graph of so many nodes and gives what can be done with it, each ending with a painted frame.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    count = int(sys.argv[1])
    start = time.perf_counter()
    steps = make(count)
    opened = (time.perf_counter() - start) * 1000
    print(json.dumps({"open": [opened, opened], **{name: frames(step) for name, step in steps.items()}}))
