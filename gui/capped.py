"""Says when a run has come up against a budget, with a button that raises it: live, or to go on after the pause."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from engine.graph import commands
from engine.run.events import RUN_ACCOUNT
from engine.run.lack import Lack
from engine.run.view import View
from gui.figures import money
from gui.resuming import resume
from gui.session import Basis

if TYPE_CHECKING:
    from gui.studio import Studio


class Capped(QObject):
    """Follows the run of one window."""

    def __init__(self, studio: Studio, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studio = studio
        self._asked: tuple[str, Lack] | None = None
        self._said = ""
        studio.session.run_ticked.connect(self._look)
        studio.session.run_changed.connect(self._look)

    def _look(self, *_: object) -> None:
        view = self._studio.session.run_view
        lack = Lack.of(view.cap) if view is not None else None
        if view is None or lack is None or not self._held_up(view, lack):
            self._take_back()
        elif self._asked != (view.run, lack):
            self._take_back()
            self._asked = view.run, lack
            self._ask(view, lack)

    def _ask(self, view: View, lack: Lack) -> None:
        words, do = self._way_on(view, lack)
        whose = "this run" if lack.account == RUN_ACCOUNT else lack.account
        room = f"The budget of {whose}, {amount(lack, lack.cap)}, has no room for the next call."
        self._said = f"{room} What is done is kept."
        self._studio.window.bar.ask("warning", self._said, (words,), lambda said: do() if said else None)

    def _take_back(self) -> None:
        """The run goes on, or another one is watched."""
        if self._asked is not None:
            self._asked = None
            self._studio.window.bar.take_back(self._said)

    def _held_up(self, view: View, lack: Lack) -> bool:
        """Whether the run waits for a higher budget, rather than for a person's answer or a cheaper model. Only its own
        budget can be raised while it goes on."""
        graph = self._studio.session.run_graph
        waits = graph is not None and graph.settings.on_budget == "pause" and lack.account == RUN_ACCOUNT
        return waits or (view.status, view.reason) == ("paused", "budget")

    def _way_on(self, view: View, lack: Lack) -> tuple[str, Callable[[], object]]:
        """What the button says and does."""
        words = f"Raise it to {amount(lack, lack.enough)}"
        if lack.account == RUN_ACCOUNT:
            return words, partial(self._raise, view.run, lack)
        if lack.key:
            return f"{words} and go on", partial(self._raise_at_node, view, lack)
        return "Show the limits", self._show_limits

    def _raise(self, run: str, lack: Lack) -> None:
        session = self._studio.session
        usd, tokens = (lack.enough, None) if lack.dollars else (None, round(lack.enough))
        if session.running and session.run_view is not None and session.run_view.run == run:
            session.raise_budget(usd, tokens)
        else:  # it has paused in the meantime
            resume(self._studio, run, budget_usd=usd, budget_tokens=tokens)

    def _raise_at_node(self, view: View, lack: Lack) -> None:
        """A run keeps its graph, so that a new one goes on from its results, with the node changed."""
        session = self._studio.session
        session.show_node(lack.key)
        node = lack.key.rpartition("/")[2]
        if node not in session.graph.nodes:
            session.said.emit("warning", f"The node “{node}” is not in this graph any more.", "Run the graph again.")
            return
        setting = {"budget_usd": lack.enough} if lack.dollars else {"budget_tokens": round(lack.enough)}
        if session.commit(commands.set_config(session.graph, node, setting), "Raise the budget"):
            self._studio.launch.start_from(Basis(view.run), rehearse=view.rehearsal)

    def _show_limits(self) -> None:
        from gui.dialogs.settings import show_settings

        show_settings(self._studio, "limits")


def amount(lack: Lack, much: float) -> str:
    """So much of what a budget counts, for people."""
    return money(much) if lack.dollars else f"{much:,.0f} tokens"
