"""A graph being edited: it changes only by differences, tells its listeners, and knows how to go back."""

from __future__ import annotations

from collections.abc import Callable

from engine.base.errors import Refused
from engine.graph.changes import Difference, apply, between
from engine.graph.graph import Graph
from engine.graph.undo import Step, UndoStack

Listener = Callable[[Difference, Graph, Graph], None]
"""Called after a change with the difference, the graph before and the graph after."""


class Document:
    """The one source of truth while a graph is edited. `graph` is the present snapshot.

    Args:
        graph: what to start from.
    """

    def __init__(self, graph: Graph | None = None) -> None:
        self.graph = graph or Graph()
        self.undo_stack = UndoStack()
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Calls `listener` after each change, in order of listening. Returns what ends it."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def commit(self, after: Graph, label: str, merge: str = "") -> Difference:
        """Makes one undo step that leads to `after` (what a command returned).

        Args:
            label: the step's name as the Edit menu shows it, such as "Move 3 nodes".
            merge: steps in a row with the same mark become one.

        Returns:
            What changed; empty when nothing did, and then no step is made.

        Raises:
            Refused: the document is read-only.
        """
        if self.graph.read_only:
            raise Refused(f"This graph cannot be changed: {self.graph.read_only}")
        before, difference = self.graph, between(self.graph, after)
        if not difference:
            return difference
        self.graph = after
        self.undo_stack.push(Step(label, difference, merge), before, after)
        self._tell(difference, before)
        return difference

    def undo(self) -> str:
        """Takes the last step back. Returns its label, or "" when there was none."""
        step = self.undo_stack.pop_undo()
        return self._move(step, step.difference.inverse()) if step else ""

    def redo(self) -> str:
        """Does the last undone step again. Returns its label, or "" when there was none."""
        step = self.undo_stack.pop_redo()
        return self._move(step, step.difference) if step else ""

    def _move(self, step: Step, difference: Difference) -> str:
        before = self.graph
        self.graph = apply(before, difference)
        self._tell(difference, before)
        return step.label

    def _tell(self, difference: Difference, before: Graph) -> None:
        for listener in list(self._listeners):
            listener(difference, before, self.graph)
