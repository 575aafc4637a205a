"""What a drag carries: nodes, frames and notes together, shown on the way and put down as one change."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.graph import commands, marks
from engine.graph.graph import Graph
from gui.canvas.marks import holds

if TYPE_CHECKING:
    from gui.canvas.stage import Stage


class Load:
    """Things that move together. What stands wholly in a frame moves with it.

    Args:
        alone: frames move without what stands in them.
    """

    def __init__(self, canvas: Stage, nodes: Iterable[str], carried: Iterable[str], *, alone: bool = False) -> None:
        self._canvas = canvas
        scene, frames = canvas.scene, {mark for mark in carried if mark in canvas.scene.graph.frames}
        inside: set[str] = set()
        if not alone:
            areas = [rect for frame in frames if (rect := scene.marks.rect(frame))]
            inside = {item.id for area in areas for item in scene.nodes_in(area) if holds(area, item.rect)}
        self.marks = frozenset(carried) | (frozenset() if alone else scene.marks.held_by(frames))
        self.nodes = frozenset(nodes) | inside
        self._rects = {mark: rect for mark in self.marks if (rect := scene.marks.rect(mark))}

    def show(self, dx: float, dy: float) -> None:
        """Shows everything so far from where the document has it."""
        if self.nodes:
            self._canvas.drag(self.nodes, dx, dy)
        if self._rects:
            self._canvas.drag_marks({mark: rect.moved(dx, dy) for mark, rect in self._rects.items()})

    def put_back(self) -> None:
        """Shows everything where the document has it."""
        self._canvas.drop_drag()
        if self._rects:
            self._canvas.drag_marks({})

    def moved(self, graph: Graph, dx: float, dy: float) -> Graph:
        """The graph with everything moved."""
        origin = {node: self._canvas.scene.place(node) for node in self.nodes}
        after = commands.move(graph, {node: (x + dx, y + dy) for node, (x, y) in origin.items()})
        return marks.move_marks(after, self.marks, (dx, dy))

    @property
    def label(self) -> str:
        """What the undo step is called."""
        count, what = len(self.nodes), "node"
        if not count:
            count, what = len(self.marks), "frame" if self.marks & self._canvas.scene.graph.frames.keys() else "note"
        return f"Move {what}" if count == 1 else f"Move {count} {what}s"
