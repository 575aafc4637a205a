"""Engine: the same work done by Baton, by five other engines and by asyncio by hand."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks.contest import worker
from benchmarks.contest.engines import LIMIT_S, Engine, Row, run, table
from benchmarks.contest.shapes import SHAPES

BY_HAND, BATON = (
    Engine("peers.asyncio_by_hand", "by hand", peer=False),
    Engine("peers.baton", "Baton, journal", peer=False),
)
LEVELS = (
    Engine("peers.baton_bare", "Baton, bare", peer=False),
    Engine("peers.baton_events", "Baton, events", peer=False),
    BATON,
)
OTHERS = (
    Engine("peers.langgraph", "LangGraph"),
    Engine("peers.langgraph_saved", "LangGraph, SQLite"),
    Engine("peers.haystack", "Haystack"),
    Engine("peers.pydantic_graph", "pydantic-graph"),
    Engine("peers.burr", "Burr"),
    Engine("peers.llama_index_workflows", "LlamaIndex"),
)
EMPTY: Final[Mapping[str, Sequence[int]]] = dict.fromkeys(SHAPES, (10, 100, 1000, 10_000))
WAITING: Final[Mapping[str, Sequence[int]]] = {
    "chain": (10,),
    "fan-out and merge": (10, 100, 1000),
    "layers": (10, 100),
    "router ladder": (10,),
    "map": (10, 100, 1000),
}
FEW: Final[Mapping[str, Sequence[int]]] = dict.fromkeys(SHAPES, (10, 100))
BAR_BY_HAND: Final = 1.3
"""Longest time against asyncio by hand, for 1,000 bodies of 50 ms side by side."""


def contest(
    body: str, sizes: Mapping[str, Sequence[int]], engines: Sequence[Engine], versions: dict[str, str]
) -> list[Row]:
    """Every engine on every shape with one sort of body; they take turns, so a busy hour slows all alike."""
    rows: list[Row] = []
    for shape, wanted in sizes.items():
        mine = [Row(shape, size) for size in wanted]
        for engine in engines:
            versions[engine.title], found = run(engine, (shape, body), wanted)
            for row in mine:
                row.found[engine.module] = found[row.size]
        rows += mine
    return rows


def verdict(rows: Sequence[Row], figure: str) -> str:
    """In how many rows Baton with its journal is the fastest of the engines; for the others, by how much not."""
    lost = []
    for row in rows:
        best, title = min((float(row.found[one.module].get(figure, "inf")), one.title) for one in (BATON, *OTHERS))
        if title != BATON.title:
            behind = float(row.found[BATON.module].get(figure, "inf")) / best
            lost.append(f"{row.label} of {row.size:,}: {behind:.2f} times {title}")
    won = f"Baton with its journal is the fastest engine in {len(rows) - len(lost)} of {len(rows)} rows."
    return won + (f" Not in: {'; '.join(lost)}." if lost else "")


def reasons(rows: Sequence[Row]) -> str:
    """Why engines failed, each reason once."""
    found = {
        f"{row.label}, {module}: {line['why'].splitlines()[0][:140]}"
        for row in rows
        for module, line in row.found.items()
        if line.get("why")
    }
    return "\n".join(sorted(found))


def main() -> None:
    quick = "quick" in sys.argv[1:]
    engines, versions = (BY_HAND, *LEVELS, *OTHERS), dict[str, str]()
    print(
        "Medians of repetitions that follow one another, after one that does not count; one process for each engine and"
    )
    print("shape, on asyncio's own loop. Building the graph is counted in the last table alone. No more than")
    print(f"{LIMIT_S:.0f} s for a row.\n")
    empty = contest("empty", FEW if quick else EMPTY, engines, versions)
    print("Versions: " + ", ".join(f"{title} {version}" for title, version in versions.items() if version) + "\n")
    print("Empty bodies: microseconds a node\n\n" + table(empty, engines, "run_ms", for_each=True))
    print("\n" + verdict(empty, "run_ms"), flush=True)
    small = [row for row in empty if row.size <= worker.SMALL]
    print("\nThe smallest again, each after a full collection of garbage, which leaves the processor's caches cold\n")
    print(table(small, engines, "cold_ms", for_each=True))
    print("\n" + verdict(small, "cold_ms"), flush=True)
    waiting = contest("50 ms", FEW if quick else WAITING, (BY_HAND, BATON, *OTHERS), {})
    print("\nBodies of 50 ms: milliseconds in all\n")
    print(table(waiting, (BY_HAND, BATON, *OTHERS), "run_ms", for_each=False))
    print("\n" + verdict(waiting, "run_ms"))
    wide = [row for row in waiting if row.size == 1000 and row.label == "fan-out and merge"]
    for row in wide:
        times = row.found[BATON.module]["run_ms"] / row.found[BY_HAND.module]["run_ms"]
        print(f"1,000 bodies of 50 ms side by side: {times:.2f} times by hand (bar {BAR_BY_HAND}).")
    print("\nMaking the graph ready: microseconds a node, with imports the first time\n")
    print(table(empty, (BATON, *OTHERS), "build_ms", for_each=True))
    if why := reasons([*empty, *waiting]):
        print("\nFailures:\n" + why)


if __name__ == "__main__":
    main()
