"""The file of the journal: opened, brought up to date, shared with other programs, moved aside when it is damaged."""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.run.schema import VERSION, bring_up

DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
BUSY_S: Final = 10.0
"""How long a writer waits for another process that writes, in seconds."""
HANDFUL: Final = 500
"""Pages that are given back at once; between two handfuls others may write."""
ADVICE: Final = "Free some space or set BATON_HOME to another folder."
LOG = logging.getLogger(__name__)


class JournalFile:
    """One SQLite file.

    Args:
        folder: `Home.runs`; made when it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.sqlite"

    def connect(self) -> sqlite3.Connection:
        """Opens the file, making it when needed. A reader passes by a writer without waiting (WAL).

        A file that is damaged is moved aside, and a new one begins.

        Raises:
            FileProblem: it cannot be opened, or a newer Baton wrote it.
        """
        try:
            return self._opened()
        except sqlite3.Error as error:
            if not self.set_aside(error):
                raise self._problem(error) from error
        except OSError as error:
            raise self._problem(error) from error
        try:
            return self._opened()
        except (sqlite3.Error, OSError) as error:
            raise self._problem(error) from error

    def set_aside(self, error: Exception) -> bool:
        """Moves a damaged file away under the date, and says so. Returns whether the error was of that sort."""
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in DAMAGED:
            return False
        aside = self.path.with_name(f"damaged-{time.strftime('%Y-%m-%d-%H%M%S')}.sqlite")
        with suppress(FileNotFoundError):  # another program has just done so
            for ending in ("", "-wal", "-shm"):
                part = Path(f"{self.path}{ending}")
                if not ending or part.exists():
                    part.rename(f"{aside}{ending}")
            LOG.warning("The stored runs are damaged. They were moved to %s, and a new journal begins.", aside)
        return True

    def rows(self, sql: str, *values: Any) -> Sequence[tuple[Any, ...]]:
        """What a query finds; nothing in a file that turns out to be damaged, which is then moved aside.

        Raises:
            FileProblem: the file cannot be read.
        """
        try:
            with closing(self.connect()) as database:
                return database.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            if not self.set_aside(error):
                raise self._problem(error) from error
            return []

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """The open file, for somebody who wants to change what stands in it.

        Raises:
            FileProblem: it cannot be opened or written; or it is damaged, and was moved aside.
        """
        try:
            with closing(self.connect()) as database:
                yield database
        except sqlite3.Error as error:
            if not self.set_aside(error):
                raise self._problem(error) from error
            raise FileProblem(
                f"The stored runs in {self.path} are damaged.",
                "They stand beside it in a file “damaged-…” now, and new ones begin.",
            ) from error

    def _opened(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=BUSY_S)
        try:
            if not _number(database, "page_count"):
                database.execute("PRAGMA auto_vacuum=INCREMENTAL")  # see `give_back`
            patiently(database, "PRAGMA journal_mode=WAL", (), BUSY_S)  # SQLite itself does not wait with this
            database.execute("PRAGMA synchronous=NORMAL")
            self._refuse_what_acts(database)
            if bring_up(database) > VERSION:
                raise FileProblem(f"The stored runs in {self.path} were written by a newer Baton.", "Update Baton.")
        except BaseException:
            database.close()
            raise
        return database

    def _refuse_what_acts(self, database: sqlite3.Connection) -> None:
        """A view or a trigger does work of its own when its table is read or written, perhaps without end: ours has
        none, so somebody else put it there.

        Raises:
            FileProblem: there is one.
        """
        database.execute("PRAGMA trusted_schema=OFF")
        found = database.execute("SELECT type FROM sqlite_schema WHERE rootpage=0 LIMIT 1").fetchone()
        if found:  # only tables and indexes have pages; a virtual table has none
            raise FileProblem(
                f"The stored runs in {self.path} hold a {found[0]} that Baton did not write.", "Move the file away."
            )

    def _problem(self, error: Exception) -> FileProblem:
        return FileProblem(f"The stored runs in {self.path} cannot be opened: {reason(error)}.", ADVICE)


def give_back(database: sqlite3.Connection, most: int | None = None) -> None:
    """Gives the room of what was deleted back to the disk. An older file keeps it for what is stored next.

    Args:
        most: pages of 4 kB that are given back at most; None is all. A thousand take some 0.1 s.
    """
    left = _number(database, "freelist_count")
    least = 0 if most is None else left - most
    with suppress(sqlite3.Error):  # others write just now, or the disk is full: there is a next time
        while left > max(least, 0):
            database.execute(f"PRAGMA incremental_vacuum({HANDFUL})").fetchall()
            before, left = left, _number(database, "freelist_count")
            if left == before:
                return


def _number(database: sqlite3.Connection, pragma: str) -> int:
    return int(database.execute(f"PRAGMA {pragma}").fetchone()[0])


def reason(error: Exception) -> str:
    """What the system says went wrong, in a few words."""
    return getattr(error, "strerror", None) or str(error)


def patiently(database: sqlite3.Connection, sql: str, values: Sequence[Any], wait_s: float) -> None:
    """Executes a statement as soon as nobody else uses the file, who is waited for so many seconds."""
    until = time.monotonic() + wait_s
    while True:
        try:
            database.execute(sql, values)
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() >= until:
                raise
            time.sleep(0.005)


def is_busy(error: Exception) -> bool:
    """Whether others use the file just now."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY
