"""How far the run of a window is, and how long it goes on, as earlier runs of the graph went; or what it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QThreadPool, QTimer, Signal

from engine.archive.durations import durations, earlier_views, held_by, ordered, seconds_left, share_done
from engine.base.errors import BatonError
from engine.run.breakpoints import REASON as BREAKPOINT
from engine.run.people import REASON as PERSON
from gui.paced import WORDS_S, Paced
from gui.stored import journal

if TYPE_CHECKING:
    from gui.studio import Studio

LEAST_S: Final = 2.0
"""Less time than this is not worth saying."""
LEARN_MS: Final = 1_000
"""How long a run goes on before earlier ones are read: its start has enough to do, and short ones need it not."""

HELD: Final = {PERSON: "waits for you", BREAKPOINT: "held at a breakpoint"}
"""What is said first where a run waits for several things."""


class Progress(QObject):
    """Follows the session. Earlier runs are read off the window's thread, once for each run."""

    changed = Signal()
    _learnt = Signal(object)

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._run, self._known, self._order = "", dict[str, float](), list[str]()
        self.share: float | None = None
        """How much of the run is over, 0 to 1; None while none goes on."""
        self.left: float | None = None
        """Seconds that it goes on; None when nobody can know."""
        self.held: tuple[str, ...] = ()
        """What it waits for, while nothing goes on."""
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._learnt.connect(self._take, Qt.ConnectionType.QueuedConnection)
        self._learning = QTimer(self)
        self._learning.setSingleShot(True)
        self._learning.setInterval(LEARN_MS)
        self._learning.timeout.connect(self._learn)
        self._paced = Paced(self._look, self, studio.session.turns, WORDS_S)
        studio.session.run_changed.connect(self._run_changed)
        studio.session.run_ticked.connect(lambda _: self._paced.ask() if studio.session.running else None)

    @property
    def words(self) -> str:
        """The time left, in words: `about 40 s left`, or what it waits for; "" when there is nothing to say."""
        if self.held:
            return next((words for reason, words in HELD.items() if reason in self.held), f"waits for {self.held[0]}")
        if self.left is None or self.left < LEAST_S:
            return ""
        seconds = self.left
        return f"about {seconds:.0f} s left" if seconds < 90 else f"about {seconds / 60:.0f} min left"

    def close(self) -> None:
        """Waits for what is being read."""
        self._pool.waitForDone()

    def _run_changed(self) -> None:
        session = self._studio.session
        view = session.run_view
        if session.running and view is not None and view.run != self._run:
            self._run, self._known = view.run, {}
            self._order = ordered(session.run_graph or session.whole)
            self._learning.start()
        elif not session.running:
            self._learning.stop()
        self._look()

    def _learn(self) -> None:
        session, there = self._studio.session, journal(self._studio)
        file, name = str(session.path or ""), session.whole.name
        rehearsal = any(event.data.get("rehearsal") for event in session.run_events[:1])
        run = self._run

        def work() -> None:
            try:
                known = durations(earlier_views(there, file, name, rehearsal=rehearsal))
            except BatonError:  # the list of runs says what is wrong with them
                known = {}
            self._learnt.emit((run, known))

        self._pool.start(work)

    def _take(self, learnt: tuple[str, dict[str, float]]) -> None:
        run, known = learnt
        if run == self._run:
            self._known = known
            self._look()

    def _look(self) -> None:
        session = self._studio.session
        view, graph = session.run_view, session.run_graph
        was = self.share, self.words
        if not session.running or view is None or graph is None:
            self.share = self.left = None
            self.held = ()
        else:
            self.share = share_done(view, graph)
            self.held = held_by(view) if view.status == "running" else ()
            self.left = seconds_left(view, graph, self._known, session.run_now(), self._order)
        if (self.share, self.words) != was:
            self.changed.emit()
