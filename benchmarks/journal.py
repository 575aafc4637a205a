"""Journal: what storing costs a run, and how soon long runs, long lists and a large file are there."""

from __future__ import annotations

import asyncio
import random
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import Any, ClassVar, Final

from engine.archive.replay import Replay
from engine.base.settings import Home
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.kinds.contract import ERROR, Call, Kind, NodeConfig, Outputs, Ports
from engine.run.checkpoint import LONG, keep, kept
from engine.run.control import Run, RunOptions
from engine.run.events import VERSION, Event
from engine.run.journal import Journal
from engine.run.past import Past
from engine.run.services import Services
from engine.run.writer import Writer

RATE: Final = 10_000
"""Events a second at which a run is not to be delayed by its journal."""
ROUND: Final = 100
"""Events that a busy run emits at once; then it works as long as they would take at `RATE`."""
TIMES: Final = 5
BAR_DELAY: Final = 10.0
BAR_OPEN_S: Final = 0.3


class Busy(Kind[NodeConfig]):
    """A node that works and tells of it, so that its run emits `RATE` events a second when nothing holds it up."""

    name: ClassVar[str] = "busy"
    title = "Busy"
    group = "work"
    icon = "unknown"
    hint = "works and tells of it"
    Config = NodeConfig

    def __init__(self, rounds: int) -> None:
        self.rounds, self.turns = rounds, turns_in(ROUND / RATE)

    def ports(self, config: NodeConfig) -> Ports:
        return Ports((), (ERROR,))

    async def run(self, call: Call[NodeConfig]) -> Outputs:
        for count in range(self.rounds):
            for _ in range(ROUND):
                call.emit("node.progress", {"note": "a line about what was done", "count": count})
            work(self.turns)
            await asyncio.sleep(0)
        return {}


def work(turns: int) -> int:
    """Work of Python's own, which needs the interpreter as the writing thread does."""
    total = 0
    for turn in range(turns):
        total = (total * 31 + turn) % 1_000_003
    return total


def turns_in(seconds: float) -> int:
    """How many turns of `work` take so long here."""
    times = []
    for _ in range(TIMES):
        begun = perf_counter()
        work(100_000)
        times.append(perf_counter() - begun)
    return round(100_000 * seconds / min(times))


def delay(rounds: int) -> str:
    """How much longer a busy run takes when it is stored. The two take turns; the fastest of each count."""
    loaded = Services.load(Home(Path(tempfile.mkdtemp())))
    services = replace(loaded, kinds=loaded.kinds.with_kind(Busy(rounds)))
    graph = Graph({"name": "busy"}, {"busy": Node("busy", "busy")}, {})
    times: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(2 * TIMES):
        for stored in times:
            begun = perf_counter()
            result = asyncio.run(Run(graph, options=RunOptions(journal=stored), services=services).execute())
            times[stored].append(perf_counter() - begun)
            assert result.status == "completed", result.reason
    with_it, without = min(times[True]), min(times[False])
    events = rounds * ROUND
    return line(
        f"{events:,} events from a busy run, {events / with_it:,.0f} a second",
        f"{(with_it / without - 1) * 100:+.1f} %", f"delay, at most {BAR_DELAY:.0f} %",
    )  # fmt: skip


def told(run: str, count: int, text: str) -> Iterator[Event]:
    """The events of a run that has ended: nodes that start, say something and give a value."""
    ending = {"status": "completed", "outputs": {}, "warnings": [], "cost_usd": 0.0}
    steps: Sequence[tuple[str, Any]] = (
        ("node.queued", {}), ("node.started", {"attempts": 1}), ("text", {"text": text}),
        ("node.ok", {"outputs": {"text": text}, "source": "ran"}),
    )  # fmt: skip
    for seq in range(1, count + 1):
        (kind, data), node = steps[(seq - 2) % 4], f"n{(seq - 2) // 4}"
        if seq == 1:
            kind, data, node = "run.created", {"name": "long", "inputs": {}}, ""
        elif seq == count:
            kind, data, node = "run.finished", ending, ""
        yield Event(VERSION, run, seq, 1e9 + seq / 1e3, seq / 1e3, kind, node, node, "", 1, data)


