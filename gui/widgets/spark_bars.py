"""A few past runs as bars: how long each took and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from gui.theme.theme import Theme

_TALL, _LOW, _GAP, _MOST = 44, 10, 24, 44


@dataclass(frozen=True, slots=True)
class Bar:
    """One run: `value` (seconds, 0 and up) is its height, `status` its colour, `caption` the words below it."""

    value: float
    status: str
    caption: str


class SparkBars(QWidget):
    """Bars with captions; `picked` tells the index of the one clicked, or chosen with the arrows and Enter."""

    picked = Signal(int)

    def __init__(self, theme: Theme, bars: Sequence[Bar] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bars: tuple[Bar, ...] = ()
        self._at = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        theme.changed.connect(self._restyle)
        self.set_bars(bars)

    def set_bars(self, bars: Sequence[Bar]) -> None:
        self._bars = tuple(bars)
        self._at = min(self._at, len(self._bars) - 1)
        said = ", ".join(f"{bar.status} {bar.caption}" for bar in self._bars)
        self.setAccessibleName(f"Last runs: {said}" if said else "No runs yet")
        self._restyle()

    def sizeHint(self) -> QSize:
        return QSize(self._theme.px(286), self._theme.px(_TALL + 20))

    def bar_box(self, index: int) -> QRectF:
        """Where bar `index` is drawn, in this widget's pixels; the tallest value fills the height."""
        each = (self.width() + _GAP) / max(5, len(self._bars))
        tall = self._theme.px(_TALL)
        highest = max((bar.value for bar in self._bars), default=0.0)
        share = self._bars[index].value / highest if highest > 0 else 0.0
        height = _LOW + (tall - _LOW) * share
        return QRectF(index * each, tall - height, min(self._theme.px(_MOST), each - _GAP), height)

    def bar_at(self, point: QPointF) -> int:
        """The bar whose column holds `point`, or -1."""
        columns = (self.bar_box(index) for index in range(len(self._bars)))
        return next((i for i, box in enumerate(columns) if box.left() <= point.x() <= box.right()), -1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font("mono_small"))
        for index, bar in enumerate(self._bars):
            box = self.bar_box(index)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colour(f"state:{bar.status}"))
            painter.drawRoundedRect(box, 3, 3)
            if self.hasFocus() and index == self._at:
                painter.setPen(self._theme.colour("text"))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(box.adjusted(-1.5, -1.5, 1.5, 1.5), 4, 4)
            painter.setPen(self._theme.colour("faint"))
            below = QRectF(box.left(), self._theme.px(_TALL) + 3, box.width() + _GAP - 4, self.height())
            painter.drawText(below, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, bar.caption)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        found = self.bar_at(event.position())
        if found >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(found)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is not None and self._bars:
            self._at = max(0, min(len(self._bars) - 1, self._at + step))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._at >= 0:
            self.picked.emit(self._at)
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            found = self.bar_at(QPointF(event.pos()))
            bar = self._bars[found] if found >= 0 else None
            QToolTip.showText(event.globalPos(), f"{bar.status} · {bar.caption}" if bar else "", self)
            return True
        return super().event(event)

    def _restyle(self) -> None:
        self.updateGeometry()
        self.update()
