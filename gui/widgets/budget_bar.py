"""What was spent of what may be spent: the sum, a bar, the limit."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from gui.figures import money
from gui.theme.theme import Theme

_BAR, _THICK, _GAP = 90, 5, 8
_NEAR = 0.8
"""From this share of the budget on the bar warns."""


class BudgetBar(QWidget):
    """The money of a run. Without a budget only the sum is shown; an unknown price is said, never shown as 0."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._spent = 0.0
        self._budget: float | None = None
        self._unknown = False
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def share(self) -> float:
        """Spent of the budget, 0 and up; 0 when there is no budget."""
        if self._budget is None:
            return 0.0
        return self._spent / self._budget if self._budget > 0 else float("inf") if self._spent > 0 else 0.0

    @property
    def tone(self) -> str:
        """The status whose colour the bar has: fine, near the limit, over it."""
        return "failed" if self.share > 1 else "retry" if self.share >= _NEAR else "ok"

    @property
    def spent_text(self) -> str:
        return money(self._spent) + ("+?" if self._unknown else "")

    def set_amounts(self, spent: float, budget: float | None, unknown: bool = False) -> None:
        """Show `spent` of `budget` (US dollars; None: no limit).

        Args:
            unknown: some calls have no known price, so that the sum is a lower bound.
        """
        if (spent, budget, unknown) != (self._spent, self._budget, self._unknown):
            self._spent, self._budget, self._unknown = spent, budget, unknown
            self._restyle()

    def sizeHint(self) -> QSize:
        metrics = QFontMetrics(self._theme.font("mono"))
        width = metrics.horizontalAdvance(self.spent_text)
        if self._budget is not None:
            width += self._theme.px(_BAR) + 2 * _GAP + metrics.horizontalAdvance(money(self._budget))
        return QSize(width + 2, metrics.height() + 2)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._theme.font("mono"))
        painter.setPen(self._theme.colour("text:failed" if self.tone == "failed" else "muted"))
        left = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(self.rect(), left, self.spent_text)
        if self._budget is None:
            return
        start = painter.fontMetrics().horizontalAdvance(self.spent_text) + _GAP
        track = QRectF(start, (self.height() - _THICK) / 2, self._theme.px(_BAR), _THICK)
        painter.setPen(self._theme.colour("muted"))
        painter.drawText(self.rect().adjusted(round(track.right()) + _GAP, 0, 0, 0), left, money(self._budget))
        painter.setPen(Qt.PenStyle.NoPen)
        _bar(painter, track, self._theme.colour("line"))
        if self.share > 0:
            track.setWidth(max(float(_THICK), track.width() * min(1.0, self.share)))
            _bar(painter, track, self._theme.colour(f"state:{self.tone}"))

    def _restyle(self) -> None:
        limit = "no budget" if self._budget is None else f"of {money(self._budget)}"
        self.setAccessibleName(f"spent {self.spent_text}, {limit}")
        self.setToolTip("Some calls have no known price: at least this much was spent." if self._unknown else "")
        self.updateGeometry()
        self.update()


def _bar(painter: QPainter, box: QRectF, colour: QColor) -> None:
    painter.setBrush(colour)
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
