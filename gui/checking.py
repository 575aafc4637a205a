"""Looks for problems a moment after the document came to rest, off the window's thread."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QThreadPool, QTimer, Signal

from engine.base.errors import BatonError
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds

if TYPE_CHECKING:
    from engine.plan.check import Problem
    from engine.run.services import Services

PAUSE_MS = 200


class Checker(QObject):
    """Runs `engine.plan.check` on the newest snapshot; at most one at a time, the last one wins.

    A graph without errors is made ready for its run as well: for a thousand nodes that takes a dozen frames.
    """

    found = Signal()
    _done = Signal(int, object)

    def __init__(self, kinds: Kinds, services: Services | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.problems: list[Problem] = []
        self._kinds = kinds
        self.services = services
        self._graph: Graph | None = None
        self._folder: Path | None = None
        self._number = 0
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._begin)
        self._done.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def soon(self, graph: Graph, folder: Path | None) -> None:
        """Checks `graph` once nothing has changed for 200 ms."""
        self._graph, self._folder = graph, folder
        self._timer.start()

    def forget(self) -> None:
        """Another document: what was found is void, and what is being looked at too."""
        self._number += 1
        self._timer.stop()
        if self.problems:
            self.problems = []
            self.found.emit()

    def close(self) -> None:
        """Ends it; waits for a check that is going on."""
        self._number += 1
        self._timer.stop()
        self._pool.waitForDone()

    def _begin(self) -> None:
        graph, folder = self._graph, self._folder
        if graph is None:
            return
        self._number += 1
        number, kinds, services = self._number, self._kinds, self.services

        def work() -> None:
            from engine.plan.check import check

            models, near, servers, hosts = None, kinds, frozenset[str](), None
            if services:
                models, near = services.models(), services.beside(folder).kinds
                servers = frozenset(services.settings.tool_servers)
                hosts = services.settings.allow_private_addresses
            found = check(graph, near, folder=folder, models=models, servers=servers, private_hosts=hosts)
            self._done.emit(number, gathered(found))
            if services and not any(problem.severity == "error" for problem in found):
                with suppress(BatonError):  # said when it is run
                    services.preparations.of(graph, near, folder)

        self._pool.start(work)

    def _take(self, number: int, problems: list[Problem]) -> None:
        if number == self._number:
            self.problems = problems
            self.found.emit()


def gathered(problems: list[Problem]) -> list[Problem]:
    """The problems, those of tiers without a model as one of the whole graph: every node that rehearses says so."""
    tiers = [problem for problem in problems if problem.code == "tier_not_mapped"]
    if not tiers:
        return problems
    message = "No model is set up for some tiers: the built-in rehearsal model answers, at no cost."
    one = replace(tiers[0], node="", place="", message=message)
    return [one if problem is tiers[0] else problem for problem in problems if problem not in tiers[1:]]
