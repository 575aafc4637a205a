"""Agents: calls of a streaming server at once, beside aiohttp by hand and LangGraph with langchain-openai."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from benchmarks.contest.engines import HERE, Engine, Row, run, table

BY_HAND, BATON = Engine("callers.aiohttp_by_hand", "aiohttp by hand", False), Engine("callers.baton", "Baton", False)
ENGINES: Final = (BY_HAND, BATON, Engine("callers.langgraph_openai", "LangGraph, langchain-openai"))
BAR: Final = 1.5
"""Longest time against aiohttp by hand, for 1,000 calls at once."""


def measured(sizes: Sequence[int]) -> list[Row]:
    """Each engine against a server of its own, so that none meets what another left behind."""
    rows = [Row("agents", size) for size in sizes]
    for engine in ENGINES:
        command = [sys.executable, "-m", "benchmarks.contest.server"]
        with subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            try:
                address = f"http://127.0.0.1:{int(server.stdout.readline())}/v1"
                _, found = run(engine, ("agents", address), sizes)
            finally:
                server.kill()
        for row in rows:
            row.found[engine.module] = found[row.size]
    return rows


def main() -> None:
    rows = measured((10, 100) if "quick" in sys.argv[1:] else (10, 100, 1000))
    print("Milliseconds in all, medians; the server waits 50 ms and then sends 20 pieces within 15 ms. Baton with all")
    print("of its events, each stored before it is shown.\n\n" + table(rows, ENGINES, "run_ms", for_each=False))
    last = rows[-1].found
    if "run_ms" in last[BATON.module] and "run_ms" in last[BY_HAND.module]:
        times = last[BATON.module]["run_ms"] / last[BY_HAND.module]["run_ms"]
        print(f"\n{rows[-1].size:,} calls at once: {times:.2f} times aiohttp by hand (bar {BAR}).")


if __name__ == "__main__":
    main()
