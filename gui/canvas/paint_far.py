"""Draws the canvas from afar: nodes as blocks and edges as straight lines, all of one colour in one call."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from gui.bridge.display import Display
from gui.bridge.faces import EdgeFace, Face
from gui.bridge.versions import News
from gui.canvas.items import EdgeItem, NodeItem
from gui.canvas.scene import Scene
from gui.canvas.sheet import Sheet

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")

Lines = Mapping[tuple[str, float], Sequence[QLineF]]
"""Edges from afar by the colour (role of the theme) and opacity that they are drawn in; canvas units."""
Blocks = Mapping[tuple[str, bool], Sequence[QRectF]]
"""Nodes from afar by their role and whether they are selected; canvas units."""


class Far:
    """All of a graph ready to be drawn from afar: made once, good for every camera, made again where it changes."""

    def __init__(self, scene: Scene, display: Display) -> None:
        self._scene, self._display = scene, display
        self._news = News(scene.versions, display.versions)
        self._selection: frozenset[str] = frozenset()
        self._lines = Groups[tuple[str, float], QLineF]()
        self._blocks = Groups[tuple[str, bool], QRectF]()

    def ready(self, selection: frozenset[str]) -> tuple[Lines, Blocks]:
        """All edges and all nodes."""
        scene, display = self._scene, self._display
        changed = self._news.read()
        nodes, edges = changed or (scene.nodes, scene.edges)
        if changed is None:
            self._lines, self._blocks = Groups(), Groups()
        for key in edges:
            if (edge := scene.edges.get(key)) is None:
                self._lines.drop(key)
                continue
            face = display.edge(key)
            self._lines.put(key, (face.colour, face.alpha), lines_of(edge))
        for node in {*nodes, *(selection ^ self._selection)}:
            if (item := scene.nodes.get(node)) is None:
                self._blocks.drop(node)
                continue
            self._blocks.put(node, (block_role(item, display.outline(node)), node in selection), [block_of(item)])
        self._selection = selection
        return self._lines.lists(), self._blocks.lists()


class Groups(Generic[K, T]):
    """Things that belong to a name, gathered by how they are drawn."""

    def __init__(self) -> None:
        self._where: dict[str, K] = {}
        self._groups: dict[K, dict[str, list[T]]] = {}
        self._lists: dict[K, list[T]] = {}

    def put(self, name: str, key: K, things: list[T]) -> None:
        """Puts what belongs to a name into a group, out of the one where it was."""
        was = self._where.get(name)
        if was == key and self._groups[key][name] == things:
            return
        self.drop(name)
        self._where[name] = key
        self._groups.setdefault(key, {})[name] = things
        self._lists.pop(key, None)

    def drop(self, name: str) -> None:
        """Takes out what belongs to a name, if there is anything."""
        was = self._where.pop(name, None)
        if was is not None:
            del self._groups[was][name]
            self._lists.pop(was, None)

    def lists(self) -> Mapping[K, list[T]]:
        """What is in each group."""
        for key, group in self._groups.items():
            if key not in self._lists:
                self._lists[key] = [thing for things in group.values() for thing in things]
        return self._lists


def lines_of(item: EdgeItem) -> list[QLineF]:
    """An edge as straight lines."""
    return [QLineF(*piece.a, *piece.b) for piece in item.curve.pieces]


def block_of(item: NodeItem) -> QRectF:
    """A node as a block."""
    return QRectF(item.x, item.y, item.shape.width, item.shape.height)


def lines_in(edges: Iterable[EdgeItem], face_of: Callable[[str], EdgeFace]) -> Lines:
    """Some edges as straight lines."""
    groups: dict[tuple[str, float], list[QLineF]] = {}
    for item in edges:
        face = face_of(item.key)
        groups.setdefault((face.colour, face.alpha), []).extend(lines_of(item))
    return groups


def blocks_in(nodes: Iterable[NodeItem], face_of: Callable[[str], Face], selection: frozenset[str]) -> Blocks:
    """Some nodes as blocks in the colour of their state, else of their kind."""
    groups: dict[tuple[str, bool], list[QRectF]] = {}
    for item in nodes:
        groups.setdefault((block_role(item, face_of(item.id)), item.id in selection), []).append(block_of(item))
    return groups


def paint_far(sheet: Sheet, lines: Lines, blocks: Blocks) -> None:
    """Draws edges as hairlines and nodes above them. The painter's units are canvas units."""
    p, ink = sheet.painter, sheet.ink
    p.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    for (role, alpha), group in lines.items():
        p.setPen(QPen(ink.colour(role, alpha), 0))
        p.drawLines(group)
    for (role, selected), boxes in blocks.items():
        state = role.startswith("state:")
        role = role.replace("mark:", "state:")
        p.setBrush(ink.colour(role, 0.85) if state else ink.colour("node"))
        p.setPen(QPen(ink.colour("accent"), 2 / sheet.zoom) if selected else _far_pen(sheet, role, state=state))
        p.drawRects(boxes)
    p.setRenderHint(QPainter.RenderHint.Antialiasing, True)


def block_role(item: NodeItem, face: Face) -> str:
    """The colour of a node seen from afar. A problem at rest colours its outline: only a run fills blocks."""
    if face.marked:
        return f"mark:{face.status}"
    if item.caption.aside:
        return "line"
    idle = face.status in ("", "queued", "skipped", "cancelled")
    return f"kind:{item.caption.colour}" if idle else f"state:{face.status}"


def _far_pen(sheet: Sheet, role: str, *, state: bool) -> QPen:
    return QPen(Qt.PenStyle.NoPen) if state else QPen(sheet.ink.colour(role, 0.7), 0)
