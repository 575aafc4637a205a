"""The journal: every event of every run, read (S11); `engine.run.writer` writes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Final

import orjson

from engine.base.errors import FileProblem, Refused, WrongUse
from engine.base.garbage import uncollected
from engine.base.process import lives, own_mark, pid_of
from engine.base.tuples import maker
from engine.base.values import repair_text
from engine.run.events import Event, as_stored, on_one_clock, whole
from engine.run.journal_file import JournalFile, give_back
from engine.run.texts import MARK, with_large

_event: Final = maker(Event)
_COURSE: Final = """
    SELECT told.value FROM events, json_each(CAST(batch AS TEXT)) AS told
    WHERE run=? AND (told.value GLOB '*,"node.*' OR told.value GLOB '*,"run.*')
        AND json_extract(told.value, '$[8]')='' AND substr(json_extract(told.value, '$[5]'), 1, 4) IN ('node', 'run.')
    ORDER BY seq, told.key
"""
"""Events of the top level about nodes and the run; most of the others show at first sight that they are none."""
LIST: Final = """
    SELECT id, name, file, created, ended, status, cost_usd, bytes, owner FROM runs ORDER BY created DESC LIMIT ?
"""
FIND: Final = """
    SELECT id, name, file, created, ended, status, cost_usd, bytes, owner FROM runs WHERE substr(id, 1, ?) = ? LIMIT 100
"""
SIZE: Final = """
    SELECT COALESCE(SUM(LENGTH(batch)), 0) + (
        SELECT COALESCE(SUM(LENGTH(CAST(text AS BLOB))), 0) FROM texts JOIN uses USING (hash) WHERE uses.run=?1
    ), COALESCE(MAX(last), 0) FROM events WHERE run=?1
"""
AT_ONCE: Final = 4_000
"""Pages of 4 kB that are given back at a run's end at most: it waits for them. The rest goes with later ones."""
_ASKING: Final = """
    SELECT run, batch FROM asked JOIN events USING (run, seq)
    WHERE run IN (SELECT id FROM runs WHERE status IN ('paused', 'running')) ORDER BY run, seq
"""


_COLUMNS: Final = (str, str, str, float, float | None, str, float | None, int, str)
"""What stands in the columns of `LIST`."""


@dataclass(frozen=True, slots=True)
class StoredRun:
    """A line of the list of runs. `ended` is None for a run that goes on or was cut off; times in seconds since 1970.

    Attributes:
        status: an outcome of semantics.md S1, `paused`, `running`, or `interrupted` when its program ended before it.
        bytes: what its events and their large texts take, for one that has ended.
        owner: the process that it belongs to while it goes on (`engine.base.process`).
    """

    id: str
    name: str
    file: str
    created: float
    ended: float | None
    status: str
    cost_usd: float | None
    bytes: int = 0
    owner: str = ""

    @property
    def seconds(self) -> float | None:
        """From its beginning to its end by the clock on the wall; None for one that goes on, and where that clock was
        set back in between."""
        return None if self.ended is None or self.ended < self.created else self.ended - self.created


