"""Work that follows a run, done as often as it is cheap: never more than a tenth of the window's time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

SHARE: Final = 0.1
"""How much of the time may be spent on it."""
REST_S: Final = 0.05
LONGEST_MS: Final = 1_000


class Paced(QObject):
    """Does `act` when asked: at once after a rest, later and only once where it was asked often and takes long."""

    def __init__(self, act: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._act = act
        self._rested_at = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.now)

    def ask(self) -> None:
        """Asks for it."""
        if self._timer.isActive():
            return
        left = self._rested_at - time.monotonic()
        if left <= 0:
            self.now()
        else:
            self._timer.start(min(LONGEST_MS, round(left * 1000) + 1))

    def now(self) -> None:
        """Does it."""
        self._timer.stop()
        began = time.monotonic()
        self._act()
        ended = time.monotonic()
        self._rested_at = ended + max(REST_S, (ended - began) / SHARE)
