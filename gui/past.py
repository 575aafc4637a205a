"""The runs of this window that are over, as far as their nodes went: how each ended and how long it took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from gui.session import Session

KEPT = 20


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run that is over: its id, its last event, and the status and seconds of the nodes that ran. No more of it
    stays: a long run takes hundreds of megabytes, and stands in the journal."""

    run: str
    seq: int
    nodes: Mapping[str, tuple[str, float]]


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
        return [run.nodes[node] for run in self.runs if node in run.nodes]

    def _look(self) -> None:
        session = self._session
        view = session.run_view
        if session.running or view is None or not view.finished or not session.run_events:
            return
        if any(each.run == view.run and each.seq >= view.seq for each in self.runs):
            return
        ran = {key: (node.status, node.seconds) for key, node in view.nodes.items() if node.seconds is not None}
        others = [each for each in self.runs if each.run != view.run]  # a run that went on takes its own place
        self.runs = [*others, PastRun(view.run, view.seq, ran)][-KEPT:]
        self.changed.emit()
