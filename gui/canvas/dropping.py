"""What happens to things dropped on the canvas: a kind from the library becomes a node, files go to the studio."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMimeData, QPointF
from PySide6.QtGui import QDropEvent

from engine.base.errors import Refused
from engine.graph.graph import Graph
from engine.plan.ports import ports_of
from gui.canvas import placing
from gui.canvas.geometry import Point, Rect, Wired, shape_of
from gui.canvas.hover import NOTHING, Hover
from gui.canvas.placing import WireEnd
from gui.canvas.room import moved_away, on_free_ground, right_of, with_room

if TYPE_CHECKING:
    from gui.canvas.view import Canvas

KIND_MIME: Final = "application/x-baton-kind"
"""What the library drags: the kind's name in UTF-8."""


def takes(data: QMimeData) -> bool:
    """Whether the canvas can do something with it."""
    return data.hasFormat(KIND_MIME) or data.hasUrls() or data.hasText()


def aim(canvas: Canvas, data: QMimeData, view: Point) -> Hover:
    """What would take a thing dropped at a view point: the wire that a node is spliced into."""
    point = canvas.camera.to_scene(view)
    found = canvas.under.edge(point) if data.hasFormat(KIND_MIME) and canvas.scene.node_at(point) is None else None
    return Hover(edge=found[0].key) if found else NOTHING


def drop(canvas: Canvas, event: QDropEvent) -> None:
    """Acts on a drop at the pointer; on a wire, a node is spliced into it where it fits."""
    data, at = event.mimeData(), event.position()
    point = canvas.camera.to_scene((at.x(), at.y()))
    if data.hasFormat(KIND_MIME):
        kind = bytes(data.data(KIND_MIME).data()).decode("utf-8", "replace")
        add_kind(canvas, kind, point, edge=aim(canvas, data, (at.x(), at.y())).edge)
    else:
        canvas.dropped.emit(data, QPointF(*point))
    event.acceptProposedAction()


def add_kind(
    canvas: Canvas, kind: str, at: Point, *, wire: WireEnd | None = None, edge: str = "", covering: bool = True
) -> str:
    """Adds a node as one undo step and selects it. Returns its id, or "" when it was refused (which is said).

    Args:
        covering: it may cover others, since its place was pointed out.
    """
    session = canvas.session
    try:
        after, node = placing.add(session.graph, session.kinds, kind, at, wire=wire, edge=edge)
    except Refused as error:
        session.said.emit("warning", error.message, error.hint)
        return ""
    box, into = _box(canvas, after, node), session.graph.edges.get(edge)
    if into is not None and edge not in after.edges:
        after = with_room(after, node, into, canvas.scene, box)
    elif not covering:
        after = on_free_ground(after, node, canvas.scene, box)
    return _added(canvas, after, node)


def add_behind(canvas: Canvas, kind: str, nodes: Collection[str]) -> str:
    """Adds a node to the right of others and joins each of them to it, as one undo step. Returns like `add_kind`."""
    session = canvas.session
    try:
        after, node = placing.add(session.graph, session.kinds, kind, (0.0, 0.0))
        for before in nodes:
            after = placing.follow(after, session.kinds, before, node)
    except Refused as error:
        session.said.emit("warning", error.message, error.hint)
        return ""
    box = right_of(canvas.scene, nodes, _box(canvas, after, node))
    return _added(canvas, on_free_ground(after, node, canvas.scene, box), node)


def _box(canvas: Canvas, graph: Graph, node: str) -> Rect:
    """Where a node stands that is not drawn yet."""
    shape = shape_of(ports_of(graph, canvas.session.kinds, node), Wired())
    return Rect(*graph.places[node], shape.width, shape.height)


def _added(canvas: Canvas, after: Graph, node: str) -> str:
    session = canvas.session
    kind = session.kinds.get(after.nodes[node].kind)
    before = moved_away(canvas.scene, after)
    if not session.commit(after, f"Add {kind.title.lower() if kind else after.nodes[node].kind}"):
        return ""
    session.select([node])
    canvas.glide_from(before)
    canvas.reveal_selection()
    return node
