"""Notices that another program wrote the file that a window shows, or took it away."""

from __future__ import annotations

import contextlib
from functools import cached_property
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from engine.base.errors import FileProblem
from engine.files.open import Stamp, read_file
from engine.files.save import changed_on_disk

PAUSE_MS = 150
"""A program that writes does so in several steps; the last one counts."""


class DiskWatch(QObject):
    """Follows one file. Most programs put a new file in the old one's place, so its folder is watched too.

    Signals: `changed` with the path, once for each version that is not the one known; `gone` when the file went, and
    `back` when it is there again.
    """

    changed = Signal(object)
    gone = Signal(object)
    back = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._stamp: Stamp | None = None
        self.missing = False
        """Whether the file went while it was followed."""
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE_MS)
        self._soon.timeout.connect(self._look)

    @cached_property
    def _watcher(self) -> QFileSystemWatcher:
        """Made with the first file: it starts a thread."""
        made = QFileSystemWatcher(self)
        made.fileChanged.connect(lambda _: self._soon.start())
        made.directoryChanged.connect(lambda _: self._soon.start())
        return made

    def follow(self, path: Path | None, stamp: Stamp | None) -> None:
        """From now on it is about this file, known as `stamp` says; None follows nothing."""
        before, self._path, self._stamp, self.missing = self._path, path, stamp, False
        self._soon.stop()
        if before is not None and (watched := [*self._watcher.files(), *self._watcher.directories()]):
            self._watcher.removePaths(watched)
        self._watch()

    def _watch(self) -> None:
        if self._path is not None:
            for each in (self._path, self._path.parent):
                if each.exists():
                    self._watcher.addPath(str(each))

    def _look(self) -> None:
        path, stamp = self._path, self._stamp
        if path is None or stamp is None:
            return
        self._watch()  # the file may be another one by that name now
        if self.missing == path.exists():
            self.missing = not self.missing
            (self.gone if self.missing else self.back).emit(path)
        if self.missing or not changed_on_disk(path, stamp):
            return
        with contextlib.suppress(OSError, FileProblem):  # it is gone again, or cannot be read: the save will tell
            self._stamp = read_file(path)[1]
            self.changed.emit(path)
