"""The runs of this window that are over: how each ended, what it cost, and its events to watch it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from engine.graph.graph import Graph
from engine.run.events import Event
from engine.run.view import View
from gui.session import Session

KEPT = 20


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run that is over."""

    view: View
    graph: Graph
    events: Sequence[Event]
    name: str


class PastRuns(QObject):
    """Collects the runs of one session, newest last."""

    changed = Signal()

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.runs: list[PastRun] = []
        session.run_changed.connect(self._look)
        session.run_filled.connect(self._look)

    def of_node(self, node: str) -> list[tuple[str, float]]:
        """Status and seconds of a node in each run in which it ran, oldest first."""
        seen = [run.view.nodes[node] for run in self.runs if node in run.view.nodes]
        return [(each.status, each.seconds) for each in seen if each.seconds is not None]

    def find(self, run: str) -> PastRun | None:
        """The run of an id, if it is still here."""
        return next((each for each in self.runs if each.view.run == run), None)

    def _look(self) -> None:
        view, graph = self._session.run_view, self._session.run_graph
        if self._session.running or view is None or graph is None or not view.finished or not self._session.run_events:
            return
        known = self.find(view.run)
        if known is not None and known.view.seq >= view.seq:
            return
        others = [each for each in self.runs if each is not known]  # a run that went on takes its own place
        self.runs = [*others, PastRun(view, graph, tuple(self._session.run_events), graph.name)][-KEPT:]
        self.changed.emit()
