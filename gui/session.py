"""What one window has open: the document with its undo, the selection, the run being watched and the problems found."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QObject, Signal

from engine.base.errors import BatonError, Refused
from engine.base.values import Value
from engine.files.inside import changed_at, within
from engine.graph.changes import Difference, between
from engine.graph.document import Document
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from gui.checking import Checker
from gui.placed import Placed

if TYPE_CHECKING:
    from engine.plan.check import Problem
    from engine.run.control import Run, RunOptions
    from engine.run.events import Event
    from engine.run.services import Services

FEW: Final = 100
"""Nodes of a graph that is made ready to run in less than a frame."""


@dataclass(frozen=True)
class Basis:
    """A stored run whose results another run begins with (S11); each means what it means for `engine.Run`.

    With `only` nothing that follows `from_node` is run.
    """

    base: str
    from_node: str = ""
    edited: Mapping[str, Mapping[str, Value]] | None = None
    failed: bool = False
    only: bool = False


class Session(Placed):
    """The state of one window; everything on screen listens to its signals and changes things through its methods.

    Args:
        kinds: the kinds of node that there are.
        services: what a run needs from outside; None lets each run load its own (tests, scripts).
    """

    edited = Signal(object, object)
    """Difference of the whole document, and the document after it: for who must keep both, as the recovery log."""
    replaced = Signal()
    """Another document was opened: rebuild everything."""
    saved_changed = Signal()
    """The file's path, or whether the document is as saved, changed."""
    brought = Signal(object, object)
    """The document before and after a step that no hand made: a paste, a drop, an undo or a redo."""
    problems_changed = Signal()

    def __init__(self, kinds: Kinds, services: Services | None = None, parent: QObject | None = None) -> None:
        super().__init__(kinds, parent)
        self.services = services
        self._was_clean = True
        self._travelling = self._foreign = False
        self._checker = Checker(kinds, services, self)
        self._checker.found.connect(self.problems_changed)
        self._forget_document = self._listen()

    # The document

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
        self._set_path(path)
        self._level.go(graph, ())
        self.selection = self.edge_selection = self.mark_selection = self.breakpoints = frozenset()
        self._was_clean = self.clean
        self._running.put_away()
        self.show_changes(None)
        self._checker.forget()
        self.replaced.emit()
        self.selection_changed.emit()
        self.saved_changed.emit()
        self._check()

    def mark_saved(self, path: Path) -> None:
        """The present state now stands in `path`."""
        moved = self.path is None or path.parent != self.path.parent
        self._set_path(path)
        self.document.undo_stack.mark_saved()
        self._was_clean = True
        if moved:  # what stands in files is found from here
            self._go(self.inside, self.selection)
        self.saved_changed.emit()
        self._check()

    def commit(self, after: Graph, label: str, merge: str = "", *, foreign: bool = False) -> bool:
        """Makes one undo step that turns the graph shown into `after`. False when it was refused, and that was said.

        Args:
            label: the step's name as the Edit menu shows it.
            merge: steps in a row with the same mark become one (a drag, a burst of typing).
            foreign: it comes from elsewhere (a paste, a drop), and so does what it could do (trust.md T2).
        """
        mark = "/".join((*self.inside, merge)) if merge else ""
        try:
            if self.graph.read_only:
                raise Refused(f"This graph cannot be changed: {self.graph.read_only}")
            self._foreign = foreign
            self.document.commit(within(self.whole, self.inside, after), label, mark)
        except BatonError as error:
            self.say_error(error)
            return False
        finally:
            self._foreign = False
        return True

    def undo(self) -> None:
        """Takes the last step back, and goes where it was made."""
        self._travelling = True
        self.document.undo()
        self._travelling = False

    def redo(self) -> None:
        """Does the last undone step again, and goes where it is made."""
        self._travelling = True
        self.document.redo()
        self._travelling = False

    # Runs

    def run(
        self, inputs: Mapping[str, Any] | None = None, options: RunOptions | None = None, basis: Basis | None = None
    ) -> bool:  # fmt: skip
        """Starts a run of the whole document. False when it could not start; the reason has been said then, or will be.

        Args:
            basis: the stored run whose results are used where nothing has changed (S11).
        """
        from engine.plan.alone import alone
        from engine.run.control import Run

        graph, services, folder, file = self.whole, self.services, self._folder, str(self.path or "")

        def made() -> tuple[Run, Sequence[Event]]:
            given = {} if basis is None else dict(vars(basis))
            kinds = services.beside(folder).kinds if services else self.kinds
            drawn = alone(graph, kinds, given["from_node"]) if given.pop("only", False) else graph
            return Run(drawn, inputs, options, folder=folder, services=services, file=file, **given), ()

        return self._start(made, at_once=basis is None and self.quickly_ready)

    @property
    def quickly_ready(self) -> bool:
        """Whether the document is ready to run, or will be within less than a frame."""
        ready = self.services is not None and self.services.preparations.ready(self.whole, self._folder)
        return ready or len(self.whole.nodes) <= FEW

    def make_ready(self, then: Callable[[], object], wrong: Callable[[BatonError], object]) -> None:
        """Makes the document ready to run, off the window's thread where that takes a while; then calls `then`, or
        `wrong` with why it cannot run."""
        from engine.run.services import Services

        services, graph, folder = self.services or Services.load(), self.whole, self._folder

        def work() -> None:
            services.preparations.of(graph, services.beside(folder).kinds, folder)

        if not self.quickly_ready:
            self._running.background.do(work, lambda _: then(), wrong)
            return
        try:
            work()
        except BatonError as error:
            wrong(error)
        else:
            then()

    def resume(
        self, run: str, answers: Mapping[str, Value] | None = None, budget_usd: float | None = None,
        budget_tokens: int | None = None,
    ) -> bool:  # fmt: skip
        """Goes on with a stored run. False when it could not; the reason has been said then.

        Args:
            answers: what was decided, by the key of the question (S13).
            budget_usd, budget_tokens: replace the budgets of the run; what was paid before counts.
        """
        from engine.run.control import Run
        from engine.run.services import Services

        services = self.services or Services.load()

        def again() -> tuple[Run, Sequence[Event]]:
            made = Run.resume(
                run, services=services, answers=answers, budget_usd=budget_usd, budget_tokens=budget_tokens,
                attended=True,
            )  # fmt: skip
            made.break_at(self.breakpoints)
            return made, services.journal.journal.events(made.id)

        return self._start(again)

    @property
    def _folder(self) -> Path | None:
        return self.path.parent if self.path else None

    def _start(self, make: Callable[[], tuple[Run, Sequence[Event]]], *, at_once: bool = False) -> bool:
        """Starts the run that `make` gives with its stored events; says why it cannot.

        Args:
            at_once: making it takes less than a frame.
        """
        if self.running:
            self.said.emit("info", "A run is going on already.", "Stop it first.")
            return False
        if not at_once:
            self._running.begin(make, self.whole)
            return True
        try:
            self._running.start(*make())
        except BatonError as error:
            self.say_error(error)
            return False
        return True

    # Problems

    @property
    def problems(self) -> list[Problem]:
        """What check found last; some 200 ms behind the document."""
        return self._checker.problems

    def read_again(self) -> None:
        """Graph files that the document names can be read now that could not before."""
        self._go(self.inside, self.selection)
        self._check()

    def use(self, services: Services) -> None:
        """Takes changed settings into use: checks and runs from now on."""
        self.services = self._checker.services = services
        self._check()

    def recheck(self) -> None:
        """Looks for problems again, where something beside the document changed that they depend on."""
        self._check()

    def close(self) -> None:
        """Ends what goes on in the background; call before the window goes. A run is stopped and waited for."""
        self._running.close()
        self._checker.close()

    def _allows(self, file: str) -> bool:
        return self.services is not None and self.services.trust.allows(file)

    def _listen(self) -> Callable[[], None]:
        return self.document.listen(self._document_changed)

    def _document_changed(self, difference: Difference, before: Graph, after: Graph) -> None:
        place = changed_at(difference) if self._travelling else self.inside
        shown, was = self.graph, self.inside
        self._level.go_near(after, place)
        if self.inside != was:
            self._entered(())
        else:
            self._shown_changed(between(shown, self.graph) if was else difference)
        self.edited.emit(difference, after)
        if (self._travelling or self._foreign) and (difference.keys("nodes") or difference.keys("head")):
            self.brought.emit(before, after)
        if self.clean != self._was_clean:
            self._was_clean = self.clean
            self.saved_changed.emit()
        self._check()

    def _check(self) -> None:
        self._checker.soon(self.whole, self._folder)
