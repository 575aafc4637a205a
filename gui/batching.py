"""Follows one run for each row of a table: starts it on its own thread, and empties what is told of its rows."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from engine.base.errors import BatonError
from gui.background import Background
from gui.figures import money

if TYPE_CHECKING:
    from engine.batch.results import Line, Results
    from engine.batch.thread import BatchThread
    from engine.files.rows import Rows
    from gui.studio import Studio

POLL_MS: Final = 50
OTHERS: Final = {"failed": "failed", "paused": "paused", "cancelled": "stopped", "interrupted": "interrupted"}
"""How rows end that are not done, in words."""
STOP_WAIT_S: Final = 8.0
"""How long a closing window waits for its batch: runs are forced after 5 s (semantics.md S10)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person wants of a table.

    Attributes:
        place: the file of the results; with `resume` those that are there are gone on with.
        rehearse: on the built-in model, at no cost.
        label: the column with the right route of each row, and `route`, the router that is held against it.
        budget_usd: US dollars for all rows of one start; None is no limit.
    """

    table: Path
    place: Path
    label: str = ""
    route: str = ""
    budget_usd: float | None = None
    at_once: int = 4
    resume: bool = False
    rehearse: bool = False


class Batching(QObject):
    """The batch of a window: the one that goes on, or the last one."""

    changed = Signal()
    """It was begun, asked to stop, or is over."""
    told = Signal(object)
    """list[int]: numbers of the rows that stand otherwise now."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self.wish: Wish | None = None
        self.results: Results | None = None
        """The table of results, which grows elsewhere: its names and columns; None until the rows were read."""
        self.lines: dict[int, Line] = {}
        """What the table of results says of each row that was begun, by its number."""
        self.stopping = self._beginning = self._ours = False
        self._file: Path | None = None
        self._thread: BatchThread | None = None
        self._background = Background(self)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._poll)
        studio.session.replaced.connect(self._replaced)

    @property
    def active(self) -> bool:
        """Whether a batch goes on, or is about to."""
        return self._thread is not None or self._beginning

    @property
    def table(self) -> Rows | None:
        """What the rows are given; None until it was read."""
        return self.results.table if self.results else None

    @property
    def can_go_on(self) -> bool:
        """Whether rows of the last batch are left, and its graph is the one that is edited."""
        return self._ours and self._left()

    @property
    def left_elsewhere(self) -> str:
        """The file whose rows are left while another graph is edited; "" where there is none."""
        return self._file.name if self._file is not None and not self._ours and self._left() else ""

    @property
    def share(self) -> float | None:
        """How much of the rows is over, 0 to 1; None while none are run."""
        if not self.active or self.table is None:
            return None
        return len(self.ended()) / max(1, len(self.table.rows))

    def facts(self) -> str:
        """How the rows stand and what they cost, in words; "" before the table was read."""
        from engine.batch.results import cost, statuses

        if self.table is None:
            return ""
        counts, spent = statuses(self.lines), cost(self.ended())
        price = "price unknown" if spent is None else money(spent)
        others = [f"{counts[status]} {words}" for status, words in OTHERS.items() if counts[status]]
        return " · ".join([f"{self._done()} of {len(self.table.rows)} done", *others, price])

    def ended(self) -> dict[int, Line]:
        """The rows whose runs are over, by their number."""
        return {number: line for number, line in self.lines.items() if line.get("seconds") not in (None, "")}

    def _left(self) -> bool:
        return not self.active and self.table is not None and self._done() < len(self.table.rows)

    def _done(self) -> int:
        from engine.batch.perform import DONE

        return sum(line.get("status") in DONE for line in self.lines.values())

    def start(self, wish: Wish) -> None:
        """Runs the document for each row of a table, once it is settled that it may and can."""

        def settled(rehearse: bool, tiers: Mapping[str, str]) -> None:
            self._begin(replace(wish, rehearse=rehearse), tiers)

        self._studio.launch.settle(wish.rehearse, settled)

    def go_on(self) -> None:
        """Goes on with what the last start left, in the document as it is now."""
        wish = self.wish
        if wish is not None and self.can_go_on:
            again = replace(wish, resume=True)
            self._studio.launch.when_ready(lambda: self.start(again))

    def stop(self) -> None:
        """Starts no more rows and stops their runs; the second time by force."""
        if self._thread is not None:
            self._thread.stop()
        if self.active:
            self.stopping = True
            self.changed.emit()

    def stop_and(self, then: Callable[[], object]) -> None:
        """Stops it; calls `then` once it is over."""

        def over() -> None:
            if not self.active:
                self.changed.disconnect(over)
                then()

        self.changed.connect(over)
        self.stop()

    def close(self) -> None:
        """Stops what goes on and waits for it, so that nothing of it is left."""
        self._timer.stop()
        self._background.close()
        thread, self._thread = self._thread, None
        if thread is not None:
            thread.stop()
            thread.stop()
            thread.join(STOP_WAIT_S)

    def _begin(self, wish: Wish, tiers: Mapping[str, str]) -> None:
        if self.active:
            return
        self.wish, self._ours, self._file = wish, True, self._studio.session.path
        self.results, self.lines = None, {}
        self.stopping, self._beginning = False, True
        make = self._maker(wish, tiers)
        self.changed.emit()
        self._background.do(make, self._made, self._refused)

    def _maker(self, wish: Wish, tiers: Mapping[str, str]) -> Callable[[], BatchThread]:
        """What reads the table and makes the batch, off the window's thread."""
        studio = self._studio
        graph, path, services, cache = studio.session.whole, studio.session.path, studio.services, studio.launch.cache

        def make() -> BatchThread:
            from engine.batch.job import Job
            from engine.batch.runs import RowRuns
            from engine.batch.thread import BatchThread
            from engine.files.rows import read_rows
            from engine.run.control import RunOptions

            chosen = RunOptions(rehearse=wish.rehearse, tiers=tiers, cache=cache, pace=0)
            runs = RowRuns(graph, chosen, services, path.resolve() if path else None)
            job = Job(
                runs, read_rows(wish.table), wish.place, label=wish.label, route=wish.route, at_once=wish.at_once,
                budget_usd=wish.budget_usd, folder=wish.table.parent,
            )  # fmt: skip
            job.check()
            return BatchThread(job, resume=wish.resume)

        return make

    def _made(self, thread: BatchThread) -> None:
        self._beginning = False
        self._thread, self.results = thread, thread.job.results
        if self.stopping:
            thread.stop()
        thread.start()
        self._timer.start()
        self.changed.emit()

    def _refused(self, error: BatonError) -> None:
        self._beginning = self.stopping = False
        self._studio.session.say_error(error)
        self.changed.emit()

    def _poll(self) -> None:
        thread = self._thread
        if thread is None:
            return
        done = thread.done  # asked before the queue is emptied: what comes last is not missed
        lines = {int(line["row"]): line for line in thread.poll()}
        self.lines.update(lines)
        if lines:
            self.told.emit(list(lines))
        if done:
            self._timer.stop()
            self._thread, self.stopping = None, False
            self._say(thread.error)
            self.changed.emit()

    def _say(self, error: BaseException | None) -> None:
        """Says why it ended early: a bug like every other one (`gui.crash`)."""
        if isinstance(error, BatonError):
            self._studio.session.say_error(error)
        elif error is not None:
            sys.excepthook(type(error), error, error.__traceback__)

    def _replaced(self, *_: Any) -> None:
        """Another document, or the same file again."""
        ours = self._file is not None and self._studio.session.path == self._file
        if ours != self._ours:
            self._ours = ours
            self.changed.emit()
