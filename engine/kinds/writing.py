"""Files written into one folder: all are looked at before the first is written, none leads out of it (S14, T2)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.base.errors import NodeError
from engine.base.values import TEXT_CAP, Value, is_file, repair_text, type_of
from engine.kinds.plain_files import checked_path, digest, place_in, put

MAX_FILES: Final = 10_000
UNSEEN: Final = "it is there, and this run has not seen it as it is now"
Knows = Callable[[Path, str], bool]
"""Whether whoever writes knows the file as it is: its place, and the digest of its content."""


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
        if len(text.encode("utf-8")) > TEXT_CAP:
            raise NodeError("bad_request", f"The file “{path}” is larger than 4 MB.")
    return found


@dataclass(frozen=True, slots=True)
class Differing:
    """A file that would be overwritten although whoever writes does not know it as it is; `version` is its digest."""

    path: str
    place: Path
    version: str


class Writing:
    """One write of several files, on a thread, while nobody else of the run is in the folder.

    Args:
        root: the folder; made when it is not there.
        files: path -> text, checked.
    """

    def __init__(self, root: Path, files: Mapping[str, str], knows: Knows) -> None:
        self._root, self._files, self._knows = root, files, knows
        self.stop = threading.Event()
        self.written: dict[str, tuple[Path, str]] = {}
        """Path -> its place and the digest of what was written."""
        self.differing: list[Differing] = []

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
            places = {path: place_in(root, path) for path in self._files}
            self.differing = [found for path, place in places.items() if (found := self._differs(path, place))]
            if self.differing and on_conflict == "fail":
                return
            left = set() if on_conflict == "overwrite" else {found.path for found in self.differing}
            for path, place in places.items():
                if self.stop.is_set():
                    return
                if path not in left:
                    self._write(root, path, place)
        except (OSError, RuntimeError) as error:
            said = getattr(error, "strerror", None) or "its name leads in a circle"
            done = f" {len(self.written)} files were written before." if self.written else ""
            raise NodeError(
                "tool", f"A file in “{self._root}” cannot be written: {said}.{done}", "Look at the folder."
            ) from None

    def _differs(self, path: str, place: Path) -> Differing | None:
        if not place.exists():
            return None
        there = digest(place.read_bytes())
        same = there == digest(self._files[path].encode("utf-8"))
        return None if same or self._knows(place, there) else Differing(path, place, there)

    def _write(self, root: Path, path: str, place: Path) -> None:
        raw = self._files[path].encode("utf-8")
        put(root, path, place, raw)
        self.written[path] = (place, digest(raw))
