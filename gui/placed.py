"""The part of a session that has to do with places: the document, which of its graphs is shown, what is selected."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from engine.base.errors import BatonError
from engine.files.inside import Inside
from engine.graph.changes import Difference
from engine.graph.document import Document
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.kinds.registry import Kinds
from gui.level import Level
from gui.watching import Watching


class Placed(Watching):
    """A document with the place in it where one is: everything on screen is about the graph there.

    Args:
        kinds: the kinds of node that there are.
    """

    changed = Signal(object)
    """Difference, after each change of the graph that is shown."""
    entered = Signal()
    """Another graph of the document is shown: the one inside a container, or around it."""
    selection_changed = Signal()

    def __init__(self, kinds: Kinds, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._level = Level(kinds)
        self.path: Path | None = None
        self.document = Document()
        self.selection: frozenset[str] = frozenset()
        self.edge_selection: frozenset[str] = frozenset()
        self.mark_selection: frozenset[str] = frozenset()
        """Frames and notes."""

    @property
    def whole(self) -> Graph:
        """The present snapshot of the document, as it is saved and run."""
        return self.document.graph

    @property
    def graph(self) -> Graph:
        """The graph that is shown and edited: the whole document, or the one inside a container (`inside`)."""
        return self._level.graph

    @property
    def kinds(self) -> Kinds:
        """The kinds of node that there are, as the graph that is shown sees them."""
        return self._level.kinds

    def seal(self) -> None:
        """Ends a burst of edits: the next one is an undo step of its own."""
        self.document.undo_stack.seal()

    # Where one is

    @property
    def inside(self) -> Inside:
        """The containers around the graph that is shown, outermost first; () for the document itself."""
        return self._level.inside

    @property
    def around(self) -> tuple[Node, ...]:
        """Those containers themselves."""
        return self._level.around

    @property
    def file(self) -> Path | None:
        """The file that the graph shown stands in, when it is not the document's own: it is read-only then."""
        return self._level.file

    def enter(self, inside: Inside, nodes: Iterable[str] = ()) -> bool:
        """Shows the graph at a place of the document, with nodes selected. False when there is none; that was said."""
        try:
            self._go(inside, nodes)
        except BatonError as error:
            self.say_error(error)
        return self.inside == inside

    def go_up(self) -> None:
        """Shows the graph around this one, its container selected."""
        if self.inside:
            self.enter(self.inside[:-1], self.inside[-1:])

    def show_node(self, key: str) -> None:
        """Selects a node wherever it stands: `map1/draft`, or `map1[3]/draft` for that item of the watched run.

        What stands in a place that cannot be shown is shown by the container around it.
        """
        scope, _, node = key.rpartition("/")
        inside = self.scopes.go_to(scope)
        if inside != self.inside:
            self._level.go_near(self.whole, inside)
            near = len(self.inside)
            self._entered([node] if near == len(inside) else inside[near : near + 1])
        else:
            self.select([node])
        if "[" in scope:
            self.scope_changed.emit()

    # What is selected

    @property
    def selected(self) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
        """The nodes, edges and marks that are selected, as `select` takes them."""
        return self.selection, self.edge_selection, self.mark_selection

    def select(self, nodes: Iterable[str] = (), edges: Iterable[str] = (), marks: Iterable[str] = ()) -> None:
        """Selects exactly these nodes, edges (by key), and frames and notes; what is not there is left out."""
        if self._choose(nodes, edges, marks):
            self.seal()
            self.selection_changed.emit()

    # The run, seen from here

    @property
    def run_scope(self) -> str | None:
        """The scope of the watched run that is looked at here: "" at the top; None when the run was never here."""
        return self.scopes.of(self.inside)

    def run_key(self, node: str) -> str:
        """What the watched run calls a node of the graph shown: `map1[3]/draft`; "" when it never was here."""
        scope = self.run_scope
        return "" if scope is None else f"{scope}/{node}" if scope else node

    @property
    def run_here(self) -> Graph | None:
        """The graph at this place in the snapshot that the watched run runs on; None when there is none."""
        return self._level.same_place_in(self.run_graph) if self.run_graph else None

    def choose_scope(self, number: int | None) -> None:
        """Looks at one item or pass of the container around; None follows what goes on."""
        self.scopes.choose(self.inside, number)
        self.scope_changed.emit()

    def _shown_changed(self, difference: Difference) -> None:
        shrunk = self._choose(*self.selected)
        self.changed.emit(difference)
        if shrunk:
            self.selection_changed.emit()

    def _go(self, inside: Inside, nodes: Iterable[str]) -> None:
        self._level.go(self.whole, inside)
        self._entered(nodes)

    def _entered(self, nodes: Iterable[str]) -> None:
        """Another graph is shown: what was selected is elsewhere now."""
        self.seal()
        self._choose(nodes, (), ())
        self.entered.emit()
        self.selection_changed.emit()

    def _allows(self, file: str) -> bool:
        """Whether a graph file outside the document's folder may be read: none, where nobody can have trusted it."""
        return False

    def _choose(self, nodes: Iterable[str], edges: Iterable[str], marks: Iterable[str]) -> bool:
        """Selects what is there of these. Returns whether that is something else than before."""
        graph, before = self.graph, self.selected
        self.selection = frozenset(node for node in nodes if node in graph.nodes)
        self.edge_selection = frozenset(edge for edge in edges if edge in graph.edges)
        self.mark_selection = frozenset(mark for mark in marks if mark in graph.frames or mark in graph.notes)
        return self.selected != before

    def _set_path(self, path: Path | None) -> None:
        self.path = path
        self._level.set_folder(path.parent if path else None, self._allows)
