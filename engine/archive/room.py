"""How much room what was stored takes: runs, and results that are used again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.run.journal import Journal

if TYPE_CHECKING:
    from engine.run.services import Services


@dataclass(frozen=True, slots=True)
class Room:
    """`runs` is how many; the others are bytes."""

    runs: int
    run_bytes: int
    result_bytes: int


def room(services: Services) -> Room:
    """What is stored now. Reads the disk. Raises FileProblem when the list of runs cannot be read."""
    journal = Journal(services.home.runs)
    runs = journal.runs(1_000_000) if journal.path.exists() else []
    return Room(len(runs), sum(run.bytes for run in runs), services.results.size())
