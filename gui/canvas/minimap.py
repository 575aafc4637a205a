"""The whole graph in a corner, with the part that is seen: drawn once for each change, looked at on every frame."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from engine.graph.records import Frame, Note
from gui.bridge.display import Display
from gui.bridge.versions import News
from gui.canvas.geometry import Point, Rect
from gui.canvas.ink import Ink
from gui.canvas.paint_far import Groups, block_role
from gui.canvas.paint_mark import colour_of
from gui.canvas.scene import Scene

WIDTH, HEIGHT, GAP, INSET = 172.0, 112.0, 18.0, 7.0
ROOM_NEEDED = (520.0, 320.0)
"""In a smaller view there is no minimap."""
ROOM_WANTED = (960.0, 600.0)
"""In a smaller view it is smaller too, down to `LEAST` of its size."""
LEAST = 0.65


class Minimap:
    """Draws and measures the minimap of a view."""

    def __init__(self, scene: Scene, display: Display) -> None:
        self._scene, self._display = scene, display
        self._picture: QPixmap | None = None
        self._shown: Rect | None = None
        self._size = WIDTH, HEIGHT
        self._gives_way = False
        self.held = False
        """Whether somebody travels in it: then it stays."""
        self._laid_out: object = None
        self._news = News(scene.versions, display.versions)
        self._groups = Groups[str, QRectF]()

    def invalidate(self) -> None:
        """The look changed."""
        self._picture = None

    def draw(self, ink: Ink, ratio: float, view: Point) -> None:
        """Draws it anew: the graph, its states or the room for it changed.

        Args:
            ratio: device pixels for each view pixel.
        """
        self._size = _size(view)
        self._picture = self._drawn(ink, ratio)

    def give_way(self, view: Point, seen: Rect) -> bool:
        """Where the whole graph is in sight it has nothing to tell, and nodes below it come first.

        Args:
            seen: the part of the canvas in the view, in canvas units.

        Returns:
            Whether it came or went.
        """
        if self.held:
            return False
        before, self._gives_way = self._gives_way, False
        box, whole = self.box(view), self._scene.bounds()
        if box and whole and seen.contains(whole.x, whole.y) and seen.contains(whole.right, whole.bottom):
            scale = seen.w / view[0]
            below = Rect(seen.x + box.x * scale, seen.y + box.y * scale, box.w * scale, box.h * scale)
            self._gives_way = any(item.rect.meets(below) for item in self._scene.nodes_in(below))
        return self._gives_way != before

    def box(self, view: Point) -> Rect | None:
        """Where it lies in a view of that size; None when there is none."""
        if self._gives_way or not self._scene.nodes or view[0] < ROOM_NEEDED[0] or view[1] < ROOM_NEEDED[1]:
            return None
        width, height = _size(view)
        return Rect(view[0] - width - GAP, view[1] - height - GAP, width, height)

    def holds(self, at: Point, view: Point) -> bool:
        """Whether a view point lies in it."""
        box = self.box(view)
        return box is not None and box.contains(*at)

    def to_scene(self, at: Point, view: Point) -> Point | None:
        """The canvas point that a view point inside the minimap stands for."""
        box = self.box(view)
        if box is None or self._shown is None:
            return None
        scale, left, top = _fit(self._shown, self._size)
        return (at[0] - box.x - left) / scale, (at[1] - box.y - top) / scale

    def paint(self, p: QPainter, ink: Ink, view: Point, seen: Rect) -> None:
        """Draws it. The painter's units are view pixels.

        Args:
            seen: the part of the canvas in the view, in canvas units.
        """
        box = self.box(view)
        if box is None:
            return
        ratio = p.device().devicePixelRatioF()
        if self._picture is None or self._picture.devicePixelRatio() != ratio or self._size != (box.w, box.h):
            self.draw(ink, ratio, view)
        if self._picture is not None:
            p.drawPixmap(QRectF(*box), self._picture, QRectF(self._picture.rect()))
        if self._shown is None:
            return
        scale, left, top = _fit(self._shown, self._size)
        frame = QRectF(box.x + left + seen.x * scale, box.y + top + seen.y * scale, seen.w * scale, seen.h * scale)
        inside = QRectF(*box.grown(-INSET + 1))
        p.setPen(QPen(ink.colour("accent"), 1.2))
        p.setBrush(ink.colour("accent", 0.05))
        p.drawRoundedRect(frame.intersected(inside), 3, 3)

    def _drawn(self, ink: Ink, ratio: float) -> QPixmap:
        width, height = self._size
        picture = QPixmap(round(width * ratio), round(height * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        p = QPainter(picture)
        p.setRenderHint(QPainter.RenderHint.Antialiasing)
        p.setPen(QPen(ink.colour("line"), 1))
        p.setBrush(ink.colour("panel", 0.94))
        p.drawRoundedRect(QRectF(0.5, 0.5, width - 1, height - 1), 7, 7)
        self._shown = self._scene.bounds()
        if self._shown is not None:
            fit = _fit(self._shown, self._size)
            self._marks(p, ink, *fit)
            self._blocks(p, ink, *fit)
        p.end()
        return picture

    def _marks(self, p: QPainter, ink: Ink, scale: float, left: float, top: float) -> None:
        """Frames in their colours and notes, below the nodes."""
        graph, marks = self._scene.graph, self._scene.marks
        every: list[Frame | Note] = [*graph.frames.values(), *graph.notes.values()]
        for mark in every:
            x, y, w, h = marks.place(mark)
            line = colour_of(ink, mark.color) if isinstance(mark, Frame) else QColor(ink.colour("faint"))
            fill = QColor(line)
            line.setAlphaF(0.55)
            fill.setAlphaF(0.16)
            p.setPen(QPen(line, 1))
            p.setBrush(fill)
            p.drawRect(QRectF(x * scale + left, y * scale + top, max(2.0, w * scale), max(2.0, h * scale)))

    def _blocks(self, p: QPainter, ink: Ink, scale: float, left: float, top: float) -> None:
        scene, display = self._scene, self._display
        changed, laid_out = self._news.read(), (scale, left, top)
        if changed is None or laid_out != self._laid_out:
            changed, self._groups = None, Groups()
        self._laid_out = laid_out
        for node in scene.nodes if changed is None else changed.nodes:
            item = scene.nodes.get(node)
            if item is None:
                self._groups.drop(node)
                continue
            role = block_role(item, display.outline(node))
            box = QRectF(item.x * scale + left, item.y * scale + top,
                         max(1.5, item.shape.width * scale), max(1.0, item.shape.height * scale))  # fmt: skip
            self._groups.put(node, role if role.startswith("state:") else "idle", [box])
        p.setPen(Qt.PenStyle.NoPen)
        for role, boxes in self._groups.lists().items():
            p.setBrush(ink.colour(role, 1.0 if role != "idle" else 0.65))
            p.drawRects(boxes)


def _size(view: Point) -> Point:
    """Width and height in a view of that size, in whole pixels."""
    share = max(LEAST, min(1.0, view[0] / ROOM_WANTED[0], view[1] / ROOM_WANTED[1]))
    return float(round(WIDTH * share)), float(round(HEIGHT * share))


def _fit(shown: Rect, size: Point) -> tuple[float, float, float]:
    """Scale and offset that put an area of the canvas into the middle of a minimap of that size."""
    room = size[0] - 2 * INSET - 6, size[1] - 2 * INSET - 6
    scale = min(room[0] / max(shown.w, 400.0), room[1] / max(shown.h, 300.0), 0.12)
    return scale, size[0] / 2 - shown.centre[0] * scale, size[1] / 2 - shown.centre[1] * scale
