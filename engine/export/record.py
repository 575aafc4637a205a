"""A run as it may leave this computer: its graph and its events, without anything that looks like a key (T3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from engine.base.errors import FileProblem
from engine.base.pasted import masked
from engine.base.secrets import Redactor
from engine.base.values import with_texts
from engine.files.open import loads
from engine.graph.graph import Graph
from engine.run.events import Event
from engine.run.journal import Journal
from engine.run.view import View


@dataclass(frozen=True)
class RunRecord:
    """One run. `created` is in seconds since 1970; `interrupted`, whether its program ended before it did."""

    id: str
    name: str
    created: float
    graph: Graph
    events: Sequence[Event]
    interrupted: bool = False

    @cached_property
    def view(self) -> View:
        """What the run came to."""
        return View.of(self.events, interrupted=self.interrupted)


def run_record(journal: Journal, wanted: str, redactor: Redactor | None = None) -> RunRecord:
    """A stored run by its id, or by how the id begins.

    Args:
        redactor: knows the values of the user's keys.

    Raises:
        WrongUse: there is no such run, or there are several.
        FileProblem: the journal or the graph in it cannot be read, or nothing is stored of the run.
    """
    row = journal.find(wanted)
    text, events = journal.graph(row.id), journal.events(row.id)
    if not text or not events:
        raise FileProblem(f"Nothing is stored of the run {row.id}.", "Run its file again.")
    known = redactor or Redactor()

    def hide(text: str) -> str:
        """Known keys and what looks like one become `***`."""
        return masked(known.text(text))

    shown = [event._replace(data=with_texts(_without_places(event), hide, keys=True)) for event in events]
    return RunRecord(row.id, hide(row.name), row.created, loads(hide(text)), shown, row.status == "interrupted")


def _without_places(event: Event) -> dict[str, Any]:
    """What an event says, without where the graph stands on this computer."""
    data = dict(event.data)
    return {**data, "file": "", "folder": ""} if event.kind == "run.created" else data
