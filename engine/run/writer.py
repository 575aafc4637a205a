"""Stores the events of all runs of a process: one thread, one connection, one transaction for what gathered (S11)."""

from __future__ import annotations

import logging
import queue
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from engine.base.errors import BatonError, FileProblem, Refused
from engine.base.process import own_mark
from engine.run.encoded import Encoded, Row, Statement
from engine.run.events import Event
from engine.run.journal import Journal
from engine.run.journal_file import ADVICE, BUSY_S, is_busy, patiently, reason

IDLE_S: Final = 1.0
"""How long the file stays open without a run, in seconds: opening it takes longer than a small run."""
LOG = logging.getLogger(__name__)

Shown = Callable[[Sequence[Event]], None]


@dataclass(eq=False, slots=True)
class Entry:
    """One run's place in the journal: the `Store` of its recorder.

    Args:
        row: what the list of runs says of it.
        shown: gets each batch once it is stored (or could not be, after a failure that `failed` was told of).
        failed: called once, on the writer's thread, with a sentence for people when nothing more can be stored.
    """

    row: Row
    shown: Shown
    failed: Callable[[BatonError], None]
    desk: _Desk = field(repr=False)
    begun: bool = False
    bytes: int = 0
    texts: set[str] = field(default_factory=set, repr=False)
    """The large texts that count in its bytes already, by their hash."""
    broken: bool = False

    given: int = 0
    """Things put, as the run's thread counts them."""
    taken: int = 0
    """Those of them that are done with, as the writer's thread counts them."""

    def put(self, batch: Sequence[Event]) -> None:
        """Stores a batch in the background, then shows it."""
        self.given += 1
        self.desk.items.put((self, batch, None))

    def barrier(self, done: Callable[[], None]) -> None:
        """Calls `done` on the writer's thread when all that was put is stored and shown."""
        self.given += 1
        self.desk.items.put((self, (), done))

    def at_once(self, batch: Sequence[Event]) -> bool:
        """Stores and shows a batch on this thread, if nobody has to be waited for; else does nothing.

        Two changes of thread take as long as storing a small run. Returns whether it was done.
        """
        if self.given != self.taken or self.broken or not self.desk.store_here(self, batch):
            return False
        _show(self, batch)
        return True

    def close(self) -> None:
        """Nothing more will be put: from now on the run may be opened again."""
        self.desk.left(self.row[0])


Item = tuple[Entry, Sequence[Event], Callable[[], None] | None]