def stored(journal: Journal, runs: Sequence[str], count: int, text: str = "some words of an answer") -> float:
    """Stores runs with so many events each, handed over as a recorder does. Returns seconds."""
    writer, ended = Writer(journal), threading.Event()
    begun = perf_counter()
    for run in runs:
        entry = writer.open((run, "long", "", 1e9, "{}"), lambda _batch: None, _broken)
        batch: list[Event] = []
        for event in told(run, count, text):
            batch.append(event)
            if len(batch) == 512 or event.seq == count:
                entry.put(batch)
                batch = []
        entry.barrier(ended.set)
        entry.close()
        ended.wait()
        ended.clear()
    return perf_counter() - begun


def _broken(problem: Exception) -> None:
    raise SystemExit(f"the journal failed: {problem}")


def seconds(act: Callable[[], object], times: int = TIMES) -> float:
    """The median time of doing something."""
    taken = []
    for _ in range(times):
        begun = perf_counter()
        act()
        taken.append(perf_counter() - begun)
    return statistics.median(taken)


def line(what: str, figure: str, bar: str = "") -> str:
    return f"{what:<66}{figure:>14}   {bar}".rstrip()


def long_run(count: int) -> Iterator[str]:
    """A run of many events: stored, opened, and looked at anywhere."""
    journal, run = Journal(Path(tempfile.mkdtemp())), "1longrun"
    rate = count / stored(journal, [run], count)
    yield line(f"storing {count:,} events as fast as they come", f"{rate:,.0f} /s", f"at least {RATE:,} /s")
    opened = seconds(lambda: Past.load(journal, run))
    yield line(f"opening a run of {count:,} events", f"{opened:.3f} s", f"at most {BAR_OPEN_S} s for 100,000")
    replay = Replay(journal.events(run))
    begun = perf_counter()
    end = replay.view_at(count)
    yield line("its first fold, to the end", f"{perf_counter() - begun:.3f} s")
    keep(journal, end)
    assert count < LONG or kept(journal, run) == end
    shown = seconds(lambda: (journal.graph(run), kept(journal, run)))
    yield line("showing its end, folded here before", f"{shown:.3f} s", f"at most {BAR_OPEN_S} s for 100,000")
    chance, worst = random.Random(1), 0.0
    for _ in range(200):
        moment = chance.randint(0, count)
        begun = perf_counter()
        replay.view_at(moment)
        worst = max(worst, perf_counter() - begun)
    yield line("then to any of 200 moments, the slowest", f"{worst:.3f} s", f"at most {BAR_OPEN_S} s")


def many_runs(count: int) -> Iterator[str]:
    """A list of many runs."""
    journal = Journal(Path(tempfile.mkdtemp()))
    stored(journal, [f"1run{number:06}" for number in range(count)], 5)
    yield line(f"listing {count:,} runs", f"{seconds(lambda: journal.runs(count)):.3f} s", f"at most {BAR_OPEN_S} s")


def large_file(megabytes: int) -> Iterator[str]:
    """A large journal: what a start of the program does with it."""
    journal, text = Journal(Path(tempfile.mkdtemp())), "word " * 1_500
    each = 2_000
    runs = [f"1large{number:05}" for number in range(max(1, megabytes * 1_000_000 // (each // 2 * len(text))))]
    stored(journal, runs, each, text)
    size = journal.path.stat().st_size / 1e6
    yield line(
        f"opening a journal of {size:,.0f} MB and listing its {len(runs)} runs", f"{seconds(journal.runs):.3f} s"
    )
    yield line("finding one run in it and reading its events", f"{seconds(lambda: Past.load(journal, runs[-1])):.3f} s")
    begun = perf_counter()
    journal.delete(runs[0])
    yield line("deleting one run of it", f"{perf_counter() - begun:.3f} s")


def main() -> None:
    quick = "quick" in sys.argv[1:]
    print(delay(50 if quick else 300), flush=True)
    for lines in (
        long_run(10_000 if quick else 100_000), long_run(200_000) if not quick else (),
        many_runs(500 if quick else 10_000), large_file(20 if quick else 1_000),
    ):  # fmt: skip
        for each in lines:
            print(each, flush=True)


if __name__ == "__main__":
    main()
