"""Says when a run has come up against its budget, with a button that raises it: live, or to go on after the pause."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from engine.run.events import RUN_ACCOUNT
from engine.run.view import View
from gui.resuming import resume
from gui.widgets.budget_bar import money

if TYPE_CHECKING:
    from gui.studio import Studio

FROM_NOTHING = 1.0
"""US dollars that a budget of nothing is raised to where less would do; any other one is doubled."""


@dataclass(frozen=True, slots=True)
class Lack:
    """The budget that has no room for the next call, in US dollars or else in tokens.

    Attributes:
        cap: the budget as it is.
        needed: the least with which that call fits.
    """

    cap: float
    needed: float
    dollars: bool

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Lack | None:
        """What lacks, as `budget.stop` tells it; of two budgets the one in tokens first."""
        for unit in ("tokens", "usd"):
            cap, needed = told.get(f"cap_{unit}"), told.get(f"spent_{unit}", 0) + told.get(f"needs_{unit}", 0)
            if cap is not None and needed > cap:
                return cls(cap, needed, unit == "usd")
        return None

    @property
    def words(self) -> str:
        return self._said(self.cap)

    @property
    def more(self) -> float:
        """What it may be raised to: twice as much, or as much as the next call needs, on two figures."""
        wished = 2 * self.cap if self.cap else FROM_NOTHING if self.dollars else 0.0
        unit: float = 10.0 ** (math.floor(math.log10(self.needed)) - 1)
        return max(wished, math.ceil(self.needed / unit) * unit)

    @property
    def offer(self) -> str:
        return f"Raise it to {self._said(self.more)}"

    def _said(self, amount: float) -> str:
        return money(amount) if self.dollars else f"{amount:,.0f} tokens"


class Capped(QObject):
    """Follows the run of one window."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._asked: tuple[str, Lack] | None = None
        studio.session.run_ticked.connect(self._look)

    def _look(self, _events: object) -> None:
        view = self._studio.session.run_view
        if view is None or view.cap is None or view.cap.get("account") != RUN_ACCOUNT or not self._held_up(view):
            return
        lack, run = Lack.of(view.cap), view.run
        if lack is None or self._asked == (run, lack):
            return
        self._asked = run, lack
        text = f"The budget of this run, {lack.words}, has no room for the next call. What is done is kept."

        def chosen(words: str) -> None:
            if words:
                self._raise(run, lack)

        self._studio.window.bar.ask("warning", text, (lack.offer,), chosen)

    def _held_up(self, view: View) -> bool:
        """Whether the run waits for a higher budget, rather than for a person's answer or a cheaper model."""
        graph = self._studio.session.run_graph
        return (graph is not None and graph.settings.on_budget == "pause") or view.reason == "budget"

    def _raise(self, run: str, lack: Lack) -> None:
        session = self._studio.session
        usd, tokens = (lack.more, None) if lack.dollars else (None, math.ceil(lack.more))
        if session.running and session.run_view is not None and session.run_view.run == run:
            session.raise_budget(usd, tokens)
        else:  # it has paused in the meantime
            resume(self._studio, run, budget_usd=usd, budget_tokens=tokens)
