"""The timeline as one painted widget: a lane for each node, a bar for each attempt, a ruler, a playhead."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Signal
from PySide6.QtGui import (
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
from gui.views.lanes import Lane, Span
from gui.views.timeline_paint import TimelinePainter
from gui.views.timeline_places import HEAD, NAMES, ROW, Places

GRAB = 5
"""Pixels beside the playhead that still take it."""


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

    @property
    def places(self) -> Places:
        """Where it has what at this moment."""
        view = self.viewport()
        return Places(self._theme.px, view.width(), view.height(), self.seconds, self.verticalScrollBar().value())

    def lane_at(self, y: float) -> Lane | None:
        """The lane under a height of the viewport."""
        row = self.places.row_at(y)
        return self.lanes[row] if row is not None and 0 <= row < len(self.lanes) else None

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = TimelinePainter(QPainter(self.viewport()), self._theme, self.places)
        painter.lanes(self.lanes, self.chosen, self.idle)
        painter.ruler()
        if self.playhead is not None:
            painter.playhead(self.playhead, past=self.past)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._dragging = event.button() == Qt.MouseButton.LeftButton and self._grabs(event.position())
        if self._dragging:
            self.scrubbed.emit(self.places.seconds_at(event.position().x()))
            return
        lane = self.lane_at(event.position().y())
        if lane is None or event.button() != Qt.MouseButton.LeftButton:
            return
        if lane.opens and event.position().x() < self.places.name_of(lane):
            self.toggled.emit(lane.key)
        elif lane.node:
            self.picked.emit(lane.node)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        lane = self.lane_at(event.position().y())
        if lane is not None and event.position().x() > self.places.name_of(lane):
            self.entered.emit(lane.key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        lane = self.lane_at(event.pos().y())
        if lane is not None:
            self.menu_asked.emit(lane.key, event.globalPos())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self.scrubbed.emit(self.places.seconds_at(event.position().x()))
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
        self.verticalScrollBar().setValue(
            max(0, (row + 2) * self._theme.px(ROW) - self.viewport().height() + self._theme.px(HEAD))
        )
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
        if self.playhead is None or at.x() < self._theme.px(NAMES) - GRAB:
            return False
        return at.y() < self._theme.px(HEAD) or abs(at.x() - self.places.x_of(self.playhead)) <= GRAB

    def _fit(self) -> None:
        need = self._theme.px(HEAD) + len(self.lanes) * self._theme.px(ROW) + 8
        self.verticalScrollBar().setRange(0, max(0, need - self.viewport().height()))
        self.verticalScrollBar().setPageStep(self.viewport().height())
        self.verticalScrollBar().setSingleStep(self._theme.px(ROW))


def _words(span: Span) -> str:
    return f"{span.status}, {span.start:.2f} s to {span.end:.2f} s  {span.caption}".rstrip()
