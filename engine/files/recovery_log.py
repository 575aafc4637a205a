"""The log of one open document's edits: written by a thread of its own, whole lines, on the disk within a second."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from engine.base.errors import FileProblem
from engine.files.format import graph_to_json, record_to_json
from engine.files.save import Disk
from engine.files.text import one_line
from engine.graph.changes import Difference
from engine.graph.graph import Graph

LONGEST = 8
"""A log that has grown to so many times its first state is begun anew with the present one."""
_SMALLEST = 1024 * 1024


class _Edit(NamedTuple):
    difference: Difference
    after: Graph
    at: float


class _Saved(NamedTuple):
    path: Path | None


class _Flush(NamedTuple):
    done: threading.Event


class _Close(NamedTuple):
    keep: bool


class RecoveryLog:
    """Records the edits of one document. All methods may be called from any thread; none waits for the disk but
    `flush` and `close`.

    Its first line says whose it is, the second holds the whole graph, each further one the changes of one edit.

    Args:
        file: the log; created at the first edit.
        path: the graph file that is open, or None.
        disk: the calls that write.
    """

    def __init__(self, file: Path, path: Path | None, disk: Disk) -> None:
        self.file = file
        self.problem: FileProblem | None = None
        """Why edits do not reach the disk at present, or None; the studio says it once."""
        self._path = path
        self._disk = disk
        self._queue: queue.SimpleQueue[_Edit | _Saved | _Flush | _Close] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._descriptor: int | None = None
        self._edits = 0
        self._written = self._first = 0

    def record(self, difference: Difference, graph: Graph) -> None:
        """Notes an edit.

        Args:
            difference: what changed.
            graph: the graph after it.
        """
        if difference:
            self._send(_Edit(difference, graph, time.time()))

    def saved(self, path: Path | None = None) -> None:
        """The document stands in its file as it is: what was logged is forgotten. `path` is its new name, if any."""
        self._send(_Saved(path))

    def flush(self, timeout: float | None = 10.0) -> bool:
        """Waits until all that was recorded is on the disk. Returns whether it is."""
        done = threading.Event()
        self._send(_Flush(done))
        return done.wait(timeout) and self.problem is None

    def close(self, *, keep: bool = False) -> None:
        """Ends the log: the document was closed on purpose. `keep` leaves it to be recovered."""
        if self._thread is not None:
            self._queue.put(_Close(keep))
            self._thread.join()
            self._thread = None

    def _send(self, item: _Edit | _Saved | _Flush) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="recovery", daemon=True)
                self._thread.start()
        self._queue.put(item)

    def _work(self) -> None:
        while True:
            items = [self._queue.get()]
            with contextlib.suppress(queue.Empty):
                while True:
                    items.append(self._queue.get_nowait())
            self._write([item for item in items if isinstance(item, _Edit | _Saved)])
            for item in items:
                if isinstance(item, _Flush):
                    item.done.set()
            ends = [item for item in items if isinstance(item, _Close)]
            if ends:
                self._end(keep=ends[-1].keep)
                return

    def _write(self, items: list[_Edit | _Saved]) -> None:
        """Writes what was recorded since the last time, in one go."""
        for at in range(len(items) - 1, -1, -1):
            item = items[at]
            if isinstance(item, _Saved):
                self._forget(items[: at + 1])
                items = items[at + 1 :]
                break
        edits = [item for item in items if isinstance(item, _Edit)]
        if not edits:
            return
        try:
            self._edits += len(edits)
            if self._descriptor is None or self._written > max(LONGEST * self._first, _SMALLEST):
                self._begin(edits[-1])
            else:
                self._append("".join(map(_edit_line, edits)).encode("utf-8"))
            self.problem = None
        except (OSError, ValueError, TypeError, RecursionError, FileProblem) as error:
            self._release()
            reason = getattr(error, "strerror", None) or str(error)
            self.problem = FileProblem(f"Unsaved changes are not protected: {reason}.", "Save your work now.")

    def _begin(self, last: _Edit) -> None:
        """Writes a new log with the whole present graph and puts it in the place of the old one."""
        graph = last.after
        head = {"recovery": 1, "path": str(self._path or ""), "name": graph.name, "pid": os.getpid()}
        state = {"at": last.at, "edits": self._edits, "head": list(graph.head), "graph": graph_to_json(graph)}
        data = f"{one_line(head)}\n{one_line(state)}\n".encode("utf-8", "replace")
        self.file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.file.with_suffix(".tmp")
        temporary.unlink(missing_ok=True)
        self._release()
        self._descriptor, self._written = self._disk.create(temporary, 0o600), 0
        _lock(self._descriptor)
        self._append(data)
        self._first = self._written
        self._disk.rename(temporary, self.file)
        self._disk.sync_folder(self.file.parent)

    def _append(self, data: bytes) -> None:
        assert self._descriptor is not None
        rest = memoryview(data)
        while rest:
            rest = rest[self._disk.write(self._descriptor, rest) :]
        self._disk.sync(self._descriptor)
        self._written += len(data)

    def _forget(self, items: list[_Edit | _Saved]) -> None:
        for item in items:
            if isinstance(item, _Saved) and item.path is not None:
                self._path = item.path
        self._edits = 0
        self.problem = None
        self._end(keep=False)

    def _end(self, *, keep: bool) -> None:
        if not keep:
            with contextlib.suppress(OSError):
                self.file.unlink(missing_ok=True)
        self._release()

    def _release(self) -> None:
        if self._descriptor is not None:
            with contextlib.suppress(OSError):
                self._disk.close(self._descriptor)
        self._descriptor = None


def _edit_line(edit: _Edit) -> str:
    changes: list[Any] = [
        [
            change.table,
            change.key,
            change.before and change.before.at,
            change.after and change.after.at,
            change.after and record_to_json(change.table, change.after.record),
        ]
        for change in edit.difference.changes
    ]
    return one_line({"at": edit.at, "changes": changes}) + "\n"


def _lock(descriptor: int) -> None:
    """Holds a log while this process lives; the system lets go of it however the process ends."""
    if os.name == "posix":
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def locked(file: Path) -> bool:
    """Whether a living process holds a log; where files cannot be held it is taken as left behind."""
    if os.name != "posix":
        return False
    import fcntl

    try:
        with file.open("rb") as stream:
            fcntl.flock(stream.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
