"""Draws a part of the canvas in order: ground, frames, notes, edges, nodes. The view and the pictures share it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtGui import QPainter

from gui.bridge.display import Display
from gui.canvas.geometry import Rect, Socket
from gui.canvas.items import EDGE_REACH, EdgeItem, NodeItem
from gui.canvas.paint_edge import paint_bends, paint_edge
from gui.canvas.paint_far import Far, blocks_in, lines_in, paint_far
from gui.canvas.paint_ground import paint_grid
from gui.canvas.paint_mark import paint_frame, paint_note
from gui.canvas.paint_node import paint_node, paint_sockets
from gui.canvas.scene import Scene
from gui.canvas.sheet import Sheet

Fits = Callable[[NodeItem, Socket], bool]


class Renderer:
    """Draws the items of a scene with the faces of a display.

    Attributes:
        selection, edge_selection, mark_selection: ids and keys drawn as selected.
        lifted: nodes that are being moved: they and their edges are left to the layer above.
        fits: while a wire is dragged, whether a socket takes it: those light up, the rest dims.
    """

    def __init__(self, scene: Scene, display: Display) -> None:
        self.scene, self.display = scene, display
        self.selection: frozenset[str] = frozenset()
        self.edge_selection: frozenset[str] = frozenset()
        self.mark_selection: frozenset[str] = frozenset()
        self.lifted: frozenset[str] = frozenset()
        self.hidden_edge = ""
        self.fits: Fits | None = None
        self._far = Far(scene, display)

    def paint(self, sheet: Sheet, area: Rect, *, pixel: float = 1.0, ground: bool = True) -> None:
        """Draws all that is seen in an area of device pixels."""
        if ground:
            paint_grid(sheet, area, pixel=pixel)
        seen = Rect((area.x - sheet.left) / sheet.scale, (area.y - sheet.top) / sheet.scale,
                    area.w / sheet.scale, area.h / sheet.scale)  # fmt: skip
        sheet.painter.setTransform(sheet.units)
        self._paint_marks(sheet, seen)
        if sheet.far and not (self.lifted or self.hidden_edge) and self.scene.mostly_in(seen):
            paint_far(sheet, *self._far.ready(self.selection))  # to choose would cost more than to draw
            return
        edges = [edge for edge in self.scene.edges_in(seen.grown(EDGE_REACH)) if self._still(edge)]
        nodes = self.scene.nodes_in(seen) if sheet.far else self.scene.drawn_in(seen)
        if self.lifted:
            nodes = [item for item in nodes if item.id not in self.lifted]
        self.paint_items(sheet, nodes, edges)

    def _paint_marks(self, sheet: Sheet, seen: Rect) -> None:
        marks, graph = self.scene.marks, self.scene.graph
        for frame in graph.frames.values():
            rect = marks.place(frame)
            if rect.meets(seen):
                paint_frame(sheet, frame, rect, selected=frame.id in self.mark_selection)
        for note in graph.notes.values():
            rect = marks.place(note)
            if rect.meets(seen):
                paint_note(sheet, note, rect, selected=note.id in self.mark_selection)

    def paint_items(
        self, sheet: Sheet, nodes: list[NodeItem], edges: Iterable[EdgeItem], *, moving: bool = True
    ) -> None:
        """Draws given nodes above given edges.

        Args:
            moving: leave to `paint_moving` what changes with time.
        """
        p = sheet.painter
        p.setTransform(sheet.units)
        if sheet.far:
            blocks = blocks_in(nodes, self.display.outline, self.selection)
            paint_far(sheet, lines_in(edges, self.display.edge), blocks)
            return
        p.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        for edge in edges:
            chosen = edge.key in self.edge_selection
            paint_edge(sheet, edge, self.display.edge(edge.key), selected=chosen)
            if chosen:
                paint_bends(sheet, self.scene.bends_of(edge.key))
        at = self.display.clock
        for item in nodes:
            face = self.display.face(item.id)
            selected = item.id in self.selection
            if self.fits:
                self._paint_candidate(sheet, item)
                continue
            paint_node(sheet, item, face, at, selected=selected, moving=moving and item.id in self.display.moving)
            paint_sockets(sheet, item, self.socket_colours(item), needed=selected)
        p.setTransform(sheet.units)

    def socket_colours(self, item: NodeItem) -> dict[Socket, str]:
        """The colours of a node's sockets that have edges of which a run has something to say."""
        colours: dict[Socket, str] = {}
        if not self.display.watching:
            return colours
        graph = self.scene.graph
        for edge in (*graph.incoming(item.id), *graph.outgoing(item.id)):
            face, found = self.display.edge(edge.key), self.scene.edges[edge.key]
            socket = found.last if edge.target == item.id else found.first
            if socket and face.colour != "wire":
                colours[socket] = face.colour
        return colours

    def _paint_candidate(self, sheet: Sheet, item: NodeItem) -> None:
        """Draws a node while a wire is dragged: bright when it takes the wire, dim when not."""
        assert self.fits is not None
        taking = {socket: "accent" for socket in item.shape.sockets if self.fits(item, socket)}
        p = sheet.painter
        p.setOpacity(1.0 if taking else 0.42)
        paint_node(sheet, item, self.display.face(item.id), self.display.clock, selected=item.id in self.selection)
        lit = any(socket.quiet for socket in taking)
        paint_sockets(sheet, item, taking, needed=lit, named=lit)
        p.setOpacity(1.0)

    def _still(self, edge: EdgeItem) -> bool:
        ends = edge.edge
        return edge.key != self.hidden_edge and not (
            self.lifted and (ends.source in self.lifted or ends.target in self.lifted)
        )
