"""Measures one engine at one shape and body in this process, and prints a line of JSON for each size."""

from __future__ import annotations

import asyncio
import gc
import importlib
import importlib.metadata
import json
import logging
import statistics
import sys
import warnings
from time import perf_counter
from typing import Any

from benchmarks.contest.shapes import BODIES, NoSuchThing, bodies_in

BUDGET_S = 1.0
"""Seconds of repetitions for one size; at least one and at most `MOST` are made."""
MOST = 25
LONG_S = 4.5
"""A first run of so many seconds counts, since there is no time for another."""
SMALL = 10
"""Nodes up to which a run is so short that it matters whether the processor's caches hold what it needs."""


def measure(engine: Any, shape: str, size: int, body: str) -> dict[str, Any]:
    """Median milliseconds to build and to run; a first run that does not count fills imports and caches.

    Runs follow one another, and each engine pays for the garbage that it makes (`run_ms`). A small run is measured
    again after a full collection each time, which drives what it needs out of the processor's caches (`cold_ms`).
    """
    calls = 0

    async def work() -> None:
        nonlocal calls
        calls += 1
        await BODIES[body]()

    remote = body.startswith("http")  # the work is done by a server
    start = perf_counter()
    run = engine.build(shape, size, body if remote else work)
    built = perf_counter() - start
    times: list[float] = []
    cold: list[float] = []

    async def timed() -> float:
        begun = perf_counter()
        await run()
        return perf_counter() - begun

    async def again() -> None:
        first = await timed()
        if not remote and calls < bodies_in(shape, size):
            raise LookupError(f"only {calls} of {bodies_in(shape, size)} bodies were run")
        if first > LONG_S:
            times.append(first)
            return
        gc.collect()
        while not times or (sum(times) + first < BUDGET_S and len(times) < MOST):
            times.append(await timed())
        while size <= SMALL and (not cold or (sum(cold) + first < BUDGET_S and len(cold) < MOST)):
            gc.collect()
            cold.append(await timed())

    asyncio.run(again())
    build_ms = getattr(run, "build_ms", built * 1e3)
    found = {"build_ms": build_ms, "run_ms": statistics.median(times) * 1e3, "least_ms": min(times) * 1e3}
    return found | ({"cold_ms": statistics.median(cold) * 1e3} if cold else {})


def version(package: str) -> str:
    """Of the distribution; "" when it is not installed by that name."""
    try:
        return importlib.metadata.version(package) if package else ""
    except importlib.metadata.PackageNotFoundError:
        return ""


def main() -> None:
    """Arguments: the module of the engine, the shape, the body or the address of a server, the sizes."""
    name, shape, body, *sizes = sys.argv[1:]
    logging.disable()
    warnings.simplefilter("ignore")
    engine = importlib.import_module(f"benchmarks.{name}")
    print(json.dumps({"version": version(engine.PACKAGE)}), flush=True)
    for size in map(int, sizes):
        found: dict[str, Any] = {"size": size}
        try:
            found |= measure(engine, shape, size, body)
        except NoSuchThing:
            found["note"] = "no such thing"
        except Exception as error:  # what an engine cannot do is a result, not an end
            found["note"] = f"fails: {type(error).__name__}"
            found["why"] = str(error)[:300]
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
