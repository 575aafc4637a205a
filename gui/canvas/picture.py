"""Draws a whole graph, with a run or without, as PNG or SVG; the graph itself travels inside the picture."""

from __future__ import annotations

import os
from functools import cache
from typing import Final

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QSize
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication

from engine.base.errors import BatonError
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.run.view import View
from gui.bridge.captions import Captions
from gui.bridge.display import Display
from gui.canvas.chrome import ChromeCache
from gui.canvas.geometry import Rect
from gui.canvas.ink import Ink
from gui.canvas.overlay import Overlay
from gui.canvas.renderer import Renderer
from gui.canvas.scene import Scene
from gui.canvas.sheet import Sheet
from gui.theme.fonts import load_fonts
from gui.theme.icons import Icons
from gui.theme.theme import Theme

MARGIN: Final = 40.0
WIDEST: Final = 16_000
"""Pixels that a picture has at most on a side: a larger graph is drawn smaller."""


class Picture:
    """A graph ready to be drawn. Works without a window and without a running application.

    Args:
        view: a run to show on it; its last moment is drawn.
        dark: the dark look, else the light one.
        calm: as under reduced motion: what would move is drawn as it stands.
    """

    def __init__(
        self, graph: Graph, kinds: Kinds, *, view: View | None = None, dark: bool = False, calm: bool = False
    ) -> None:  # fmt: skip
        _application()
        self._graph = graph
        theme = Theme("dark" if dark else "light", reduced_motion=calm, font_scale=1.0)
        self.scene, self._display = Scene(Captions(kinds)), Display()
        self.scene.rebuild(graph)
        self._display.show(view, graph, live=False)
        self._ink = Ink(theme, Icons(theme))
        self.renderer = Renderer(self.scene, self._display)
        self._overlay = Overlay(self.scene, self._display, self.renderer)
        self._area = (self.scene.bounds() or Rect(0, 0, 400, 200)).grown(MARGIN)

    def image(self, scale: float = 2.0) -> QImage:
        """The picture with `scale` pixels for each canvas unit (fewer for a graph that would be too large)."""
        scale = min(scale, WIDEST / self._area.w, WIDEST / self._area.h)
        image = QImage(round(self._area.w * scale), round(self._area.h * scale), QImage.Format.Format_RGB32)
        p = QPainter(image)
        p.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        self._paint(p, scale, vector=False)
        p.end()
        image.setDotsPerMeterX(round(3780 * scale))
        image.setDotsPerMeterY(round(3780 * scale))
        return image

    def png(self, scale: float = 2.0) -> bytes:
        """The picture as a PNG file with the graph inside."""
        from engine.files import dumps
        from engine.files.png import with_graph

        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        if not QImageWriter(buffer, QByteArray(b"png")).write(self.image(scale)):
            raise BatonError("The picture could not be written.", "Try a smaller scale.")
        return with_graph(bytes(data.data()), dumps(self._graph))

    def svg(self) -> bytes:
        """The picture as an SVG file, shapes and text, with the graph inside."""
        from engine.files import dumps
        from engine.files.svg import with_graph

        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        generator = QSvgGenerator()
        generator.setOutputDevice(buffer)
        size = QSize(round(self._area.w), round(self._area.h))
        generator.setSize(size)
        generator.setViewBox(QRect(0, 0, size.width(), size.height()))
        generator.setTitle(self._graph.name or "Graph")
        generator.setDescription(self._graph.description)
        p = QPainter(generator)
        self._paint(p, 1.0, vector=True)
        p.end()
        buffer.close()
        return with_graph(bytes(data.data()).decode("utf-8"), dumps(self._graph)).encode("utf-8")

    def _paint(self, p: QPainter, scale: float, *, vector: bool) -> None:
        area = self._area
        sheet = Sheet(p, self._ink, ChromeCache(self._ink), scale, -round(area.x * scale), -round(area.y * scale),
                      max(scale, 1.0), vector=vector)  # fmt: skip
        self.renderer.paint(sheet, Rect(0, 0, area.w * scale, area.h * scale), pixel=scale)
        self._overlay.paint(sheet, area, calm=self._ink.theme.reduced_motion)


class _Png:
    """`baton export --to png` and Share > Picture."""

    name, title, suffix = "png", "Picture (PNG)", ".png"
    window_bound = True

    def export(self, graph: Graph, kinds: Kinds) -> bytes:
        return Picture(graph, kinds).png()

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """What is wrong with a picture that was written, in one sentence; "" when its graph reads back equal."""
        from engine.files.png import graph_in

        return _differs(graph_in(data), graph)


class _Svg:
    """`baton export --to svg`."""

    name, title, suffix = "svg", "Picture (SVG)", ".svg"
    window_bound = True

    def export(self, graph: Graph, kinds: Kinds) -> bytes:
        return Picture(graph, kinds).svg()

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """As for a PNG."""
        from engine.files.svg import graph_in

        return _differs(graph_in(data.decode("utf-8")), graph)


def _differs(text: str, graph: Graph) -> str:
    from engine.files import loads

    if not text:
        return "The picture carries no graph."
    return "" if loads(text) == graph else "The graph in the picture is not the one that was drawn."


PNG: Final = _Png()
SVG: Final = _Svg()


@cache
def _application() -> QApplication:
    """The application that Qt draws with: the running one, else one without a screen.

    It is one for widgets, although pictures need none: there is only one in a process, and windows may follow.
    """
    running = QApplication.instance()
    if not isinstance(running, QApplication):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        running = QApplication(["baton"])
    load_fonts()
    return running
