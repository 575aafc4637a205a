"""What nobody expected: said once on screen and written to a log, never a silent end (and never a loud one)."""

from __future__ import annotations

import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal

from engine.base.pasted import masked

KEPT = 50


class CrashLog(QObject):
    """Takes the exceptions that reach nobody. `seen` tells of each different one once, on the window's thread.

    Args:
        folder: `BATON_HOME/logs`.

    Attributes:
        hide: takes secrets out of a text (T3); what knows the user's keys comes with the windows.
    """

    seen = Signal(str, str)
    _caught = Signal(str, str)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hide: Callable[[str], str] = masked
        self._folder = folder
        self._told: set[str] = set()
        self._caught.connect(self.seen, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Takes over the last-resort hooks of the interpreter."""
        sys.excepthook = self.take
        threading.excepthook = self._take_thread
        sys.unraisablehook = self._take_unraisable

    def take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Writes one exception down and says so, if it is a new one."""
        if issubclass(kind, KeyboardInterrupt):
            return
        text = self.hide("".join(traceback.format_exception(kind, error, trace)))
        place = self._write(text)
        last = traceback.extract_tb(trace)[-1:] if trace else []
        mark = f"{kind.__name__} {[(frame.filename, frame.lineno) for frame in last]}"
        if mark not in self._told:
            self._told.add(mark)
            self._caught.emit(f"Something went wrong inside Baton: {self.hide(_sentence(kind, error))}", place)

    def _take_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self.take(args.exc_type, args.exc_value, args.exc_traceback)

    def _take_unraisable(self, args: object) -> None:
        error = getattr(args, "exc_value", None)
        if error is not None:
            self.take(type(error), error, getattr(args, "exc_traceback", None))

    def _write(self, text: str) -> str:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for old in sorted(self._folder.glob("studio-*.log"))[: -KEPT + 1]:
                old.unlink(missing_ok=True)
            file = self._folder / f"studio-{time.strftime('%Y%m%d')}.log"
            with file.open("a", encoding="utf-8", errors="replace") as log:
                log.write(f"{time.strftime('%H:%M:%S')}\n{text}\n")
        except OSError:
            return "It could not be written to a log."
        return f"Your work is untouched. Details are in {file}."


def _sentence(kind: type[BaseException], error: BaseException) -> str:
    first = (str(error).splitlines() or [""])[0].strip()
    return f"{first[:160]} ({kind.__name__})." if first else f"{kind.__name__}."
