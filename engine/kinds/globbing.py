"""Which files of a folder a glob means: matched name by name on the way down, so that nothing else is looked into."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from engine.base.errors import NodeError

ANY_DEPTH: Final = "**"
MAX_ENTRIES: Final = 1_000_000
"""Entries of folders that are looked at before a walk is given up."""
MAX_PARTS: Final = 64


def glob_parts(glob: str) -> tuple[str, ...]:
    """The parts of a glob such as `src/**/*.py`.

    `*`, `?` and `[...]` stay within a name, `**` is any number of folders. Names that begin with a dot are matched only
    by a part that begins with one.

    Raises:
        NodeError: `bad_request`: it is none, or leads out of the folder.
    """
    parts = tuple(part for part in glob.replace("\\", "/").split("/") if part not in ("", "."))
    rooted = glob.startswith(("/", "\\")) or glob[1:2] == ":"
    if not parts or rooted or ".." in parts or "\0" in glob or len(parts) > MAX_PARTS:
        raise NodeError(
            "bad_request",
            f"“{glob[:80]}” is no pattern for files inside the folder.",
            "Write one such as docs/**/*.md.",
        )
    return parts


def matches(parts: tuple[str, ...], states: frozenset[int], name: str) -> frozenset[int]:
    """How far a pattern is matched after one more name of a path.

    Args:
        states: the numbers of parts that were matched before it.

    Returns:
        The same after it; `len(parts)` is in it when the whole pattern fits. Empty: nothing below can fit.
    """
    found: set[int] = set()
    for state in states:
        at = state
        while at < len(parts) and parts[at] == ANY_DEPTH:
            if not name.startswith("."):
                found.add(at)
            at += 1
        if at < len(parts) and _fits(parts[at], name):
            found.add(at + 1)
    if found and all(part == ANY_DEPTH for part in parts[max(found) :]):
        found.add(len(parts))
    return frozenset(found)


def _fits(part: str, name: str) -> bool:
    return (part.startswith(".") or not name.startswith(".")) and fnmatchcase(name, part)


@dataclass(slots=True)
class Walk:
    """A walk through a folder for the files of a glob.

    Links that lead out of the folder are not followed; neither are those that lead back to a folder above.

    Args:
        root: the folder, resolved.
        stopped: asked now and then whether to give up.
    """

    root: Path
    parts: tuple[str, ...]
    stopped: Callable[[], bool] = lambda: False
    _seen: int = field(default=0, init=False)

    def files(self) -> Iterator[tuple[str, Path]]:
        """Yields each file as its path relative to the root, with slashes, and where it really is; in no order.

        Raises:
            NodeError: `bad_request`: a million entries were looked at.
            OSError: the root itself cannot be read.
        """
        start = frozenset({0})
        todo: list[tuple[str, Path, frozenset[int], frozenset[Path]]] = [("", self.root, start, frozenset())]
        while todo and not self.stopped():
            above, folder, states, trail = todo.pop()
            trail = trail | {folder}
            try:
                entries = list(os.scandir(folder))
            except OSError:
                if folder == self.root:
                    raise
                continue  # a folder that this user may not read holds nothing for the graph either
            for entry in entries:
                after = matches(self.parts, states, entry.name)
                if not after:
                    continue
                self._count()
                place = self._place(entry)
                if place is None or not _sayable(entry.name):
                    continue
                if place.is_dir():
                    if place not in trail:
                        todo.append((f"{above}{entry.name}/", place, after, trail))
                elif len(self.parts) in after:
                    yield above + entry.name, place

    def _place(self, entry: os.DirEntry[str]) -> Path | None:
        """Where an entry really is, or None when that is outside."""
        path = Path(entry.path)
        if not entry.is_symlink():
            return path
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return None
        return real if real.is_relative_to(self.root) else None

    def _count(self) -> None:
        self._seen += 1
        if self._seen > MAX_ENTRIES:
            raise NodeError(
                "bad_request", f"The folder {self.root} holds too much to look through.", "Narrow the glob."
            )


def _sayable(name: str) -> bool:
    """Whether a name is text: others cannot be stored, nor be opened by what is stored."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
