"""Where in the document a window is: the containers around it, the graph there, the kinds as that graph sees them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.base.errors import BatonError
from engine.files.beside import Beside
from engine.files.inside import Inside, inner
from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.kinds.registry import Kinds


class Level:
    """One place in a document; it keeps the graph there as one snapshot until the document changes.

    Args:
        kinds: the kinds of node that there are.
    """

    def __init__(self, kinds: Kinds) -> None:
        self._all = kinds
        self._beside: Beside | None = None
        self.inside: Inside = ()
        self.graph = Graph()
        self.file: Path | None = None
        """The file that the graph stands in, when it is not the document's own; such a graph is read-only."""
        self.around: tuple[Node, ...] = ()
        """The containers around it, outermost first."""
        self.kinds = kinds
        """The kinds as this graph sees them: file names in it count from its own folder."""

    def set_folder(self, folder: Path | None, allowed: Callable[[str], bool]) -> None:
        """The document stands in another folder: files that it names are read from there.

        Args:
            allowed: whether a graph file outside the folder may be read (T2).
        """
        self._beside = Beside(folder, allowed=allowed) if folder else None

    def go(self, whole: Graph, inside: Inside) -> None:
        """Moves to a place, and takes in the graph that stands there.

        Raises:
            BatonError: there is no graph; nothing is changed then.
        """
        found = inner(whole, inside, self._beside)
        self.inside, self.graph, self.file, self.around = inside, found.graph, found.file, found.around
        self.kinds = self._all.reading(found.beside) if found.beside else self._all

    def go_near(self, whole: Graph, inside: Inside) -> None:
        """Moves to a place, or as far towards it as there are graphs."""
        for depth in range(len(inside), 0, -1):
            try:
                self.go(whole, inside[:depth])
            except BatonError:
                continue
            return
        self.go(whole, ())

    def same_place_in(self, whole: Graph) -> Graph | None:
        """The graph at this place in another snapshot, such as that of a run; None when there is none."""
        try:
            return inner(whole, self.inside, self._beside).graph
        except BatonError:
            return None
