"""Tells a person who looks elsewhere that a run asks something or is over, and keeps the window's title up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject

from gui.figures import money, seconds_text
from gui.progress import Progress

if TYPE_CHECKING:
    from gui.studio import Studio


class Teller(Protocol):
    """What can be told: `gui.desktop.Desktop`."""

    def notify(self, title: str, text: str) -> None: ...

    def progress(self, share: float | None) -> None: ...


class Telling(QObject):
    """Follows the run of one window.

    Args:
        desktop: who is told.
    """

    def __init__(self, studio: Studio, progress: Progress, desktop: Teller, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio, self._progress, self.desktop = studio, progress, desktop
        self._asked: set[str] = set()
        self._was_running = self._had_rows = False
        self._told: float | None = None
        session = studio.session
        studio.batching.changed.connect(self._rows_changed)
        studio.batching.told.connect(lambda _: self._progressed())
        session.run_ticked.connect(lambda _: self._look_for_questions())
        session.run_changed.connect(self._run_changed)
        progress.changed.connect(self._progressed)
        for signal in (session.changed, session.replaced, session.saved_changed):
            signal.connect(self._show_title)
        studio.window.setWindowTitle(f"{studio.filing.name} — Baton")

    def _look_for_questions(self) -> None:
        session = self._studio.session
        view = session.run_view
        if view is None or not (view.waiting or view.held):
            return
        for key, asked in session.questions.items():
            if key not in self._asked:
                self._asked.add(key)
                self._say("asks you", str(asked.get("question", "")))
        for place in session.held:
            if place not in self._asked:
                self._asked.add(place)
                self._say("is held at a breakpoint", session.title_of(str(session.held[place].get("node", place))))

    def _run_changed(self) -> None:
        session = self._studio.session
        view = session.run_view
        ended = self._was_running and not session.running
        self._was_running = session.running
        if session.running and view is not None and not view.waiting and not view.held:
            self._asked.clear()
        if ended and view is not None and view.finished:
            from gui.topbar import OUTCOMES

            spent = "" if view.cost == 0 else " · price unknown" if view.cost is None else f" · {money(view.cost)}"
            reason = f" · {view.reason}" if view.reason else ""
            self._say(OUTCOMES.get(view.status, ("", view.status))[1],
                      f"{seconds_text(session.run_length())}{spent}{reason}")  # fmt: skip
        self._show_title()

    def _rows_changed(self) -> None:
        """The rows of a table are at work, or over: then who looks at something else is told how they stand."""
        batching, window = self._studio.batching, self._studio.window
        ended, self._had_rows = self._had_rows and not batching.active, batching.active
        facts = batching.facts()
        if ended and facts:
            self._say("the rows are over", facts)
            panels = self._studio.panels
            if window.isActiveWindow() and not (panels.is_made("batch") and panels.widget("batch").isVisible()):
                self._studio.session.said.emit("info", f"The rows are over: {facts}.", "")
        self._progressed()

    def _say(self, what: str, text: str) -> None:
        """Tells it, unless the person looks at this window."""
        if not self._studio.window.isActiveWindow():
            self.desktop.notify(f"{self._studio.filing.name}: {what}", text)

    def _progressed(self) -> None:
        """Tells the desktop whenever a whole percent more is done."""
        share = self._share()
        told = None if share is None else round(share, 2)
        if told != self._told:
            self._told = told
            self.desktop.progress(share)
        self._show_title()

    def _share(self) -> float | None:
        """How far the run is, or else the rows of a table."""
        return self._studio.batching.share if self._progress.share is None else self._progress.share

    def _show_title(self, *_: object) -> None:
        """How far the run is stands first: a taskbar cuts the end off."""
        share, session = self._share(), self._studio.session
        done = "" if share is None else f"{100 * share:.0f} % · "
        self._studio.window.setWindowFilePath(str(session.path or ""))
        self._studio.window.setWindowTitle(f"{done}{self._studio.filing.name}{'' if session.clean else ' •'} — Baton")
