"""Work that would hold the window up, on a thread of its own: what it gave comes back to the window's thread."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal

from engine.base.errors import BatonError

T = TypeVar("T")


class Background(QObject):
    """Does one thing after the other for one window. What it is told after `close` comes to nothing.

    Args:
        at_once: does so many things side by side instead.
    """

    _ended = Signal(object, object)

    def __init__(self, parent: QObject | None = None, at_once: int = 1) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(at_once)
        self._closed = False
        self._ended.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def do(self, work: Callable[[], T], then: Callable[[T], object], wrong: Callable[[BatonError], object]) -> None:
        """Does `work` elsewhere; then calls `then` with what it gave, or `wrong` with what hindered it, here."""

        def done() -> None:
            try:
                found = work()
            except BatonError as error:
                self._ended.emit(wrong, error)
            except Exception as error:
                self._ended.emit(_told(wrong), error)
            else:
                self._ended.emit(then, found)

        self._pool.start(done)

    def close(self) -> None:
        """Waits for what goes on; nothing is called any more."""
        self._closed = True
        self._pool.waitForDone()

    def _take(self, call: Callable[[object], object], found: object) -> None:
        if not self._closed:
            call(found)


def _told(wrong: Callable[[BatonError], object]) -> Callable[[Exception], None]:
    """Tells of a bug as of every other one (`gui.crash`), and whoever waits that it came to nothing."""

    def tell(error: Exception) -> None:
        sys.excepthook(type(error), error, error.__traceback__)
        wrong(BatonError("This came to nothing.", "What went wrong is written down in the log."))

    return tell
