"""Work that follows a run, done as often as it is cheap: never more than a tenth of the window's time for all of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

SHARE: Final = 0.1
"""How much of the time may be spent on it."""
REST_S: Final = 0.05
"""Between two times of the same work at least, where nothing else is said."""
WORDS_S: Final = 0.25
"""The same for works that end in a word or a figure: nobody reads it sooner."""
APART_S: Final = 0.02
"""Between two works at least: no frame has to wait for more than one."""
LONGEST_S: Final = 1.0


class Turns:
    """What the works of one window share, so that together they take no more than one may."""

    def __init__(self) -> None:
        self.free_at = 0.0
        """Monotonic seconds from which the next one may be done."""


class Paced(QObject):
    """Does `act` when asked: at once after a rest, later and only once where it was asked often and takes long.

    Args:
        turns: shared with other works; by default it has all turns for itself.
        rest_s: seconds between two times at least.
    """

    def __init__(
        self, act: Callable[[], None], parent: QObject, turns: Turns | None = None, rest_s: float = REST_S
    ) -> None:
        super().__init__(parent)
        self._act, self._turns, self._rest_s = act, turns or Turns(), rest_s
        self._rested_at = 0.0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._try)

    def ask(self) -> None:
        """Asks for it."""
        if not self._timer.isActive():
            self._try()

    def now(self) -> None:
        """Does it."""
        self._timer.stop()
        began = time.monotonic()
        self._act()
        ended = time.monotonic()
        rest = min(LONGEST_S, (ended - began) / SHARE)
        self._rested_at = ended + max(self._rest_s, rest)
        self._turns.free_at = ended + max(APART_S, rest)

    def _try(self) -> None:
        left = max(self._rested_at, self._turns.free_at) - time.monotonic()
        if left <= 0:
            self.now()
        else:
            self._timer.start(round(left * 1000) + 1)
