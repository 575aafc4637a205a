"""What one window has open: the document with its undo, the selection, the run being watched and the problems found."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from engine.base.errors import BatonError, Refused
from engine.graph.changes import Difference
from engine.graph.document import Document
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.run.events import Event
from engine.run.view import View
from gui.checking import Checker
from gui.running import Running

if TYPE_CHECKING:
    from engine.plan.check import Problem
    from engine.run.control import RunOptions
    from engine.run.result import Result
    from engine.run.services import Services


class Session(QObject):
    """The state of one window; everything on screen listens to its signals and changes things through its methods.

    Args:
        kinds: the kinds of node that there are.
        services: what a run needs from outside; None lets each run load its own (tests, scripts).
    """

    changed = Signal(object)
    """Difference, after each change of the document."""
    edited = Signal(object, object)
    """The same Difference and the graph after it: for who must keep both, such as the recovery log."""
    replaced = Signal()
    """Another document was opened: rebuild everything."""
    saved_changed = Signal()
    """The file's path, or whether the document is as saved, changed."""
    selection_changed = Signal()
    run_changed = Signal()
    """A run was started, ended or put away."""
    run_ticked = Signal(object)
    """list[Event] applied to `run_view` since the last frame: at most one emit a frame, an empty list now and then."""
    problems_changed = Signal()
    said = Signal(str, str, str)
    """Level (info, warning or error), message, hint: shown as a toast."""

    def __init__(self, kinds: Kinds, services: Services | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.kinds = kinds
        self.services = services
        self.path: Path | None = None
        self.document = Document()
        self.selection: frozenset[str] = frozenset()
        self.edge_selection: frozenset[str] = frozenset()
        self._was_clean = True
        self._running = Running(self)
        self._running.ticked.connect(self._ticked)
        self._running.changed.connect(self.run_changed)
        self._checker = Checker(kinds, services, self)
        self._checker.found.connect(self.problems_changed)
        self._forget_document = self._listen()

    # The document

    @property
    def graph(self) -> Graph:
        """The present snapshot of the document."""
        return self.document.graph

    @property
    def clean(self) -> bool:
        """Whether the document is as it was last saved."""
        return self.document.undo_stack.clean

    def show(self, graph: Graph, path: Path | None = None, *, unsaved: bool = False) -> None:
        """Opens another document in place of the present one.

        Args:
            path: the file it came from; None for one that has no file yet.
            unsaved: it stands in no file (a recovered or a sample graph that was changed).
        """
        self._forget_document()
        self.document = Document(graph)
        if unsaved:
            self.document.undo_stack.mark_unsaved()
        self._forget_document = self._listen()
        self.path = path
        self.selection = self.edge_selection = frozenset()
        self._was_clean = self.clean
        self._running.put_away()
        self._checker.forget()
        self.replaced.emit()
        self.selection_changed.emit()
        self.saved_changed.emit()
        self._check()

    def mark_saved(self, path: Path) -> None:
        """The present state now stands in `path`."""
        self.path = path
        self.document.undo_stack.mark_saved()
        self._was_clean = True
        self.saved_changed.emit()
        self._check()

    def commit(self, after: Graph, label: str, merge: str = "") -> bool:
        """Makes one undo step that leads to `after`. False when it was refused; the reason has been said then.

        Args:
            label: the step's name as the Edit menu shows it.
            merge: steps in a row with the same mark become one (a drag, a burst of typing).
        """
        try:
            self.document.commit(after, label, merge)
        except Refused as error:
            self.say_error(error)
            return False
        return True

    def undo(self) -> None:
        """Takes the last step back."""
        self.document.undo()

    def redo(self) -> None:
        """Does the last undone step again."""
        self.document.redo()

    def seal(self) -> None:
        """Ends a burst of edits: the next one is an undo step of its own."""
        self.document.undo_stack.seal()

    # What is selected

    def select(self, nodes: Iterable[str] = (), edges: Iterable[str] = ()) -> None:
        """Selects exactly these nodes (ids) and edges (keys); what is not there is left out."""
        chosen = frozenset(node for node in nodes if node in self.graph.nodes)
        wires = frozenset(edge for edge in edges if edge in self.graph.edges)
        if (chosen, wires) != (self.selection, self.edge_selection):
            self.selection, self.edge_selection = chosen, wires
            self.seal()
            self.selection_changed.emit()

    # Runs

    @property
    def run_view(self) -> View | None:
        """The run being watched, folded up to now; None when there is none."""
        return self._running.view

    @property
    def run_graph(self) -> Graph | None:
        """The snapshot that the watched run runs on."""
        return self._running.graph

    @property
    def run_events(self) -> Sequence[Event]:
        """All events of the watched run so far, in order."""
        return self._running.events

    @property
    def run_result(self) -> Result | None:
        """How the watched run ended; None before that."""
        return self._running.result

    def run_now(self) -> float:
        """The present moment of the watched run, in monotonic seconds: it goes on between events while it runs."""
        view = self._running.view
        if view is None:
            return 0.0
        return max(view.now, time.monotonic()) if self.running else view.now

    @property
    def running(self) -> bool:
        return self._running.active

    @property
    def stopping(self) -> bool:
        """Whether Stop was asked for and the run is still there."""
        return self._running.stopping

    def run(self, inputs: Mapping[str, Any] | None = None, options: RunOptions | None = None) -> bool:
        """Starts a run of the present graph. False when it could not start; the reason has been said then."""
        if self.running:
            self.said.emit("info", "A run is going on already.", "Stop it first.")
            return False
        folder = self.path.parent if self.path else None
        try:
            self._running.start(self.graph, inputs or {}, options, folder, self.services, str(self.path or ""))
        except BatonError as error:
            self.say_error(error)
            return False
        return True

    def stop(self) -> None:
        """Stops the run; asked a second time it forces."""
        self._running.stop()

    def show_run(self, events: Sequence[Event], graph: Graph) -> None:
        """Watches a finished run again, from its events and the snapshot it ran on."""
        self._running.show(events, graph)

    def put_run_away(self) -> None:
        """Takes the marks of a finished run off the screen."""
        self._running.put_away()

    # Problems

    @property
    def problems(self) -> list[Problem]:
        """What check found last; some 200 ms behind the document."""
        return self._checker.problems

    def use(self, services: Services) -> None:
        """Takes changed settings into use: checks and runs from now on."""
        self.services = self._checker.services = services
        self._check()

    # What people are told

    def say_error(self, error: BatonError) -> None:
        """Shows an error for people as a toast."""
        self.said.emit("error", error.message, error.hint)

    def close(self) -> None:
        """Ends what goes on in the background; call before the window goes. A run is stopped and waited for."""
        self._running.close()
        self._checker.close()

    def _listen(self) -> Callable[[], None]:
        return self.document.listen(self._document_changed)

    def _document_changed(self, difference: Difference, _before: Graph, after: Graph) -> None:
        selection = frozenset(node for node in self.selection if node in after.nodes)
        edges = frozenset(edge for edge in self.edge_selection if edge in after.edges)
        shrunk = (selection, edges) != (self.selection, self.edge_selection)
        self.selection, self.edge_selection = selection, edges
        self.changed.emit(difference)
        self.edited.emit(difference, after)
        if shrunk:
            self.selection_changed.emit()
        if self.clean != self._was_clean:
            self._was_clean = self.clean
            self.saved_changed.emit()
        self._check()

    def _check(self) -> None:
        self._checker.soon(self.graph, self.path.parent if self.path else None)

    def _ticked(self, events: list[Event]) -> None:
        self.run_ticked.emit(events)
        if not self._running.active and self._running.error is not None:
            error = self._running.error
            if isinstance(error, BatonError):
                self.say_error(error)
            else:  # a bug: said and written down like every other one (gui.crash)
                sys.excepthook(type(error), error, error.__traceback__)
