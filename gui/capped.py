"""Says when a run has come up against its budget, with a button that raises it: live, or to go on after the pause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.run.events import RUN_ACCOUNT
from gui.resuming import resume
from gui.widgets.budget_bar import money

if TYPE_CHECKING:
    from gui.studio import Studio

FROM_NOTHING = 1.0
"""US dollars that a budget of nothing is raised to; any other one is doubled."""


class Capped(QObject):
    """Follows the run of one window."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._asked: tuple[str, float] | None = None
        studio.session.run_ticked.connect(self._look)

    def _look(self, _events: object) -> None:
        session = self._studio.session
        view, graph = session.run_view, session.run_graph
        cap = view.cap if view is not None else None
        if view is None or graph is None or cap is None or cap.get("account") != RUN_ACCOUNT:
            return
        usd = cap.get("cap_usd")
        if not isinstance(usd, int | float) or graph.settings.on_budget != "pause" or self._asked == (view.run, usd):
            return
        self._asked = view.run, usd
        more = 2 * usd or FROM_NOTHING
        text = f"The budget of this run, {money(usd)}, has no room for the next call. What is done is kept."
        run, words = view.run, f"Raise it to {money(more)}"
        self._studio.window.bar.ask("warning", text, (words,), lambda said: self._raise(run, more) if said else None)

    def _raise(self, run: str, usd: float) -> None:
        session = self._studio.session
        if session.running and session.run_view is not None and session.run_view.run == run:
            session.raise_budget(usd)
        else:  # it has paused in the meantime
            resume(self._studio, run, usd)
