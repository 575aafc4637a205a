"""One timer for everything that moves on the canvas: it ticks while something moves and stops when nothing does."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

FRAME_MS: Final = 16
CALM_MS: Final = 250
"""Between two updates under reduced motion: figures still count, nothing breathes or travels."""
BREATH_S: Final = 1.8
TRAVEL_S: Final = 1.1
"""How long a dot takes along an edge."""


class Motion(QObject):
    """Emits `frame` while `busy()` says that something moves.

    Args:
        busy: asked after each frame whether there is more to come.
        calm: whether people asked for less motion.
    """

    frame = Signal()

    def __init__(self, busy: Callable[[], bool], calm: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._busy, self._calm = busy, calm
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    @property
    def active(self) -> bool:
        """Whether the timer runs."""
        return self._timer.isActive()

    def wake(self) -> None:
        """Starts ticking when something moves."""
        if not self._timer.isActive() and self._busy():
            self._timer.start(CALM_MS if self._calm() else FRAME_MS)

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        if not self._busy():
            self._timer.stop()
        self.frame.emit()


def breath(at: float, calm: bool = False) -> float:
    """How bright a running ring is at a time: 0.25 to 1; steady when calm."""
    return 0.8 if calm else 0.625 + 0.375 * math.sin(at * 2 * math.pi / BREATH_S)


def caret_shown(at: float, calm: bool = False) -> bool:
    """Whether the block caret of streaming text is in its lit half."""
    return calm or at % 1.0 < 0.6


def travelled(at: float, since: float, count: int) -> list[float]:
    """How far the dots of an edge have come, 0 to 1, evenly apart.

    Args:
        at, since: monotonic seconds now, and when the value began to pass.
    """
    age = max(0.0, at - since) / TRAVEL_S
    return [(age - i / count) % 1.0 for i in range(count) if age >= i / count]
