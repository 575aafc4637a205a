"""Carries what a session says to the canvas: differences to items, events to faces, and one update for each frame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from engine.graph.changes import Difference
from engine.run.events import Event
from gui.breaking import broken_here
from gui.bridge.changed import edge_marks, node_marks
from gui.bridge.differs import differing
from gui.bridge.display import Display, Fresh
from gui.canvas.geometry import Rect
from gui.canvas.items import EDGE_REACH
from gui.canvas.scene import Scene
from gui.pinning import pinned_faces

if TYPE_CHECKING:
    from gui.session import Session


class Feed(QObject):
    """Keeps a scene and a display true to a session.

    Signals tell the view what to draw again: `areas` (list of Rect, canvas units) or all of it.
    """

    touched = Signal(object)
    """list[Rect]: these areas look different."""
    states = Signal()
    """Some node's state changed, or a frame or note: the minimap is stale, and something may move now."""
    rebuilt = Signal()
    """Another document, or another run: draw everything."""
    opened = Signal()
    """Another document: look at all of it."""
    moved = Signal()
    """Another graph of the same document: look where one looked before."""

    def __init__(self, session: Session, scene: Scene, display: Display, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session, self._scene, self._display = session, scene, display
        session.changed.connect(self._changed)
        session.replaced.connect(self._replaced)
        session.entered.connect(self._entered)
        session.scope_changed.connect(self._run_changed)
        session.run_changed.connect(self._run_changed)
        session.run_ticked.connect(self._ticked)
        session.moment_changed.connect(self._moved)
        session.comparison_changed.connect(self._run_changed)
        session.problems_changed.connect(self._problems_changed)
        session.breakpoints_changed.connect(self._breakpoints_changed)
        self._scope: str | None = ""
        self._scene.rebuild(session.graph)
        self._display.pin(pinned_faces(session.graph))
        self._show_run()

    def _changed(self, difference: Difference) -> None:
        touched = self._scene.apply(difference, self._session.graph)
        pinned = self._display.pin(pinned_faces(self._session.graph)) if difference.keys("nodes") else set()
        self.touched.emit([*touched.areas, *self.areas(pinned, ())])
        if touched.nodes or difference.keys("frames") or difference.keys("notes"):
            self.states.emit()

    def _replaced(self) -> None:
        self._build()
        self.opened.emit()

    def _entered(self) -> None:
        self._build()
        self._problems_changed()
        self.moved.emit()

    def _build(self) -> None:
        self._scene.captions.use(self._session.kinds)
        self._scene.rebuild(self._session.graph)
        self._display.pin(pinned_faces(self._session.graph))
        self._display.break_at(broken_here(self._session))
        self._show_run()
        self.rebuilt.emit()

    def _run_changed(self) -> None:
        self._show_run()
        self.rebuilt.emit()
        self.states.emit()

    def _show_run(self) -> None:
        session = self._session
        self._scope = scope = session.run_scope
        view = None if scope is None else session.run_seen
        live = session.running and session.moment is None
        here = session.run_here if view else None
        compared = session.comparison if view else None
        if session.changes and view is None and not session.inside:
            self._display.differ(node_marks(session.changes), edge_marks(session.changes))
        else:
            self._display.differ(differing(compared, scope or "") if compared else {})
        self._display.show(view, here, live=live, scope=scope or "", now=session.run_now)

    def _ticked(self, events: list[Event]) -> None:
        if self._session.run_scope != self._scope:  # the item that was followed is done
            self._session.scope_changed.emit()
        elif self._session.moment is None:  # else an earlier moment is looked at
            self._show(self._display.tick(events))

    def _moved(self, events: list[Event] | None) -> None:
        seen = self._session.run_seen
        if events is None or seen is None:
            self._run_changed()
        elif self._display.watching:
            self._show(self._display.move(seen, events))
            self.touched.emit(self.areas(self._display.moving, ()))  # their clocks stand elsewhere

    def _show(self, fresh: Fresh) -> None:
        if fresh.nodes or fresh.edges:
            self.touched.emit(self.areas(fresh.nodes, fresh.edges))
            self.states.emit()

    def _problems_changed(self) -> None:
        worst: dict[str, tuple[str, str]] = {}
        edges: dict[str, str] = {}
        inside = self._session.inside
        around = "".join(f"{node}/" for node in inside)
        for problem in self._session.problems:
            edge = problem.edge.removeprefix(around) if problem.edge.startswith(around) else ""
            if edge in self._scene.edges and edges.get(edge) != "error":
                edges[edge] = problem.severity
            path = problem.node.split("/")
            node = path[len(inside)] if path[: len(inside)] == [*inside] and len(path) > len(inside) else ""
            old = worst.get(node)
            if node and (old is None or (problem.severity == "error" and old[0] != "error")):
                worst[node] = problem.severity, problem.message
        self.touched.emit(self.areas(self._display.mark(worst), self._display.mark_edges(edges)))

    def _breakpoints_changed(self) -> None:
        changed = self._display.break_at(broken_here(self._session))
        self.touched.emit(self.areas(changed, changed))

    def areas(self, nodes: Iterable[str], edges: Iterable[str]) -> list[Rect]:
        """Where nodes and edges draw, in canvas units."""
        items, wires = self._scene.nodes, self._scene.edges
        found = [items[node].area for node in nodes if node in items]
        found += [wires[key].box.grown(EDGE_REACH) for key in edges if key in wires]
        return found
