"""Undo and redo: a stack of named steps, each the difference that it made."""

from __future__ import annotations

from dataclasses import dataclass

from engine.graph.changes import Difference, apply, between
from engine.graph.graph import Graph


@dataclass(frozen=True, slots=True)
class Step:
    """One thing a person did. Steps in a row with the same `merge` mark become one (a drag, a burst of typing)."""

    label: str
    difference: Difference
    merge: str = ""


class UndoStack:
    """What can be undone and redone for one document, and whether it is as saved.

    Args:
        limit: steps kept; older ones are forgotten.
    """

    def __init__(self, limit: int = 1000) -> None:
        self._done: list[Step] = []
        self._undone: list[Step] = []
        self._limit = limit
        self._saved: Step | None = None
        self._saved_lost = False

    @property
    def undo_label(self) -> str:
        """The name of what Undo would take back, or ""."""
        return self._done[-1].label if self._done else ""

    @property
    def redo_label(self) -> str:
        """The name of what Redo would do again, or ""."""
        return self._undone[-1].label if self._undone else ""

    @property
    def clean(self) -> bool:
        """Whether the document is as it was last saved."""
        return not self._saved_lost and (self._done[-1] if self._done else None) is self._saved

    def mark_saved(self) -> None:
        """The present state is what stands in the file; the next edit starts a step of its own."""
        self._saved = self._done[-1] if self._done else None
        self._saved_lost = False

    def mark_unsaved(self) -> None:
        """The present state stands in no file (a recovered or a new document)."""
        self._saved_lost = True

    def push(self, step: Step, before: Graph, after: Graph) -> None:
        """Records a step that led from `before` to `after`, joining it to the last one when their marks agree."""
        self._forget(self._undone)
        last = self._done[-1] if self._done else None
        if step.merge and last and last.merge == step.merge and last is not self._saved:
            start = apply(before, last.difference.inverse())
            joined = between(start, after)
            self._done[-1:] = [Step(step.label, joined, step.merge)] if joined else []
            return
        self._done.append(step)
        if len(self._done) > self._limit:
            if self._saved is None:
                self._saved_lost = True
            self._forget(self._done[:1])
            del self._done[0]

    def seal(self) -> None:
        """Ends a burst: the next step is not joined to the last one."""
        if self._done and self._done[-1].merge:
            last = self._done[-1]
            self._done[-1] = Step(last.label, last.difference)
            if self._saved is last:
                self._saved = self._done[-1]

    def pop_undo(self) -> Step | None:
        """Takes the last step off to be undone; the caller applies its inverse."""
        if not self._done:
            return None
        self._undone.append(self._done.pop())
        return self._undone[-1]

    def pop_redo(self) -> Step | None:
        """Takes the last undone step to be done again; the caller applies it."""
        if not self._undone:
            return None
        self._done.append(self._undone.pop())
        return self._done[-1]

    def _forget(self, steps: list[Step]) -> None:
        if self._saved is not None and any(step is self._saved for step in steps):
            self._saved_lost = True
        if steps is self._undone:
            steps.clear()