class Journal(JournalFile):
    """The stored runs."""

    def runs(self, limit: int = 1000) -> list[StoredRun]:
        """The stored runs, newest first."""
        return _listed(self.rows(LIST, limit))

    def find(self, wanted: str) -> StoredRun:
        """The run of an id, or of how the id begins.

        Raises:
            WrongUse: there is none, or there are several.
        """
        wanted = repair_text(wanted)  # what is typed may be no text at all
        fitting = _listed(self.rows(FIND, len(wanted), wanted)) if wanted else []
        exact = [run for run in fitting if run.id == wanted] or fitting
        if len(exact) == 1:
            return exact[0]
        if exact:
            raise WrongUse(f"{len(exact)} runs begin with “{wanted}”.", "Write more of the id.")
        raise WrongUse(f"There is no stored run “{wanted}”.", "See baton runs list.")

    def events(self, run: str) -> list[Event]:
        """All events of a run in order; [] when there is no such run."""
        rows = self.rows("SELECT batch FROM events WHERE run=? ORDER BY seq", run)
        events = self._decoded(run, [row[0] for row in rows])
        with as_stored(run):
            return on_one_clock(events) if any(b'"run.resumed"' in row[0] for row in rows) else events

    def course(self, run: str) -> list[Event]:
        """How a run and the nodes of its top level went: `events` without what was said and done inside of them, and
        without large texts. SQLite picks them out, which holds up no other thread meanwhile."""
        rows = self.rows(_COURSE, run)
        with as_stored(run):
            return on_one_clock([_event(whole(orjson.loads(event))) for (event,) in rows])

    def asking(self) -> dict[str, list[Event]]:
        """The events of runs that are not over in which people are asked or answer, with what stands beside them, in
        order, by run; what they did otherwise is not read. A damaged run asks nothing."""
        found: dict[str, list[bytes]] = {}
        for run, batch in self.rows(_ASKING):
            found.setdefault(run, []).append(batch)
        asking: dict[str, list[Event]] = {}
        for run, batches in found.items():
            with suppress(FileProblem):
                asking[run] = self._decoded(run, batches)
        return asking

    def after(self, run: str, seq: int, said: str) -> list[Event]:
        """The events of a run after a number of them, in whose batches a text stands; others may be among them."""
        sql = "SELECT batch FROM events WHERE run=? AND seq > ? AND instr(batch, CAST(? AS BLOB)) > 0 ORDER BY seq"
        return self._decoded(run, [row[0] for row in self.rows(sql, run, seq, said)])

    def spent_since(self, moment: float) -> float:
        """US dollars that are known of all runs that ended at `moment` (seconds since 1970) or later."""
        sql = "SELECT COALESCE(SUM(cost_usd), 0) FROM runs WHERE COALESCE(ended, created) >= ?"
        rows = self.rows(sql, moment)
        return float(rows[0][0]) if rows else 0.0

    def graph(self, run: str) -> str | None:
        """The text of the graph that a run was started with, as stored beside it."""
        rows = self.rows("SELECT graph FROM runs WHERE id=?", run)
        return str(rows[0][0]) if rows else None

    def claim(self, run: str, after: int) -> int:
        """Takes a run for this process, to go on with it.

        Args:
            after: the number of the last event that is known of it.

        Returns:
            the bytes of its events and their texts so far.

        Raises:
            Refused: it goes on in another process, or has gone on since it was read.
            WrongUse: it is not there any more.
            FileProblem: the file cannot be written, or is damaged.
        """
        with self.changing() as database:
            database.execute("BEGIN IMMEDIATE")
            row = database.execute(FIND, (len(run), run)).fetchone()
            size, last = database.execute(SIZE, (run,)).fetchone()
            try:
                if row is None:
                    raise WrongUse(f"There is no stored run “{run}”.", "See baton runs list.")
                found = _row(row)
                if found.status == "running" and found.owner != own_mark():
                    raise _going_on(found)
                if last != after:
                    raise Refused(f"The run {run} has gone on elsewhere in the meantime.", "Look at it, and try again.")
            except (WrongUse, Refused):
                database.execute("ROLLBACK")
                raise
            database.execute("DELETE FROM folds WHERE run=?", (run,))  # it will come to something else
            sql = "UPDATE runs SET status='running', ended=NULL, owner=? WHERE id=?"
            database.execute(sql, (own_mark(), run))
            database.execute("COMMIT")
        return int(size)

    def delete(self, run: str) -> bool:
        """Removes a run and its events. Returns whether it was there.

        Raises:
            Refused: it goes on, here or in another process: what it does next would stand nowhere.
            FileProblem: the file cannot be written, or is damaged.
        """
        with self.changing() as database:
            gone = _delete(database, run)
            give_back(database)
        return gone

    def trim(self, keep: int | None, megabytes: int | None) -> list[str]:
        """Deletes the oldest runs that are over, as far as the settings say; those that can go on stay.

        Args:
            keep: most runs; None is no limit.
            megabytes: most room of their events and texts; None is no limit.

        Returns:
            the ids of those that were deleted.

        Raises:
            FileProblem: the file cannot be written, or is damaged.
        """
        room = None if megabytes is None else megabytes * 1_000_000
        old: list[str] = []
        for count, run in enumerate(self.runs(1_000_000), 1):
            room = None if room is None else room - run.bytes
            over = (keep is not None and count > keep) or (room is not None and room < 0)
            if over and run.status not in ("running", "paused", "interrupted"):
                old.append(run.id)
        if not old:
            return []
        with self.changing() as database:
            gone = [run for run in old if _delete(database, run)]
            give_back(database, AT_ONCE)
        return gone

    def _decoded(self, run: str, batches: Sequence[bytes]) -> list[Event]:
        """The events of some batches of a run, their large texts put back. Raises FileProblem when they are damaged."""
        texts: dict[str, str] = {}
        with as_stored(run):
            marked = any(MARK.encode() in batch for batch in batches)
        if marked:
            sql = "SELECT texts.hash, texts.text FROM texts JOIN uses ON uses.hash = texts.hash WHERE uses.run=?"
            texts = dict(self.rows(sql, run))
        with as_stored(run), uncollected():
            read = map(orjson.loads, batches)
            full = (with_large(batch, texts.get) for batch in read) if texts else read
            return list(map(_event, map(whole, chain.from_iterable(full))))


def _delete(database: sqlite3.Connection, run: str) -> bool:
    """Removes a run and what only it uses. Returns whether it was there. Raises Refused when it goes on."""
    database.execute("BEGIN IMMEDIATE")
    row = database.execute(FIND, (len(run), run)).fetchone()
    if row is not None and (found := _row(row)).status == "running":
        database.execute("ROLLBACK")
        raise _going_on(found)
    used = [row[0] for row in database.execute("SELECT hash FROM uses WHERE run=?", (run,))]
    for table in ("events", "asked", "folds", "uses"):
        database.execute(f"DELETE FROM {table} WHERE run=?", (run,))  # noqa: S608  (one of four names of our own)
    for name in used:
        sql = "DELETE FROM texts WHERE hash=? AND NOT EXISTS (SELECT 1 FROM uses WHERE uses.hash=texts.hash)"
        database.execute(sql, (name,))
    gone = bool(database.execute("DELETE FROM runs WHERE id=?", (run,)).rowcount)
    database.execute("COMMIT")
    return gone


def _going_on(run: StoredRun) -> Refused:
    """Why nobody else may touch a run."""
    where = "here" if run.owner == own_mark() else f"in another window (process {pid_of(run.owner)})"
    return Refused(f"The run {run.id} goes on {where}.", "Wait until it ends, or stop it there.")


def _listed(rows: Sequence[Sequence[Any]]) -> list[StoredRun]:
    """The runs of some rows; those that Baton cannot have written are left out, lest they hide all others."""
    return [_row(row) for row in rows if all(map(isinstance, row, _COLUMNS))]


def _row(row: Sequence[Any]) -> StoredRun:
    run = StoredRun(*row)
    return replace(run, status="interrupted") if run.status == "running" and not lives(run.owner) else run
