"""The timeline as one painted widget: a lane for each node, a bar for each attempt, a ruler, a playhead."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QBrush,
    QColor,
    QContextMenuEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QToolTip

from gui.theme.theme import Theme
from gui.theme.tokens import BAR_LIVE, BAR_PAST
from gui.views.lanes import Lane, Span, tick_text, ticks

ROW, HEAD, NAMES, BAR, EDGE, INDENT = 26, 34, 152, 14, 16, 14
GRAB = 5
"""Pixels beside the playhead that still take it."""
VEIL = 0.62
TICK = 90
"""Pixels that one mark of the ruler wants."""


class TimelineChart(QAbstractScrollArea):
    """Paints lanes that it is given; knows nothing of runs.

    Signals: `picked` with the node of the lane that was clicked or chosen with the arrows; `toggled` with the key of a
    lane to be opened or shut; `entered` with that of a double-clicked one; `menu_asked` with it and where; `scrubbed`
    with the seconds to which the playhead was dragged, None for the end; `stepped` with -1 or 1; `played` when playing
    is asked for.
    """

    picked = Signal(str)
    toggled = Signal(str)
    entered = Signal(str)
    menu_asked = Signal(str, QPoint)
    scrubbed = Signal(object)
    stepped = Signal(int)
    played = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.lanes: Sequence[Lane] = ()
        self.seconds = 0.0
        self.playhead: float | None = None
        self.past = False
        self.idle: list[tuple[float, float]] = []
        """Seconds between which nothing was at work."""
        self._dragging = False
        self.chosen: frozenset[str] = frozenset()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.setAccessibleName("Timeline")
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(self.viewport().update)
        theme.changed.connect(self.viewport().update)

    def show_lanes(self, lanes: Sequence[Lane], seconds: float, playhead: float | None, *, past: bool = False) -> None:
        """Shows these lanes over `seconds` of time; what is right of `playhead` (seconds) fades when it is `past`."""
        self.lanes, self.seconds, self.playhead, self.past = lanes, seconds, playhead, past
        busy = ", ".join(f"{lane.title}: {lane.spans[-1].status}" for lane in lanes[:20] if lane.spans)
        self.setAccessibleDescription(busy)
        self._fit()
        self.viewport().update()

    def show_idle(self, idle: list[tuple[float, float]]) -> None:
        """Shades the times, in seconds, at which nothing was at work."""
        self.idle = idle

    def choose(self, nodes: frozenset[str]) -> None:
        """Marks the lanes of these nodes."""
        self.chosen = nodes
        self.viewport().update()

    def x_of(self, seconds: float) -> float:
        """Where a moment is drawn."""
        left = self._px(NAMES)
        width = max(40.0, self.viewport().width() - left - self._px(100))
        return left + seconds / self._scale() * width

    def seconds_at(self, x: float) -> float | None:
        """The moment drawn at a place, not before the start; None at the end or behind it."""
        left = self.x_of(0.0)
        moment = (x - left) / max(1.0, self.x_of(self._scale()) - left) * self._scale()
        return None if moment >= self.seconds else max(0.0, moment)

    def lane_at(self, y: float) -> Lane | None:
        """The lane under a height of the viewport."""
        row = (y - self._px(HEAD) + self.verticalScrollBar().value()) // self._px(ROW)
        inside = y >= self._px(HEAD) and 0 <= row < len(self.lanes)
        return self.lanes[int(row)] if inside else None

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        first = self.verticalScrollBar().value() // self._px(ROW)
        last = first + self.viewport().height() // self._px(ROW) + 2
        painter.setClipRect(QRectF(0, self._px(HEAD) - 1, self.viewport().width(), self.viewport().height()))
        for start, end in self.idle:
            left, right = self.x_of(start), self.x_of(end)
            if right - left >= 2:
                box = QRectF(left, self._px(HEAD), right - left, self.viewport().height())
                painter.fillRect(box, QBrush(self._theme.colour("line"), Qt.BrushStyle.BDiagPattern))
        for row in range(first, min(last, len(self.lanes))):
            top = self._px(HEAD) + row * self._px(ROW) - self.verticalScrollBar().value()
            self._paint_lane(painter, self.lanes[row], top)
        painter.setClipping(False)
        self._paint_ruler(painter)
        self._paint_playhead(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._dragging = event.button() == Qt.MouseButton.LeftButton and self._grabs(event.position())
        if self._dragging:
            self.scrubbed.emit(self.seconds_at(event.position().x()))
            return
        lane = self.lane_at(event.position().y())
        if lane is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if lane.opens and event.position().x() < self._left(lane) + self._px(INDENT):
            self.toggled.emit(lane.key)
        elif lane.node:
            self.picked.emit(lane.node)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        lane = self.lane_at(event.position().y())
        if lane is not None and event.position().x() > self._left(lane) + self._px(INDENT):
            self.entered.emit(lane.key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        lane = self.lane_at(event.pos().y())
        if lane is not None:
            self.menu_asked.emit(lane.key, event.globalPos())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self.scrubbed.emit(self.seconds_at(event.position().x()))
        else:
            grabs = self._grabs(event.position())
            self.viewport().setCursor(Qt.CursorShape.SplitHCursor if grabs else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.stepped.emit(-1 if key == Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.scrubbed.emit(0.0 if key == Qt.Key.Key_Home else None)
        elif key == Qt.Key.Key_Space:
            self.played.emit()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Minus, Qt.Key.Key_Return):
            opening = {Qt.Key.Key_Plus: True, Qt.Key.Key_Minus: False}.get(key)
            for lane in self.lanes:
                if lane.node and lane.node in self.chosen and lane.opens and lane.opened != opening:
                    self.toggled.emit(lane.key)
        else:
            self._walk(event)

    def _walk(self, event: QKeyEvent) -> None:
        """Up and down choose a lane."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or not self.lanes:
            super().keyPressEvent(event)
            return
        rows = [row for row, lane in enumerate(self.lanes) if lane.node]
        at = next((place for place, row in enumerate(rows) if self.lanes[row].node in self.chosen), -1)
        row = rows[max(0, min(len(rows) - 1, at + step))]
        self.verticalScrollBar().setValue(max(0, (row + 2) * self._px(ROW) - self.viewport().height() + self._px(HEAD)))
        self.picked.emit(self.lanes[row].node)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            lane = self.lane_at(event.pos().y())
            words = "\n".join(f"{_words(span)}" for span in lane.spans) if lane else ""
            QToolTip.showText(event.globalPos(), f"{lane.title}\n{words or lane.note or 'not started'}" if lane else "")
            return True
        return super().viewportEvent(event)

    def _grabs(self, at: QPointF) -> bool:
        """Whether a press there takes the playhead: on the ruler, or on its line."""
        if self.playhead is None or at.x() < self._px(NAMES) - GRAB:
            return False
        return at.y() < self._px(HEAD) or abs(at.x() - self.x_of(self.playhead)) <= GRAB

    def _px(self, pixels: float) -> int:
        return self._theme.px(pixels)

    def _left(self, lane: Lane) -> int:
        """Where the name of a lane begins, or the sign before it that opens and shuts it."""
        return self._px(EDGE - 6 + lane.depth * INDENT)

    def _scale(self) -> float:
        """Seconds across the whole chart: a little more than the run, so that its end is not at the edge."""
        return max(1.0, self.seconds * 1.04)

    def _fit(self) -> None:
        need = self._px(HEAD) + len(self.lanes) * self._px(ROW) + 8
        self.verticalScrollBar().setRange(0, max(0, need - self.viewport().height()))
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setSingleStep(self._px(ROW))

    def _paint_lane(self, painter: QPainter, lane: Lane, top: float) -> None:
        theme, width, row = self._theme, self.viewport().width(), self._px(ROW)
        if lane.node and lane.node in self.chosen:
            painter.fillRect(QRectF(0, top, width, row), theme.colour("selected"))
        painter.fillRect(QRectF(self._px(NAMES), top + row - 1, width, 1), theme.colour(_soft(theme)))
        painter.setFont(theme.font("small"))
        painter.setPen(theme.colour("text" if lane.node in self.chosen else "muted"))
        begin = self._left(lane) + self._px(INDENT if lane.opens or lane.depth else 6)
        room = QRectF(begin, top, self._px(NAMES) - begin - 8, row)
        if lane.opens:
            sign = "▾" if lane.opened else "▸"
            painter.drawText(QRectF(self._left(lane), top, self._px(INDENT), row), Qt.AlignmentFlag.AlignVCenter, sign)
        left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        title = painter.fontMetrics().elidedText(lane.title, Qt.TextElideMode.ElideRight, int(room.width()))
        painter.drawText(room, left, title)
        for index, span in enumerate(lane.spans):
            limit = self.x_of(lane.spans[index + 1].start) if index + 1 < len(lane.spans) else float(width)
            self._paint_span(painter, span, top, limit)
        if lane.critical and lane.spans:
            self._underline(painter, lane, top)
        if lane.note:
            painter.setFont(theme.font("mono_small"))
            painter.setPen(theme.colour("faint"))
            painter.drawText(QRectF(self._px(NAMES), top, width, row), left, lane.note)

    def _underline(self, painter: QPainter, lane: Lane, top: float) -> None:
        """Marks a node that the end of the run waited for."""
        start, end = self.x_of(lane.spans[0].start), self.x_of(lane.spans[-1].end)
        low = top + (self._px(ROW) + self._px(BAR)) / 2 + 1
        painter.fillRect(QRectF(start, low, max(3.0, end - start), 2), self._theme.colour("accent"))

    def _paint_span(self, painter: QPainter, span: Span, top: float, limit: float) -> None:
        theme, tall = self._theme, self._px(BAR)
        start, end = self.x_of(span.start), self.x_of(span.end)
        box = QRectF(start, top + (self._px(ROW) - tall) / 2, max(3.0, end - start), tall)
        share = BAR_LIVE if span.live else BAR_PAST
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.colour(theme.tokens.tint(theme.tokens.state(span.status), share)))
        painter.drawRoundedRect(box, 3.5, 3.5)
        painter.setFont(theme.font("mono_small"))
        room = limit - box.right() - 12
        if span.caption and room > 24:
            painter.setPen(theme.colour("faint"))
            words = painter.fontMetrics().elidedText(span.caption, Qt.TextElideMode.ElideRight, int(room))
            place = QRectF(box.right() + 8, top, room, self._px(ROW))
            painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_ruler(self, painter: QPainter) -> None:
        painter.setFont(self._theme.font("mono_small"))
        painter.setPen(self._theme.colour("faint"))
        width = self.viewport().width() - self._px(NAMES)
        marks = ticks(self._scale(), max(1.0, width / self._px(TICK)))
        step = marks[1] if len(marks) > 1 else 1.0
        for mark in marks:
            at = self.x_of(mark)
            place = QRectF(at, 0, self._px(TICK), self._px(HEAD) - 4)
            if at < self.viewport().width() - 24:
                painter.drawText(
                    place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, tick_text(mark, step)
                )

    def _paint_playhead(self, painter: QPainter) -> None:
        if self.playhead is None:
            return
        at, colour = self.x_of(self.playhead), self._theme.colour("accent")
        painter.setPen(Qt.PenStyle.NoPen)
        top = self._px(14)
        if self.past:
            later = _veil(self._theme)
            painter.fillRect(QRectF(at, self._px(HEAD), self.viewport().width() - at, self.viewport().height()), later)
        painter.setBrush(colour)
        painter.drawRect(QRectF(at - 1, top, 2, self.viewport().height() - top))
        painter.drawEllipse(QPointF(at, top), 5, 5)


def _words(span: Span) -> str:
    return f"{span.status}, {span.start:.1f} s to {span.end:.1f} s  {span.caption}".rstrip()


def _veil(theme: Theme) -> QColor:
    """What lies over that which has not happened yet."""
    veil = QColor(theme.colour("panel"))
    veil.setAlphaF(VEIL)
    return veil


def _soft(theme: Theme) -> str:
    """The line between two lanes: half of an ordinary one."""
    return theme.tokens.tint(theme.tokens.line, 0.45)
