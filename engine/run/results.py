"""The stored results of nodes, to be used again by later runs: one file, bounded in size (semantics.md S12)."""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from engine.base.values import Value

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS results (
    key TEXT NOT NULL, node TEXT NOT NULL, run TEXT NOT NULL, at REAL NOT NULL, used REAL NOT NULL,
    size INTEGER NOT NULL, made TEXT NOT NULL, PRIMARY KEY (key, node)
);
CREATE INDEX IF NOT EXISTS results_by_use ON results (used);
"""
MB: Final = 1024 * 1024
ROOM: Final = 0.9
"""Share of the bound that is left filled once it was reached, so that not every result needs to make room."""
T = TypeVar("T")
LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stored:
    """A result, and where it came from.

    Attributes:
        run: the run that made it.
        node: the key of the node in that run, as `map1[3]/draft`.
        at: when, in seconds since 1970.
        outputs: port -> value.
        told: events that belong to the result, such as `route.chosen`, as kind and data.
        seconds: how long it took; `usd` what it cost.
    """

    run: str
    node: str
    at: float
    outputs: Mapping[str, Value]
    told: Sequence[tuple[str, Mapping[str, Any]]] = ()
    seconds: float = 0.0
    usd: float = 0.0


class Results:
    """The results of one user. May be used from any thread; nothing that goes wrong in it ever fails a run.

    Args:
        folder: `Home.runs`; made when it is not there.
        most_mb: the bound, in megabytes; 0 keeps nothing.
    """

    def __init__(self, folder: Path, most_mb: int) -> None:
        self.path = folder / "results.sqlite"
        self._most = most_mb * MB
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._size = 0

    def find(self, key: str, node: str, run: str, taken: Collection[str], now: float) -> Stored | None:
        """A result for a key, best the one that the same node gave. None when there is none.

        Args:
            run: the run that asks; what it made itself is not meant, since equal work in one run is done each time.
            taken: nodes whose result for this key the run has used already: each counts once.
            now: seconds since 1970.
        """
        sql = "SELECT node, run, at, made FROM results WHERE key=? AND run<>? ORDER BY node<>?, node"

        def look(database: sqlite3.Connection) -> Stored | None:
            rows = database.execute(sql, (key, run, node))
            row = next((row for row in rows if row[0] not in taken), None)
            if row is None:
                return None
            database.execute("UPDATE results SET used=? WHERE key=? AND node=?", (now, key, row[0]))
            made = json.loads(row[3])
            told = [(kind, data) for kind, data in made["told"]]
            return Stored(row[1], row[0], row[2], made["outputs"], told, made["seconds"], made["usd"])

        return self._use(look, None)

    def keep(self, key: str, stored: Stored) -> None:
        """Stores a result, in place of an earlier one of the same node."""
        told = [list(each) for each in stored.told]
        made = {"outputs": dict(stored.outputs), "told": told, "seconds": stored.seconds, "usd": stored.usd}
        text = json.dumps(made, separators=(",", ":"))
        if len(text) > self._most:
            return
        row = (key, stored.node, stored.run, stored.at, stored.at, len(text), text)

        def store(database: sqlite3.Connection) -> None:
            database.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._size += len(text)
            if self._size > self._most:
                self._make_room(database)

        self._use(store, None)

    def size(self) -> int:
        """Bytes that all stored results have together."""
        return self._use(_total, 0)

    def clear(self) -> None:
        """Forgets every result."""

        def forget(database: sqlite3.Connection) -> None:
            database.execute("DELETE FROM results")
            self._size = 0

        self._use(forget, None)

    def close(self) -> None:
        """Closes the file; it is opened again when it is needed."""
        with self._lock:
            if self._database is not None:
                self._database.close()
            self._database = None

    def _make_room(self, database: sqlite3.Connection) -> None:
        """Deletes what was used the longest time ago."""
        self._size = _total(database)
        rows = database.execute("SELECT rowid, size FROM results ORDER BY used, at").fetchall()
        for rowid, size in rows:
            if self._size <= self._most * ROOM:
                return
            database.execute("DELETE FROM results WHERE rowid=?", (rowid,))
            self._size -= size

    def _use(self, work: Callable[[sqlite3.Connection], T], otherwise: T) -> T:
        """Does something with the open file. What fails is left undone, and a damaged file is begun anew: results can
        be made again."""
        with self._lock:
            try:
                if self._database is None or not self.path.exists():
                    self._database = self._connect()
                return work(self._database)
            except (sqlite3.Error, OSError, ValueError) as error:
                LOG.warning("the stored results in %s cannot be used: %s", self.path, error)
                if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
                    self._begin_anew()
                return otherwise

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=5)
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=OFF")
        database.executescript(SCHEMA)
        self._size = _total(database)
        return database

    def _begin_anew(self) -> None:
        if self._database is not None:
            self._database.close()
        self._database = None
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                Path(f"{self.path}{suffix}").unlink()


def _total(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT COALESCE(SUM(size), 0) FROM results").fetchone()[0])
