"""How the timeline looks: names, bars, ruler, playhead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from gui.theme.theme import Theme
from gui.theme.tokens import BAR_LIVE, BAR_PAST
from gui.views.lanes import Lane, Span, joined, tick_text, ticks
from gui.views.timeline_places import BAR, HEAD, INDENT, NAMES, ROW, Places

VEIL = 0.62
TICK = 90
"""Pixels that one mark of the ruler wants."""
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class TimelinePainter:
    """Paints one frame."""

    def __init__(self, painter: QPainter, theme: Theme, places: Places) -> None:
        self._painter, self._theme, self._at = painter, theme, places
        self._words: list[QRectF] = []
        """Where words stand beside bars: the playhead passes behind them."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def lanes(
        self, lanes: Sequence[Lane], chosen: frozenset[str], idle: Iterable[tuple[float, float]]
    ) -> None:  # fmt: skip
        """The lanes that are seen, those of `chosen` nodes marked; `idle` times, in seconds, are shaded."""
        painter, at = self._painter, self._at
        painter.setClipRect(QRectF(0, at.px(HEAD) - 1, at.width, at.height))
        for start, end in idle:
            left, right = at.x_of(start), at.x_of(end)
            if right - left >= 2:
                box = QRectF(left, at.px(HEAD), right - left, at.height)
                painter.fillRect(box, QBrush(self._theme.colour("line"), Qt.BrushStyle.BDiagPattern))
        for row in at.rows:
            if row < len(lanes):
                lane = lanes[row]  # made when it is asked for
                self._lane(lane, at.top_of(row), chosen=lane.node in chosen)
        painter.setClipping(False)

    def ruler(self) -> None:
        """The marks above."""
        painter, at = self._painter, self._at
        painter.setFont(self._theme.font("mono_small"))
        painter.setPen(self._theme.colour("faint"))
        marks = ticks(at.scale, max(1.0, (at.width - at.px(NAMES)) / at.px(TICK)))
        step = marks[1] if len(marks) > 1 else 1.0
        for mark in marks:
            x = at.x_of(mark)
            if x < at.width - 24:
                place = QRectF(x, 0, at.px(TICK), at.px(HEAD) - 4)
                painter.drawText(
                    place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, tick_text(mark, step)
                )

    def playhead(self, moment: float, *, past: bool) -> None:
        """The line at a moment, in seconds; what comes later fades when it is `past`."""
        painter, at = self._painter, self._at
        x, top = at.x_of(moment), at.px(14)
        painter.setPen(Qt.PenStyle.NoPen)
        if past:
            veil = QColor(self._theme.colour("panel"))
            veil.setAlphaF(VEIL)
            painter.fillRect(QRectF(x, at.px(HEAD), at.width - x, at.height), veil)
        painter.setBrush(self._theme.colour("accent"))
        begin: float = top
        for words in self._words:  # from the top down
            if words.left() <= x <= words.right():
                painter.drawRect(QRectF(x - 1, begin, 2, words.top() - begin))
                begin = words.bottom()
        painter.drawRect(QRectF(x - 1, begin, 2, at.height - begin))
        painter.drawEllipse(QPointF(x, top), 5, 5)

    def _lane(self, lane: Lane, top: float, *, chosen: bool) -> None:
        painter, theme, at = self._painter, self._theme, self._at
        width, row = at.width, at.px(ROW)
        if lane.node and chosen:
            painter.fillRect(QRectF(0, top, width, row), theme.colour("selected"))
        between = theme.tokens.tint(theme.tokens.line, 0.45)  # half of an ordinary line
        painter.fillRect(QRectF(at.px(NAMES), top + row - 1, width, 1), theme.colour(between))
        self._name(lane, top, chosen=chosen)
        spans = joined(lane.spans)
        for index, span in enumerate(spans):
            limit = at.x_of(spans[index + 1].start) if index + 1 < len(spans) else float(width)
            self._span(span, top, limit)
        if lane.critical and lane.spans:
            self._underline(lane, top)
        if lane.note:
            painter.setFont(theme.font("mono_small"))
            painter.setPen(theme.colour("faint"))
            painter.drawText(QRectF(at.px(NAMES), top, width, row), _LEFT, lane.note)

    def _name(self, lane: Lane, top: float, *, chosen: bool) -> None:
        painter, theme, at = self._painter, self._theme, self._at
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("text" if chosen else "muted"))
        begin = at.name_of(lane) if lane.opens or lane.depth else at.left_of(lane) + at.px(6)
        room = QRectF(begin, top, at.px(NAMES) - begin - 8, at.px(ROW))
        if lane.opens:
            sign = "▾" if lane.opened else "▸"
            box = QRectF(at.left_of(lane), top, at.px(INDENT), at.px(ROW))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, sign)
        title = painter.fontMetrics().elidedText(lane.title, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, _LEFT, title)

    def _span(self, span: Span, top: float, limit: float) -> None:
        """A bar, and its words as far as they find room before `limit`."""
        painter, theme, tall = self._painter, self._theme, self._at.px(BAR)
        start, end = self._at.x_of(span.start), self._at.x_of(span.end)
        box = QRectF(start, top + (self._at.px(ROW) - tall) / 2, max(3.0, end - start), tall)
        share = BAR_LIVE if span.live else BAR_PAST
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(theme.tokens.tint(theme.tokens.state(span.status), share)))
        painter.drawRoundedRect(box, 3.5, 3.5)
        painter.setFont(theme.font("mono_small"))
        room = limit - box.right() - 12
        if span.caption and room > 24:
            painter.setPen(theme.colour("faint"))
            metrics, row = painter.fontMetrics(), self._at.px(ROW)
            words = metrics.elidedText(span.caption, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(QRectF(box.right() + 8, top, room, row), _LEFT, words)
            self._words.append(QRectF(box.right() + 4, top, metrics.horizontalAdvance(words) + 8, row))

    def _underline(self, lane: Lane, top: float) -> None:
        """Marks a node that the end of the run waited for."""
        at = self._at
        start, end = at.x_of(lane.spans[0].start), at.x_of(lane.spans[-1].end)
        low = top + (at.px(ROW) + at.px(BAR)) / 2 + 1
        self._painter.fillRect(QRectF(start, low, max(3.0, end - start), 2), self._theme.colour("accent"))
