"""The open questions of stored runs that rest, read off the window's thread."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThreadPool, QTimer, Signal

from engine.base.errors import BatonError
from engine.files.open import loads
from engine.run.journal import Journal
from gui.names import Names
from gui.stored import journal

if TYPE_CHECKING:
    from engine.archive.inbox import OpenQuestion
    from gui.studio import Studio

Titled = tuple["OpenQuestion", str]
"""A question, and what people call the node that asks: `Each one › item 4 › Sign`."""

LATER_MS = 400
"""How long after the window the stored runs are read first: it is painted by then."""


class Inbox(QObject):
    """Reads the stored runs anew after each run of this window, and when asked; at most one reading at a time."""

    changed = Signal()
    _read = Signal(object)

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._found: list[Titled] = []
        self._again = self._closed = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._read.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.refresh)
        self._timer.start(LATER_MS)
        studio.session.run_changed.connect(self._run_changed)

    @property
    def questions(self) -> list[Titled]:
        """The most pressing first; without those of the run that goes on here."""
        session = self._studio.session
        here = session.run_view.run if session.running and session.run_view else ""
        return [each for each in self._found if each[0].run != here]

    def refresh(self) -> None:
        """Reads them; what has changed is told later."""
        self._timer.stop()
        if self._closed:
            return
        if self._pool.activeThreadCount():
            self._again = True
            return
        there = journal(self._studio)

        def work() -> None:
            try:
                self._read.emit(_titled(there) if there.path.exists() else [])
            except BatonError:  # the list of runs says what is wrong with them
                self._read.emit([])

        self._pool.start(work)

    def close(self) -> None:
        """Ends it; waits for what is being read."""
        self._closed = True
        self._timer.stop()
        self._pool.waitForDone()

    def _run_changed(self) -> None:
        self.changed.emit()
        self.refresh()

    def _take(self, found: list[Titled]) -> None:
        if found != self._found:
            self._found = found
            self.changed.emit()
        if self._again:
            self._again = False
            self.refresh()


def _titled(there: Journal) -> list[Titled]:
    """All open questions. From any thread."""
    from engine.archive.inbox import inbox

    @cache
    def names(run: str) -> Names:
        text = there.graph(run)
        return Names(loads(text) if text else None)

    return [(each, names(each.run).path(each.node)) for each in inbox(there)]
