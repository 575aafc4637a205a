"""Says when a run has come up against its budget, with a button that raises it: live, or to go on after the pause."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
        if graph.settings.on_budget != "pause":
            return
        if _lacks_tokens(cap):  # more money would not help
            self._tell_tokens(view.run, cap["cap_tokens"])
            return
        if not isinstance(usd, int | float) or self._asked == (view.run, usd):
            return
        self._asked = view.run, usd
        more = 2 * usd or FROM_NOTHING
        text = f"The budget of this run, {money(usd)}, has no room for the next call. What is done is kept."
        run, words = view.run, f"Raise it to {money(more)}"
        self._studio.window.bar.ask("warning", text, (words,), lambda said: self._raise(run, more) if said else None)

    def _tell_tokens(self, run: str, tokens: int) -> None:
        if self._asked != (run, tokens):
            self._asked = run, tokens
            text = f"The budget of this run, {tokens:,} tokens, has no room for the next call."
            hint = "Give the graph more under “Budget, tokens”, and run it again."
            self._studio.window.bar.ask("warning", f"{text} {hint}")

    def _raise(self, run: str, usd: float) -> None:
        session = self._studio.session
        if session.running and session.run_view is not None and session.run_view.run == run:
            session.raise_budget(usd)
        else:  # it has paused in the meantime
            resume(self._studio, run, usd)


def _lacks_tokens(cap: Mapping[str, Any]) -> bool:
    """Whether it is the budget in tokens that is spent: `cap` as `budget.stop` says it."""
    most = cap.get("cap_tokens")
    return most is not None and cap.get("spent_tokens", 0) + cap.get("needs_tokens", 0) > most
