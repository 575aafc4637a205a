"""`make torture`: kills runs until there were as many kills as asked for, on four workers; prints what was lost."""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.torture.story import Bench, Tally

WORKERS: Final = 4
KILLS: Final = 1_000
SEED: Final = 20_261_123


def work(number: int, wanted: int, seed: int, told: Callable[[Tally], None]) -> None:
    """One worker: its share of the moments beside writes in turn, then any, until it has its share of kills."""
    folder = Path(tempfile.mkdtemp(prefix="torture-"))
    chance, kills, broken = random.Random(seed + number), 0, 0
    with Bench.open(folder) as bench:
        for count, point in enumerate(points(number, bench)):
            if kills >= wanted:
                break
            plan, place = bench.kills(chance, point), folder / str(count)
            try:
                tally = bench.tell(place, plan)
                shutil.rmtree(place)
            except AssertionError as error:  # what it left stays, to be looked at
                broken += 1
                tally = Tally(stories=1, kills=1, unlike=[f"{place}, {plan}: {error}"])
            kills += tally.kills
            told(tally)
    if not broken:
        shutil.rmtree(folder)


def points(number: int, bench: Bench) -> Iterator[int]:
    """Every moment beside a write that falls to a worker, then 0 for ever: any time."""
    yield from range(1 + number, bench.points + 1, WORKERS)
    while True:
        yield 0


def say(text: str) -> None:
    """Writes at once."""
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> int:
    """Tortures; the first argument is another number of kills, the second another seed. 1 when anything was wrong."""
    wanted, seed = [int(word) for word in sys.argv[1:]] + [KILLS, SEED][len(sys.argv) - 1 :]
    begun, all_of_it, share = time.monotonic(), Tally(), -(-wanted // WORKERS)

    def told(tally: Tally) -> None:
        all_of_it.add(tally)
        if tally.unlike:
            say(f"\nnot as it must be: {tally.unlike[0]}\n")
        elif sys.stdout.isatty():
            say(f"\r{all_of_it.kills} kills ")

    with ThreadPoolExecutor(WORKERS) as workers:
        for done in [workers.submit(work, number, share, seed, told) for number in range(WORKERS)]:
            done.result()
    say(f"\r{all_of_it.told()} ({time.monotonic() - begun:.0f} s)\n")
    return 1 if all_of_it.unlike else 0


if __name__ == "__main__":
    sys.exit(main())
