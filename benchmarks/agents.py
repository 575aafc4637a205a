"""Agents: calls of a streaming server at once, beside aiohttp by hand and LangGraph with langchain-openai."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any, Final

from benchmarks.contest.engines import HERE, Engine, Row, run, table

BY_HAND, BATON = Engine("callers.aiohttp_by_hand", "aiohttp by hand", False), Engine("callers.baton", "Baton", False)
PEER: Final = Engine("callers.langgraph_openai", "LangGraph, langchain-openai")
ENGINES: Final = (BY_HAND, BATON, PEER)
BAR: Final = 1.5
"""Longest time against aiohttp by hand, for 1,000 calls at once."""
TURNS: Final = 7
"""How often Baton and aiohttp by hand take turns, since one run of 1,000 calls may meet a busy moment."""


def measured(sizes: Sequence[int]) -> list[Row]:
    """The middle one of each engine's turns; an engine that fails once has its note."""
    rows = [Row("agents", size) for size in sizes]
    turns = [alone(engine, sizes) for _ in range(TURNS) for engine in (BY_HAND, BATON)]
    taken = {BY_HAND: turns[::2], BATON: turns[1::2], PEER: [alone(PEER, sizes)]}
    for row in rows:
        for engine, each in taken.items():
            found = [turn[row.size] for turn in each]
            failed = [line for line in found if "note" in line]
            row.found[engine.module] = (failed or sorted(found, key=lambda line: line["run_ms"])[len(found) // 2 :])[0]
    return rows


def alone(engine: Engine, sizes: Sequence[int]) -> dict[int, dict[str, Any]]:
    """One turn of an engine, against a server of its own, so that none meets what another left behind."""
    command = [sys.executable, "-m", "benchmarks.contest.server"]
    with subprocess.Popen(command, cwd=HERE.parent, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            return run(engine, ("agents", f"http://127.0.0.1:{int(server.stdout.readline())}/v1"), sizes)[1]
        finally:
            server.kill()


def main() -> None:
    rows = measured((10, 100) if "quick" in sys.argv[1:] else (10, 100, 1000))
    print(f"Milliseconds in all, medians of {TURNS} turns; the server waits 50 ms and then sends 20 pieces within")
    print("15 ms. Baton with all of its events, each stored before it is shown.\n")
    print(table(rows, ENGINES, "run_ms", for_each=False))
    last = rows[-1].found
    if "run_ms" in last[BATON.module] and "run_ms" in last[BY_HAND.module]:
        times = last[BATON.module]["run_ms"] / last[BY_HAND.module]["run_ms"]
        print(f"\n{rows[-1].size:,} calls at once: {times:.2f} times aiohttp by hand (bar {BAR}).")


if __name__ == "__main__":
    main()
