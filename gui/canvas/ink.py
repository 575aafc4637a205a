"""Fonts, colours and laid-out text for the canvas, each made once: painting a thousand nodes must not shape text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from PySide6.QtCore import QByteArray, QPointF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QStaticText
from PySide6.QtSvg import QSvgRenderer

from gui.canvas.wrap import Stream, elided, grown, head, tail
from gui.theme import tokens as t
from gui.theme.icons import Icons
from gui.theme.svg import icon_source
from gui.theme.theme import FontRole, Theme

Style = Literal["title", "line", "pill", "body", "mono", "note"]

_FONTS: Final[dict[Style, tuple[FontRole, int, QFont.Weight]]] = {
    "title": ("title", t.SIZE_TITLE, QFont.Weight.DemiBold),
    "line": ("small", t.SIZE_SMALL, QFont.Weight.Normal),
    "pill": ("tiny", t.SIZE_TINY, QFont.Weight.Normal),
    "body": ("small", t.SIZE_SMALL, QFont.Weight.Normal),
    "mono": ("mono_small", t.SIZE_TINY, QFont.Weight.Normal),
    "note": ("body", t.SIZE_BODY, QFont.Weight.Normal),
}
_STREAMS, _NAMED = 256, 64
"""Growing texts that are kept, and letters by which one is known again."""
_KEEP: Final = 20_000
"""Laid-out texts kept; when there are more, all are forgotten and made again as needed."""


class Ink:
    """What the canvas draws with, in the look of `theme`.

    Sizes are those of the design: a canvas is enlarged by its zoom, not by the user's font scale.
    """

    def __init__(self, theme: Theme, icons: Icons) -> None:
        self.theme, self.icons = theme, icons
        self._fonts: dict[Style, QFont] = {}
        self._heights: dict[Style, float] = {}
        self._ascents: dict[Style, float] = {}
        self._measures: dict[Style, Callable[[str], float]] = {}
        self._texts: dict[tuple[Style, str], QStaticText] = {}
        self._icons: dict[tuple[str, str], QSvgRenderer] = {}
        self._elided: dict[tuple[Style, str, float], str] = {}
        self._colours: dict[tuple[str, float], QColor] = {}
        self._streams: dict[tuple[str, float, int], Stream] = {}
        self._wrapped: dict[tuple[Style, str, float, int], list[str]] = {}

    def forget(self) -> None:
        """Drops all that depends on the look."""
        for cache in (self._fonts, self._heights, self._measures, self._texts, self._colours, self._wrapped):
            cache.clear()
        self._elided.clear()
        self._streams.clear()
        self._icons.clear()

    def colour(self, role: str, alpha: float = 1.0) -> QColor:
        """A colour of the theme, `alpha` 0 to 1."""
        found = self._colours.get((role, alpha))
        if found is None:
            found = QColor(self.theme.colour(role))
            found.setAlphaF(alpha)
            self._colours[role, alpha] = found
        return found

    def icon(self, name: str, role: str) -> QSvgRenderer:
        """An icon in a colour, to be rendered at any size."""
        key = name, self.colour(role).name()
        found = self._icons.get(key)
        if found is None:
            found = self._icons[key] = QSvgRenderer(QByteArray(icon_source(*key)))
        return found

    def font(self, style: Style) -> QFont:
        found = self._fonts.get(style)
        if found is None:
            role, pixels, weight = _FONTS[style]
            found = QFont(self.theme.font(role, weight))
            found.setPixelSize(pixels)
            self._fonts[style] = found
        return found

    def measure(self, style: Style) -> Callable[[str], float]:
        """Gives the width of texts in a style, remembering each word it was asked."""
        found = self._measures.get(style)
        if found is None:
            metrics = QFontMetricsF(self.font(style))
            widths: dict[str, float] = {}
            space = metrics.horizontalAdvance(" ")

            def width(text: str) -> float:
                total, words = 0.0, text.split(" ")
                for word in words:
                    known = widths.get(word)
                    if known is None:
                        if len(widths) > _KEEP:
                            widths.clear()
                        known = widths[word] = metrics.horizontalAdvance(word)
                    total += known
                return total + space * (len(words) - 1)

            found = self._measures[style] = width
        return found

    def elide(self, style: Style, text: str, width: float) -> str:
        """A text cut to a width."""
        key = style, text, width
        found = self._elided.get(key)
        if found is None:
            if len(self._elided) > _KEEP:
                self._elided.clear()
            found = self._elided[key] = elided(text, width, self.measure(style))
        return found

    def lines(self, text: str, width: float, count: int, *, end: bool, style: Style = "body") -> list[str]:
        """A text's first lines in a box, or its last ones (`end`; these in the style `body`)."""
        if end:
            return self._streamed(text, width, count)
        key = style, text, width, count
        found = self._wrapped.get(key)
        if found is None:
            if len(self._wrapped) > 4096:
                self._wrapped.clear()
            found = self._wrapped[key] = head(text, width, count, self.measure(style))
        return found

    def _streamed(self, text: str, width: float, count: int) -> list[str]:
        """The last lines of a text that grows: kept for the text that it is now, to go on from."""
        key = text[:_NAMED], width, count
        known, measure = self._streams.get(key), self.measure("body")
        if known is not None and known.text == text:
            return known.lines[-count:]
        follows = known is not None and text.startswith(known.text)
        made = grown(known, text, width, count, measure) if follows and known else tail(text, width, count, measure)
        if len(self._streams) > _STREAMS:
            self._streams.clear()
        self._streams[key] = Stream(text, made)
        return made

    def height(self, style: Style) -> float:
        """The height of a line."""
        found = self._heights.get(style)
        if found is None:
            found = self._heights[style] = QFontMetricsF(self.font(style)).height()
        return found

    def write_once(self, p: QPainter, style: Style, text: str, x: float, middle: float, colour: QColor) -> None:
        """The same for a text that is another one soon: nothing of it is kept."""
        p.setFont(self.font(style))
        p.setPen(colour)
        ascent = self._ascents.get(style)
        if ascent is None:
            ascent = self._ascents[style] = QFontMetricsF(self.font(style)).ascent()
        p.drawText(QPointF(x, middle - self.height(style) / 2 + ascent), text)

    def write(self, p: QPainter, style: Style, text: str, x: float, middle: float, colour: QColor) -> None:
        """Writes one line beginning at `x`, its middle at the height `middle`, in the painter's units."""
        if not text:
            return
        key = style, text
        static = self._texts.get(key)
        if static is None:
            if len(self._texts) > _KEEP:
                self._texts.clear()
            static = QStaticText(text)
            static.setTextFormat(Qt.TextFormat.PlainText)
            static.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            static.prepare(font=self.font(style))
            self._texts[key] = static
        p.setFont(self.font(style))
        p.setPen(colour)
        p.drawStaticText(QPointF(x, middle - self.height(style) / 2), static)
