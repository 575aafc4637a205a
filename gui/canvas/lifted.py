"""Draws what is lifted off the canvas: its picture is made once, and then only put elsewhere from frame to frame."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, floor

from PySide6.QtGui import QPainter, QTransform

from gui.canvas.geometry import Rect
from gui.canvas.lift import Lift
from gui.canvas.renderer import Renderer
from gui.canvas.sheet import Sheet
from gui.canvas.still import Still


class Lifted:
    """The layer of what is dragged. What fits a view is kept whole; of what is larger, the part that is seen."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._still = Still(clear=True)

    def invalidate(self, areas: list[Rect] | None, lift: Lift) -> None:
        """Areas of the canvas look different; None: something else was lifted, or the look changed."""
        if areas is None:
            self._still.invalidate_all()
            return
        dx, dy = lift.way
        for area in areas:
            self._still.invalidate(area)  # an inner edge's own box stays where it rests
            self._still.invalidate(area.moved(-dx, -dy))

    def paint(self, sheet: Sheet, lift: Lift, seen: Rect, size: tuple[int, int]) -> None:
        """Draws the wires to it, and it above them.

        Args:
            seen: what the view shows, in canvas units.
            size: of the view, in device pixels.
        """
        crossing = [edge for edge in lift.crossing if edge.box.meets(seen)]
        self._renderer.paint_items(sheet, [], crossing)
        scale = sheet.scale
        left, top = round(sheet.left + lift.way[0] * scale), round(sheet.top + lift.way[1] * scale)
        x, y = floor(lift.reach.x * scale), floor(lift.reach.y * scale)
        whole = ceil(lift.reach.right * scale) - x, ceil(lift.reach.bottom * scale) - y
        fits = whole[0] <= size[0] and whole[1] <= size[1]
        origin = (-x, -y) if fits else (left, top)

        def paint(painter: QPainter, area: Rect) -> None:
            self._paint_part(replace(sheet, painter=painter, pixels=QTransform()), lift, origin, area)

        picture = self._still.picture(whole if fits else size, scale, *origin, paint)
        sheet.painter.setTransform(sheet.pixels)
        sheet.painter.drawPixmap(left - origin[0], top - origin[1], picture)
        sheet.painter.setTransform(sheet.units)

    def _paint_part(self, sheet: Sheet, lift: Lift, origin: tuple[int, int], area: Rect) -> None:
        """Draws an area (device pixels of the picture) of what is lifted, as it looks at rest."""
        (left, top), scale = origin, sheet.scale
        part = Rect((area.x - left) / scale, (area.y - top) / scale, area.w / scale, area.h / scale)
        inner = [edge for edge in lift.inner.values() if edge.box.meets(part)]
        self._renderer.paint_items(replace(sheet, left=left, top=top), [], inner)
        nodes = [item for box, item in lift.nodes if box.meets(part)]
        back = left - lift.way[0] * scale, top - lift.way[1] * scale
        self._renderer.paint_items(replace(sheet, left=back[0], top=back[1]), nodes, [])
