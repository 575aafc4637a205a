"""The journal: every event of every run in one SQLite file, written by one thread in groups (S11)."""

from __future__ import annotations

import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from engine.base.errors import BatonError, FileProblem
from engine.run.events import Event

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, file TEXT NOT NULL, created REAL NOT NULL, ended REAL,
    status TEXT NOT NULL, cost_usd REAL, graph TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS events (
    run TEXT NOT NULL, seq INTEGER NOT NULL, last INTEGER NOT NULL, batch BLOB NOT NULL, PRIMARY KEY (run, seq)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS runs_by_time ON runs (created DESC);
"""
VERSION = 1


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A line of the list of runs. `ended` is None for a run that goes on or crashed; times in seconds since 1970."""

    id: str
    name: str
    file: str
    created: float
    ended: float | None
    status: str
    cost_usd: float | None


class Journal:
    """The stored runs.

    Args:
        folder: `Home.runs`; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.sqlite"

    def connect(self) -> sqlite3.Connection:
        """Opens the file, making it when needed. A reader passes by a writer without waiting (WAL).

        Raises:
            FileProblem: it cannot be opened, or a newer Baton wrote it.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=10)
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                database.executescript(f"BEGIN; {SCHEMA} PRAGMA user_version={VERSION}; COMMIT;")
        except (sqlite3.Error, OSError) as error:
            raise FileProblem(f"The stored runs in {self.path} cannot be opened: {_reason(error)}.", _ADVICE) from error
        if version > VERSION:
            database.close()
            raise FileProblem(f"The stored runs in {self.path} were written by a newer Baton.", "Update Baton.")
        return database

    def runs(self, limit: int = 1000) -> list[StoredRun]:
        """The stored runs, newest first."""
        sql = "SELECT id, name, file, created, ended, status, cost_usd FROM runs ORDER BY created DESC LIMIT ?"
        with closing(self.connect()) as database:
            return [StoredRun(*row) for row in database.execute(sql, (limit,))]

    def events(self, run: str) -> list[Event]:
        """All events of a run in order; [] when there is no such run."""
        with closing(self.connect()) as database:
            rows = database.execute("SELECT batch FROM events WHERE run=? ORDER BY seq", (run,))
            return [Event._make(event) for row in rows for event in orjson.loads(row[0])]

    def graph(self, run: str) -> str | None:
        """The text of the graph that a run was started with, as stored beside it."""
        with closing(self.connect()) as database:
            row = database.execute("SELECT graph FROM runs WHERE id=?", (run,)).fetchone()
        return None if row is None else str(row[0])

    def delete(self, run: str) -> bool:
        """Removes a run and its events. Returns whether it was there."""
        with closing(self.connect()) as database:
            database.execute("BEGIN")
            database.execute("DELETE FROM events WHERE run=?", (run,))
            gone = database.execute("DELETE FROM runs WHERE id=?", (run,)).rowcount > 0
            database.execute("COMMIT")
        return gone


_ADVICE = "Free some space or set BATON_HOME to another folder."


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


class Writer:
    """Stores the events of one run on a thread of its own, one transaction for all that has gathered.

    Args:
        journal: where to.
        run, name, file, graph: the row of the run; `graph` is the text of its graph.
        shown: gets each batch once it is stored (or could not be, after a failure that `failed` was told of).
        failed: called once, on the writer's thread, with a sentence for people when nothing more can be stored.

    Raises:
        FileProblem: the journal cannot be opened or written.
    """

    def __init__(
        self, journal: Journal, run: str, name: str, file: str, graph: str, created: float,
        shown: Callable[[Sequence[Event]], None], failed: Callable[[BatonError], None],
    ) -> None:  # fmt: skip
        self._shown, self._failed = shown, failed
        self._queue: queue.SimpleQueue[Sequence[Event] | Callable[[], None] | None] = queue.SimpleQueue()
        self._database = journal.connect()
        self._broken = False
        self._path = journal.path
        try:
            sql = "INSERT INTO runs VALUES (?, ?, ?, ?, NULL, 'running', NULL, ?)"
            self._database.execute(sql, (run, name, file, created, graph))
        except sqlite3.Error as error:
            self._database.close()
            raise self._problem(error) from error
        self._thread = threading.Thread(target=self._work, name=f"journal {run}", daemon=True)
        self._thread.start()

    def put(self, batch: Sequence[Event]) -> None:
        """Stores a batch in the background, then shows it."""
        self._queue.put(batch)

    def barrier(self, done: Callable[[], None]) -> None:
        """Calls `done` on the writer's thread when all that was put is stored."""
        self._queue.put(done)

    def close(self) -> None:
        """Stores the rest and ends the thread."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        going = True
        while going:
            batches: list[Sequence[Event]] = []
            barriers: list[Callable[[], None]] = []
            going = self._gather(batches, barriers)
            self._store(batches)
            for batch in batches:
                self._shown(batch)
            for release in barriers:
                release()
        self._database.close()

    def _gather(self, batches: list[Sequence[Event]], barriers: list[Callable[[], None]]) -> bool:
        """Takes all that waits in the queue; at least one thing. Returns False at the end."""
        item = self._queue.get()
        while True:
            if item is None:
                return False
            if callable(item):
                barriers.append(item)
            else:
                batches.append(item)
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return True

    def _store(self, batches: list[Sequence[Event]]) -> None:
        if self._broken or not batches:
            return
        try:
            self._database.execute("BEGIN IMMEDIATE")
            events = [event for batch in batches for event in batch]
            # One row for each group: a row for each event costs three times as much.
            coded = orjson.dumps([tuple(event) for event in events])
            row = (events[0].run, events[0].seq, events[-1].seq, coded)
            self._database.execute("INSERT INTO events VALUES (?, ?, ?, ?)", row)
            if events[-1].kind in ("run.finished", "run.paused"):
                self._end(events[-1])
            self._database.execute("COMMIT")
        except (sqlite3.Error, TypeError, ValueError) as error:
            self._broken = True
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            self._failed(self._problem(error))

    def _end(self, event: Event) -> None:
        sql = "UPDATE runs SET ended=?, status=?, cost_usd=? WHERE id=?"
        self._database.execute(sql, (event.ts, event.data["status"], event.data.get("cost_usd"), event.run))

    def _problem(self, error: Exception) -> FileProblem:
        return FileProblem(f"The run cannot be stored in {self._path}: {_reason(error)}.", _ADVICE)