class Writer:
    """Opens the journal with the first run and closes it when there was none for `IDLE_S`, and at the program's end.

    Args:
        journal: where to.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self._lock = threading.Lock()
        self._desk: _Desk | None = None

    def open(self, row: Row, shown: Shown, failed: Callable[[BatonError], None], *, after: int = 0) -> Entry:
        """Begins to store a run. The arguments as for `Entry`.

        Args:
            after: the last number of an event, where the run is stored already and goes on; 0 for a new one.

        Raises:
            FileProblem: the journal cannot be opened.
            Refused: the run goes on elsewhere already, or did since it was read.
        """
        with self._lock:
            desk = self._opened()
            if row[0] in desk.runs:
                raise Refused(f"The run {row[0]} goes on in this window.", "Wait until it ends, or stop it.")
            stored = self.journal.claim(row[0], after) if after else 0
            desk.runs.add(row[0])
            return Entry(row, shown, failed, desk, begun=bool(after), bytes=stored)

    def when_idle(self, work: Callable[[], None]) -> None:
        """Calls `work` on a thread when no run has been stored for `IDLE_S`, or at the program's end, which waits.

        Only the last that was asked for is done: such work may hold on to all that a long run has said.
        """
        with suppress(BatonError, sqlite3.Error), self._lock:
            self._opened().later = work

    def _opened(self) -> _Desk:
        if self._desk is None or not self._desk.usable():
            self._desk = _Desk(self.journal, self._lock)
        return self._desk


class _Desk:
    """The thread that writes and the connection that it owns."""

    def __init__(self, journal: Journal, lock: threading.Lock) -> None:
        self.items: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self.runs: set[str] = set()
        """Runs under way; guarded by the lock, as are `later` and `closed`."""
        self.later: Callable[[], None] = lambda: None
        """To be called once the connection is closed."""
        self.closed = False
        self._turn = threading.Lock()
        """Held by the thread that uses the connection."""
        self._lock, self._journal, self._path = lock, journal, journal.path
        self._mark = own_mark()
        self._database = journal.connect()
        self._database.execute("PRAGMA busy_timeout = 0")  # whether to wait for others is told with each transaction
        self._file = journal.path.stat().st_ino
        thread = threading.Thread(target=self._work, name="journal", daemon=True)
        # A daemon would be cut off at the program's end with the file open; this lets it store what it has.
        self._at_exit = weakref.finalize(self, _end, self.items, thread)
        thread.start()

    def usable(self) -> bool:
        """Whether it is open still, and its file is the one that stands there now."""
        try:
            return not self.closed and self._path.stat().st_ino == self._file
        except OSError:
            return False

    def left(self, run: str) -> None:
        """A run has ended."""
        with self._lock:
            self.runs.discard(run)

    def _work(self) -> None:
        try:
            while items := self._gather():
                with self._turn:
                    self._store(items, BUSY_S)
                for entry, batch, done in items:
                    if batch:
                        _show(entry, batch)
                    entry.taken += 1
                    if done:
                        done()
        finally:
            with self._turn:
                self.closed = True
                self._database.close()
            self.later()
            self._at_exit.detach()

    def store_here(self, entry: Entry, batch: Sequence[Event]) -> bool:
        """Stores a batch on the caller's thread, unless the connection or the file is in use, or closed."""
        if not self._turn.acquire(blocking=False):
            return False
        try:
            return not self.closed and self._store([(entry, batch, None)], wait_s=0.0)
        finally:
            self._turn.release()

    def _gather(self) -> list[Item]:
        """All that waits in the queue, at least one thing; [] when it is time to close."""
        found: list[Item] = []
        while True:
            try:
                item = self.items.get_nowait() if found else self.items.get(timeout=IDLE_S)
            except queue.Empty:
                if found or self._done():
                    return found
                continue
            if item is None:
                self.closed = True
                return found
            found.append(item)

    def _done(self) -> bool:
        with self._lock:
            self.closed = self.closed or not (self.runs or self.items.qsize())
            return self.closed

    def _store(self, items: Sequence[Item], wait_s: float) -> bool:
        """Stores everything in one transaction: one row for what a run has said, as one each costs thrice.

        Args:
            wait_s: how long others who use the file are waited for, in seconds.

        Returns whether it is done with, stored or failed; else others use the file, and were not to be waited for.
        """
        said: dict[Entry, list[Event]] = {}
        for entry, batch, _ in items:
            if batch and not entry.broken:
                said.setdefault(entry, []).extend(batch)
        coded = [
            (entry, each, entry.bytes + each.size(entry.texts))
            for entry, events in said.items()
            if (each := self._encoded(entry, events))
        ]
        if not coded:
            return True
        try:
            self._commit([one for entry, each, size in coded for one in self._statements(entry, each, size)], wait_s)
        except Exception as error:  # whatever it is: runs hear of it, and do not wait for ever
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            elif not wait_s and is_busy(error):
                return False
            for entry, *_ in coded:
                self._fail(entry, error)
            self._journal.set_aside(error)
        else:
            for entry, each, size in coded:
                entry.begun, entry.bytes = True, size
                entry.texts.update(each.texts)
        return True

    def _commit(self, statements: Sequence[Statement], wait_s: float) -> None:
        """All or nothing. One alone is a transaction by itself: each takes the interpreter away from the nodes."""
        if len(statements) > 1:
            statements = [("BEGIN IMMEDIATE", ()), *statements, ("COMMIT", ())]
        patiently(self._database, *statements[0], wait_s)
        for sql, values in statements[1:]:
            self._database.execute(sql, values)

    def _statements(self, entry: Entry, said: Encoded, size: int) -> Iterator[Statement]:
        return said.statements(entry.row, size, self._mark, begun=entry.begun)

    def _encoded(self, entry: Entry, events: Sequence[Event]) -> Encoded | None:
        try:
            return Encoded.of(events)
        except (TypeError, ValueError) as error:
            self._fail(entry, error)
            return None

    def _fail(self, entry: Entry, error: Exception) -> None:
        entry.broken = True
        entry.failed(FileProblem(f"The run cannot be stored in {self._path}: {reason(error)}.", ADVICE))


def _show(entry: Entry, batch: Sequence[Event]) -> None:
    try:
        entry.shown(batch)
    except Exception:  # whoever watches one run must not take the journal from all
        LOG.exception("a watcher of the run %s broke", entry.row[0])


def _end(items: queue.SimpleQueue[Item | None], thread: threading.Thread) -> None:
    items.put(None)
    if thread.is_alive():
        thread.join()
