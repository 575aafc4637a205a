"""What a killed process has left in its journal, looked at in a copy so that the next one finds it as it was left."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.run.events import Event
from engine.run.journal import Journal
from tests.torture.server import POST


@dataclass(frozen=True, slots=True)
class Stored:
    """The one run of a story as the journal has it; `run` is "" while nothing of it is stored."""

    run: str = ""
    status: str = ""
    events: Sequence[Event] = ()

    @classmethod
    def look(cls, runs: Path, copy: Path) -> Stored:
        """Copies the journal that lies in a folder, holds the copy against the rules of its file and reads it."""
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        if not (runs / "journal.sqlite").exists():
            return cls()
        for part in runs.glob("journal.sqlite*"):
            shutil.copy(part, copy)
        with closing(sqlite3.connect(copy / "journal.sqlite")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)], "the journal is damaged"
        journal = Journal(copy)
        assert not list(copy.glob("damaged-*")), "the journal was taken for damaged"
        rows = journal.runs()
        assert len(rows) <= 1, "a run has become two"
        return cls(rows[0].id, rows[0].status, journal.events(rows[0].id)) if rows else cls()

    def called(self) -> tuple[Counter[str], Counter[str]]:
        """Prompts that were meant to be sent, and those whose answers are stored, as often as they are.

        The write counts when its intent is stored, and when its node has ended.
        """
        prompts: dict[str, str] = {}
        meant, answered = Counter[str](), Counter[str]()
        for event in self.events:
            if event.kind == "model.request":
                last = next(each for each in reversed(event.data["messages"]) if each["role"] in ("user", "tool"))
                prompts[event.key] = last["text"] if last["role"] == "user" else f"tool {last['text']}"
                meant[prompts[event.key]] += 1
            elif event.kind == "model.response":
                answered[prompts[event.key]] += 1
            elif event.node == "post" and event.kind == "tool.intent":
                meant[POST] += 1
            elif event.node == "post" and event.kind == "node.ok":
                answered[POST] += 1
        return meant, answered

    def outputs(self) -> Any:
        """What the run has come to; None while it goes on."""
        last = self.events[-1] if self.events else None
        return last.data["outputs"] if last is not None and last.kind == "run.finished" else None

    def refuse_unless_sound(self, before: Stored) -> None:
        """Holds what is stored against itself, and against what was stored earlier."""
        assert [event.seq for event in self.events] == list(range(1, len(self.events) + 1)), "seq has gaps"
        assert list(self.events[: len(before.events)]) == list(before.events), "what was stored is lost"
        ends = Counter(event.key for event in self.events if event.kind == "node.ok")
        assert not [key for key, count in ends.items() if count > 1], "a node has ended twice"
        assert self.status in ("", "completed", "paused", "interrupted"), f"the run is {self.status}"
