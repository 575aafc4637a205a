"""The canvas's picture put together: the still picture, what is lifted off it, what moves, and what lies on top."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter, QTransform

from gui.bridge.display import Display
from gui.canvas.camera import FAR, Camera
from gui.canvas.chrome import ChromeCache
from gui.canvas.geometry import Point, Rect
from gui.canvas.hover import Hover
from gui.canvas.ink import Ink
from gui.canvas.lift import Lift
from gui.canvas.lifted import Lifted
from gui.canvas.minimap import Minimap
from gui.canvas.overlay import Overlay
from gui.canvas.paint_ground import paint_empty
from gui.canvas.renderer import Renderer
from gui.canvas.scene import Scene
from gui.canvas.sheet import Sheet
from gui.canvas.still import FEW, MANY, Still
from gui.canvas.tip import Tip, paint_tip
from gui.theme.icons import Icons
from gui.theme.theme import Theme

if TYPE_CHECKING:
    from gui.canvas.gesture import Gesture


class Layers:
    """Everything that is drawn of one canvas."""

    def __init__(self, scene: Scene, display: Display, theme: Theme, icons: Icons) -> None:
        self._scene, self._display, self._theme = scene, display, theme
        self.ink = Ink(theme, icons)
        self._chromes = ChromeCache(self.ink)
        self.renderer = Renderer(scene, display)
        self.minimap = Minimap(scene, display)
        self._overlay = Overlay(scene, display, self.renderer)
        self._still, self._lifted = Still(), Lifted(self.renderer)

    @property
    def behind(self) -> bool:
        """Whether some of what was painted last is still to be painted as it looks now."""
        return self._still.behind

    def another(self) -> None:
        """Another graph is shown: nothing of what was painted is to be seen any more."""
        self._still.forget()

    def forget(self) -> None:
        """The look changed: everything is drawn anew."""
        self.ink.forget()
        self._chromes.forget()
        self._overlay.forget()
        self.minimap.invalidate()
        self._still.forget()
        self.invalidate()

    def invalidate(self, areas: Iterable[Rect] | None = None) -> None:
        """Areas of the still picture (canvas units) changed; by default all of it."""
        found = None if areas is None else list(areas)
        if self._scene.lift is not None:
            self._lifted.invalidate(found, self._scene.lift)
        if found is None:
            self._still.invalidate_all()
            return
        for area in found:
            self._still.invalidate(area)

    def lift(self, lift: Lift) -> None:
        """Takes nodes off the still picture, to be drawn above it until they are put down."""
        self.renderer.lifted = lift.ids
        self.invalidate(lift.holes)
        self._lifted.invalidate(None, lift)

    def paint(
        self, p: QPainter, size: Point, camera: Camera, *, gesture: Gesture | None, hover: Hover, tip: Tip | None,
        seconds: float = inf,
    ) -> None:  # fmt: skip
        """Draws a view of `size` (view pixels).

        Args:
            seconds: for how long it may paint what stands still; what is left comes with the next frame (`behind`).
        """
        ratio = p.device().devicePixelRatioF()
        scale = camera.zoom * ratio
        left, top = -round(camera.x * scale), -round(camera.y * scale)

        def sheet(painter: QPainter, pixels: QTransform) -> Sheet:
            return Sheet(painter, self.ink, self._chromes, scale, left, top, camera.zoom, pixels)

        def paint_still(painter: QPainter, area: Rect) -> None:
            self.renderer.paint(sheet(painter, QTransform()), area, pixel=ratio)

        pixels = round(size[0] * ratio), round(size[1] * ratio)
        most = FEW if camera.zoom < FAR else MANY
        picture = self._still.picture(
            pixels, scale, left, top, paint_still, most, seconds=seconds, ground=self.ink.colour("ground")
        )  # fmt: skip
        down = QTransform.fromScale(1 / ratio, 1 / ratio)
        p.setTransform(down)
        p.drawPixmap(0, 0, picture)
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        above = sheet(p, down)
        seen = camera.rect_to_scene(Rect(0, 0, *size))
        if self._scene.lift is not None and self.renderer.lifted:
            self._lifted.paint(above, self._scene.lift, seen, pixels)
        self._above(above, seen, gesture, hover)
        p.resetTransform()
        self.minimap.paint(p, self.ink, size, seen)
        if not self._scene.nodes and not self._scene.graph.notes:
            paint_empty(above, size)
        if tip is not None:
            paint_tip(p, self.ink, tip, size)

    def _above(self, sheet: Sheet, seen: Rect, gesture: Gesture | None, hover: Hover) -> None:
        renderer, p = self.renderer, sheet.painter
        self._overlay.paint(sheet, seen, calm=self._theme.reduced_motion)
        p.setTransform(sheet.units)
        if gesture is not None:
            gesture.paint(sheet)
        elif hover.node or hover.edge:
            item = self._scene.nodes.get(hover.node)
            hover.paint(sheet, self._scene, renderer.socket_colours(item) if item else {})
