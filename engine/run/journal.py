"""The journal: every event of every run in one SQLite file, opened and read (S11); `engine.run.writer` writes it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import orjson

from engine.base.errors import FileProblem
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
            raise FileProblem(f"The stored runs in {self.path} cannot be opened: {reason(error)}.", ADVICE) from error
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

    def spent_since(self, moment: float) -> float:
        """US dollars that are known of all runs that ended at `moment` (seconds since 1970) or later."""
        with closing(self.connect()) as database:
            row = database.execute("SELECT COALESCE(SUM(cost_usd), 0) FROM runs WHERE ended >= ?", (moment,)).fetchone()
        return float(row[0])

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


ADVICE = "Free some space or set BATON_HOME to another folder."


def reason(error: Exception) -> str:
    """What the system says went wrong, in a few words."""
    return getattr(error, "strerror", None) or str(error)
