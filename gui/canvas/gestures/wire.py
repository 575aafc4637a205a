"""Dragging from a port draws a wire; dragging the end of one away re-wires it, and on empty ground unplugs it."""

from __future__ import annotations

from math import dist
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt

from engine.base.errors import Refused
from engine.graph import commands
from engine.graph.records import Edge
from engine.plan.ports import refusal
from gui.canvas.chrome import draw_socket
from gui.canvas.geometry import SOCKET, Point, Socket
from gui.canvas.gesture import Gesture, Pointer
from gui.canvas.items import EdgeItem, NodeItem
from gui.canvas.paint_edge import paint_wire
from gui.canvas.placing import WireEnd, upstream
from gui.canvas.routing import route
from gui.canvas.sheet import Sheet
from gui.canvas.tip import Tip

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

ORDER = 30
REACH: Final = 22.0
"""View pixels within which a port attracts a wire."""


class Wire(Gesture):
    """A wire that hangs from a socket.

    Args:
        item, socket: what it hangs from.
        old: the edge whose other end was dragged away.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: Stage, item: NodeItem, socket: Socket, press: Pointer, old: EdgeItem | None) -> None:
        self._canvas, self._item, self._socket, self._old = canvas, item, socket, old
        self._press, self._end, self._moved = press, press.scene, False
        self._target: tuple[NodeItem, Socket] | None = None
        self._why = ""
        self._around = upstream(canvas.scene.graph, item.id, down=not socket.output)

    def move(self, at: Pointer) -> None:
        if not self._moved:
            if not at.far_from(self._press):
                return
            self._moved = True
            self._canvas.show_candidates(lambda item, socket: not self._refusal(item, socket), self._old)
        self._end, self._target = at.scene, None
        item, socket = self._aimed_at(at.scene)
        why = self._why = self._refusal(item, socket) if item and socket else ""
        if item and socket and not why:
            self._target = item, socket
            self._end = item.at(socket)
        self._canvas.set_tip(Tip(why, at.view, "state:failed") if why else None)
        self._canvas.update()

    def release(self, at: Pointer) -> None:
        self.cancel()
        if not self._moved:
            return
        session, graph = self._canvas.session, self._canvas.session.graph
        if self._target:
            self._connect(*self._target)
        elif self._why:
            return  # what the tip said; an old wire stays as it was
        elif self._old:
            session.commit(commands.remove(graph, edges=[self._old.key]), "Unplug wire")
        elif self._canvas.scene.node_at(at.scene) is None:
            end = WireEnd(self._item.id, self._socket.name, self._socket.output)
            self._canvas.hang(self)
            self._canvas.ask_to_add(at.view, at.scene, end)

    def cancel(self) -> None:
        self._canvas.show_candidates(None, None)
        self._canvas.set_tip(None)
        self._canvas.update()

    def paint(self, sheet: Sheet) -> None:
        if not self._moved:
            return
        start: Point = self._item.at(self._socket)
        curve = route(start, self._end) if self._socket.output else route(self._end, start)
        role = "state:failed" if self._why else "accent"
        paint_wire(sheet, curve, role)
        for point, taken in ((start, True), (self._end, self._target is not None)):
            draw_socket(sheet.painter, sheet.ink, role, *point, radius=SOCKET + 2 if taken else SOCKET - 2)

    def _connect(self, item: NodeItem, socket: Socket) -> None:
        here, there = (self._item.id, self._socket.name), (item.id, socket.name)
        edge = Edge(*here, *there) if self._socket.output else Edge(*there, *here)
        old = [self._old.key] if self._old else []
        if edge.key in old:
            return
        try:
            after = commands.connect(self._canvas.session.graph, edge, replacing=old)
        except Refused as error:
            self._canvas.session.said.emit("info", error.message, error.hint)
            return
        self._canvas.session.commit(after, "Re-wire" if old else "Connect")

    def _aimed_at(self, scene: Point) -> tuple[NodeItem | None, Socket | None]:
        """The socket that is meant: the nearest one on the right side, or the one of the node below that wants it most.

        A quiet socket is meant only by who aims at it.
        """
        canvas = self._canvas
        found = canvas.scene.socket_at(scene, REACH / canvas.camera.zoom)
        if found and found[1].output != self._socket.output and self._meant(scene, *found):
            return found
        item = canvas.scene.node_at(scene)
        if item is None or item.id == self._item.id:
            return None, None
        sockets = [s for s in item.shape.sockets if s.output != self._socket.output and not s.quiet and s.port]
        free = [s for s in sockets if not self._refusal(item, s)]
        return item, min(free, key=lambda socket: self._rank(item, socket), default=next(iter(sockets), None))

    def _meant(self, scene: Point, item: NodeItem, socket: Socket) -> bool:
        return not socket.quiet or dist(scene, item.at(socket)) <= 2 * SOCKET

    def _rank(self, item: NodeItem, socket: Socket) -> int:
        """How little a socket wants a wire: first what is waited for, then what takes many, then the optional."""
        assert socket.port is not None, "sockets of no port are left out before"
        if self._wired(item, socket):
            return 1 if socket.port.many else 3
        return 0 if socket.port.required else 2

    def _wired(self, item: NodeItem, socket: Socket) -> bool:
        graph = self._canvas.scene.graph
        edges = graph.outgoing(item.id) if socket.output else graph.incoming(item.id)
        return any((e.source_port if socket.output else e.target_port) == socket.name for e in edges)

    def _refusal(self, item: NodeItem, socket: Socket) -> str:
        """Why the wire cannot end there, in one sentence; "" when it can."""
        if socket.output == self._socket.output:
            return "A wire leads from an output to an input."
        if item.id == self._item.id:
            return "A node cannot be connected to itself. Wrap it in a loop to repeat it."
        if socket.port is None or self._socket.port is None:
            return "This port is gone: only its old wire still names it."
        if item.id in self._around:
            return "This would make a circle. Wrap the steps in a loop to repeat them."
        here, there = (self._item.id, self._socket.name), (item.id, socket.name)
        edge = Edge(*here, *there) if self._socket.output else Edge(*there, *here)
        if edge.key in self._canvas.scene.edges and not (self._old and self._old.key == edge.key):
            return "These two ports are connected already."
        ports = (self._socket.port, socket.port) if self._socket.output else (socket.port, self._socket.port)
        return refusal(*ports)


def begin(canvas: Stage, press: Pointer) -> Gesture | None:
    """Takes left presses on a socket, and on a wire near one of its ends."""
    if press.button != Qt.MouseButton.LeftButton or press.alt:
        return None
    found = canvas.under.socket(press.scene)
    if found:
        item, socket = found
        into = None if socket.output else canvas.scene.edge_into(item.id, socket)
        if into and into.first:
            return _other_end(canvas, into, press, at_target=True)
        return Wire(canvas, item, socket, press, None)
    return None


def _other_end(canvas: Stage, edge: EdgeItem, press: Pointer, *, at_target: bool) -> Gesture | None:
    """Takes an edge by one end: the wire then hangs from the other."""
    node = edge.edge.source if at_target else edge.edge.target
    socket = edge.first if at_target else edge.last
    if node not in canvas.scene.nodes or socket is None:
        return None
    return Wire(canvas, canvas.scene.nodes[node], socket, press, edge)


def pull_end(canvas: Stage, edge: EdgeItem, where: float, press: Pointer) -> Gesture | None:
    """Takes an edge by the end that is nearer to `where` (0 to 1 along it)."""
    return _other_end(canvas, edge, press, at_target=where > 0.5)
