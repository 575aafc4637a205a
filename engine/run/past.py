"""A stored run, read again: what it was started with, what is known of its work, whether it can go on (S11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from engine.base.errors import FileProblem, Refused, WrongUse
from engine.base.values import Value, repair_text
from engine.files.open import loads
from engine.graph.graph import Graph
from engine.run.events import Event, as_stored
from engine.run.journal import Journal, StoredRun
from engine.run.memory import Memory
from engine.run.view import View

OVER: Final = ("completed", "completed_with_warnings")
"""Runs that came to their end: there is nothing to go on with."""


@dataclass(frozen=True)
class Past:
    """A stored run with the graph that it was started with and all its events."""

    row: StoredRun
    text: str
    events: list[Event]

    @classmethod
    def load(cls, journal: Journal, wanted: str) -> Past:
        """Reads a run by its id, or by how the id begins.

        Raises:
            WrongUse: there is no such run, or there are several.
            FileProblem: the journal cannot be read.
        """
        row = journal.find(wanted)
        return cls(row, journal.graph(row.id) or "", journal.events(row.id))

    @classmethod
    def newest(cls, journal: Journal, file: str, rehearsal: bool) -> Past:
        """The newest run of a file that has ended and can be the base of another.

        Raises:
            WrongUse: there is none.
        """
        stored = repair_text(file)
        for row in journal.runs(10_000):
            if row.file == stored and row.status not in ("running",):
                past = cls(row, journal.graph(row.id) or "", journal.events(row.id))
                if past.events and (rehearsal or not past.rehearsal):
                    return past
        raise WrongUse("No stored run of this file can be the base.", "Run it first, or name one with --base.")

    @property
    def id(self) -> str:
        return self.row.id

    @cached_property
    def graph(self) -> Graph:
        """The graph as it was when the run began.

        Raises:
            FileProblem: it was stored by a newer Baton.
        """
        return loads(self.text)

    @cached_property
    def memory(self) -> Memory:
        with as_stored(self.id):
            return Memory.of(self.events)

    def view(self) -> View:
        """What the run has come to: a fold of its own each time."""
        return View.of(self.events)

    @property
    def inputs(self) -> dict[str, Value]:
        return dict(self._created.get("inputs", {}))

    @property
    def rehearsal(self) -> bool:
        return bool(self._created.get("rehearsal"))

    @property
    def started_with(self) -> Mapping[str, Any]:
        """What `run.created` tells: `tiers`, `answers`, `pace`, ..."""
        return self._created

    @property
    def folder(self) -> Path | None:
        """Where the graph's file stood."""
        named = self._created.get("folder") or (str(Path(self.row.file).parent) if self.row.file else "")
        return Path(named) if named else None

    @property
    def files(self) -> Mapping[str, str]:
        """The graph files that its nodes named, as they were when the run began, by their whole name."""
        files: Mapping[str, str] = self._created.get("files", {})
        return files

    @property
    def budget(self) -> tuple[float | None, int | None]:
        """The run's own budget as it stood last, in US dollars and in tokens."""
        view = self.view()
        return view.budget_usd, view.budget_tokens

    def refuse_unless_open(self) -> None:
        """Whether the run can go on.

        Raises:
            Refused: it is complete, or nothing of it is stored.
        """
        if self.row.status in OVER:
            raise Refused(
                f"The run {self.id} has completed: there is nothing to go on with.",
                "Run its file again, or from one of its nodes on with --from NODE.",
            )
        if not self.events:
            raise FileProblem(f"Nothing is stored of the run {self.id}.", "Run its file again.")

    @property
    def _created(self) -> Mapping[str, Any]:
        first = self.events[0] if self.events else None
        return first.data if first is not None and first.kind == "run.created" else {}
