"""Files written into one folder: all are looked at before the first is written, none leads out of it (S14, T2)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Final

from engine.base.errors import NodeError
from engine.base.values import TEXT_CAP, Value, is_file, repair_text, type_of
from engine.kinds.outside import Seen

MAX_FILES: Final = 10_000


def files_of(value: Value) -> dict[str, str]:
    """Path -> text of a file or a list of files.

    Raises:
        NodeError: `type`: it is something else. `bad_request`: a path leads out of the folder, or comes twice.
    """
    items = value if isinstance(value, list) else [value]
    if len(items) > MAX_FILES:
        raise NodeError("bad_request", f"There are {len(items):,} files to write, more than {MAX_FILES:,}.")
    found: dict[str, str] = {}
    for item in items:
        if not is_file(item) or not isinstance(item["path"], str) or not isinstance(item["text"], str):
            raise NodeError("type", f"It writes files, as {{path, text}}, but was given {type_of(item)}.")
        path, text = checked_path(item["path"]), repair_text(item["text"])
        if found.setdefault(path, text) != text:
            raise NodeError("bad_request", f"Two different files have the path “{path}”.", "Give them different paths.")
        if len(text) > TEXT_CAP:
            raise NodeError("bad_request", f"The file “{path}” is larger than 4 MB.")
    return found


def checked_path(path: str) -> str:
    """A path inside the folder, with slashes and nothing superfluous.

    Raises:
        NodeError: `bad_request`: it leads out, or is no name of a file on every system.
    """
    parts = PurePosixPath(path).parts
    odd = any(char < " " or char in '\\:*?"<>|\x7f' for char in path)
    if not parts or path.endswith("/") or path.startswith("/") or ".." in parts or odd or len(path) > 1_000:
        shown = "".join(char if char.isprintable() else "\ufffd" for char in path[:80])
        raise NodeError(
            "bad_request", f"“{shown}” is no path of a file inside the folder.", "Write one such as a/b.md."
        )
    return "/".join(parts)


class Writing:
    """One write of several files, on a thread.

    Args:
        root: the folder; made when it is not there.
        files: path -> text, checked.
        node: the key of the node that writes.
    """

    def __init__(self, root: Path, files: Mapping[str, str], seen: Seen, node: str) -> None:
        self._root, self._files, self._seen, self._node = root, files, seen, node
        self.stop = threading.Event()
        self.written: list[str] = []
        self.conflicts: list[dict[str, Any]] = []

    def perform(self, on_conflict: str) -> None:
        """Looks at everything, then writes what may be written.

        Args:
            on_conflict: `fail` writes nothing when there is a conflict, `skip` the others, `overwrite` all.

        Raises:
            NodeError: a file cannot be written.
        """
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            root = self._root.resolve(strict=True)
            places = {path: self._place(root, path) for path in self._files}
            differing = {path: why for path, place in places.items() if (why := self._conflict(path, place))}
            outcome = {"fail": "nothing was written", "skip": "left as it is"}.get(on_conflict, "overwritten")
            self.conflicts = [{"path": path, "why": why, "outcome": outcome} for path, why in differing.items()]
            if differing and on_conflict == "fail":
                return
            for path, place in places.items():
                if self.stop.is_set():
                    return
                if path not in differing or on_conflict == "overwrite":
                    self._write(root, path, place)
        except (OSError, RuntimeError) as error:
            said = getattr(error, "strerror", None) or "its name leads in a circle"
            done = f" {len(self.written)} files were written before." if self.written else ""
            raise NodeError(
                "tool", f"A file in “{self._root}” cannot be written: {said}.{done}", "Look at the folder."
            ) from None

    def _place(self, root: Path, path: str) -> Path:
        """Where a file really goes: links on the way may not lead out of the folder, and none is written through."""
        place = (root / path).parent.resolve() / PurePosixPath(path).name
        if not place.is_relative_to(root):
            raise NodeError("bad_request", f"“{path}” leads out of the folder, by way of a link.", "Remove the link.")
        if place.is_symlink() or (place.exists() and not place.is_file()):
            raise NodeError("bad_request", f"“{path}” is no plain file.", "Move it away, or write another.")
        return place

    def _conflict(self, path: str, place: Path) -> str:
        """Why a file may not simply be overwritten; "" when it may, since this run knows it as it is."""
        if not place.exists():
            return ""
        there = _digest(place.read_bytes())
        if there == _digest(self._files[path].encode("utf-8")) or self._seen.knows(place, there, self._node):
            return ""
        return "it is there, and this run has not seen it as it is now"

    def _write(self, root: Path, path: str, place: Path) -> None:
        from engine.files.save import Disk, write_atomically

        place.parent.mkdir(parents=True, exist_ok=True)
        if self._place(root, path) != place:
            raise NodeError("bad_request", f"“{path}” was moved while it was written.", "Try again.")
        raw = self._files[path].encode("utf-8")
        write_atomically(Disk(), place, raw)
        self._seen.was_written(place, _digest(raw), self._node)
        self.written.append(path)


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
