"""Plays a watched run: moves the moment that is looked at through its past, at a chosen speed."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from gui.watching import Watching

SPEEDS: Final = (1, 4, 16)
FRAME_MS: Final = 33


class Player(QObject):
    """Plays the run of one session; nothing of it ticks while it does not play."""

    changed = Signal()
    """It began or ended to play, or its speed changed."""

    def __init__(self, session: Watching, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.speed: int = SPEEDS[0]
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._frame)
        session.run_changed.connect(self._run_changed)

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def toggle(self) -> None:
        """Plays on from the moment that is looked at, from the beginning when that is the last one; or pauses."""
        if self.playing:
            self.pause()
        elif self._session.run_length() > 0:
            if self._session.moment is None:
                self._session.go_to(0.0)
            self._clock.start()
            self._timer.start()
            self.changed.emit()

    def pause(self) -> None:
        """Stays at the moment that is looked at."""
        if self.playing:
            self._timer.stop()
            self.changed.emit()

    def next_speed(self) -> None:
        """The next one of the speeds."""
        self.speed = SPEEDS[(SPEEDS.index(self.speed) + 1) % len(SPEEDS)]
        self.changed.emit()

    def advance(self, seconds: float) -> None:
        """Moves on by so many seconds of the clock on the wall; pauses where the run ends, or goes on live."""
        moment = self._session.moment
        if moment is not None:
            self._session.go_to(moment + seconds * self.speed)
        if self._session.moment is None:
            self.pause()

    def _frame(self) -> None:
        self.advance(self._clock.restart() / 1000)

    def _run_changed(self) -> None:
        if self._session.moment is None:
            self.pause()
