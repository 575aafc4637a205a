"""Which files of a folder a glob means, and where a path in a folder leads: never out of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from engine.export.standalone.parts.values import Failed

LARGEST_TEXT = 4 * 1024 * 1024


def beside(root: str) -> Path:
    """A folder, counted from this program."""
    return (Path(__file__).parent / root).resolve()


def checked_path(path: str) -> str:
    """A path inside a folder, with slashes and nothing superfluous."""
    parts = PurePosixPath(path).parts
    odd = any(char < " " or char in '\\:*?"<>|\x7f' for char in path)
    if not parts or path.endswith("/") or path.startswith("/") or ".." in parts or odd or len(path) > 1_000:
        shown = "".join(char if char.isprintable() else "\ufffd" for char in path[:80])
        raise Failed("bad_request", f"“{shown}” is no path of a file inside the folder. Write one such as a/b.md.")
    return "/".join(parts)


def place_in(root: Path, path: str) -> Path:
    """Where a file really is: links on the way may not lead out of the folder, and none is followed to the file."""
    place = (root / path).parent.resolve() / PurePosixPath(path).name
    if not place.is_relative_to(root):
        raise Failed("bad_request", f"“{path}” leads out of the folder, by way of a link. Remove the link.")
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise Failed("bad_request", f"“{path}” is no plain file. Move it away, or choose another.")
    return place


def plain_bytes(place: Path, most: int = LARGEST_TEXT) -> bytes:
    """The content of a file, at most one byte more than `most`. Never waits for a pipe or a device."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(place, flags)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("not a regular file")
        return file.read(most + 1)


def put(root: Path, path: str, raw: bytes) -> Path:
    """Puts content in the place of a file, whole or not at all. Returns where that is."""
    place = place_in(root, path)
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place_in(root, path).with_name(f".{place.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(raw)
        fresh.replace(place)
    finally:
        fresh.unlink(missing_ok=True)
    return place


def files_in(root: Path, glob: str) -> Iterator[tuple[str, Path]]:
    """Each file that a glob means: its path from the root, and where it really is. `*` stays within a name, `**` is any
    number of folders, hidden names need a part that begins with a dot, and links that lead out are not followed."""
    parts = _parts(glob)
    if not parts or glob.startswith(("/", "\\")) or glob[1:2] == ":" or ".." in parts or "\0" in glob:
        raise Failed("bad_request", f"“{glob[:80]}” is no pattern for files inside the folder. "
                     "Write one such as docs/**/*.md.")  # fmt: skip
    todo: list[tuple[str, Path, frozenset[int], frozenset[Path]]] = [("", root, frozenset({0}), frozenset())]
    while todo:
        above, folder, states, trail = todo.pop()
        for entry in _entries(folder, folder == root):
            place, after = Path(entry.path), _matched(parts, states, entry.name)
            if after and entry.is_symlink():
                place = place.resolve()
                after = after if place.is_relative_to(root) else frozenset()
            if after and place.is_dir() and place not in trail:
                todo.append((f"{above}{entry.name}/", place, after, trail | {folder}))
            elif len(parts) in after and place.is_file():
                yield above + entry.name, place


def fits(glob: str, path: str) -> bool:
    """Whether a path is one that a glob means."""
    parts, states = _parts(glob), frozenset({0})
    for name in path.split("/"):
        states = _matched(parts, states, name)
    return len(parts) in states


def _parts(glob: str) -> tuple[str, ...]:
    return tuple(part for part in glob.replace("\\", "/").split("/") if part not in ("", "."))


def _entries(folder: Path, is_root: bool) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except OSError:
        if is_root:
            raise
        return []  # a folder that may not be read holds nothing for the graph either


def _matched(parts: tuple[str, ...], states: frozenset[int], name: str) -> frozenset[int]:
    """How far a pattern is matched after one more name of a path; its length when all of it is."""
    found: set[int] = set()
    hidden = name.startswith(".")
    for state in states:
        at = state
        while at < len(parts) and parts[at] == "**":
            found |= set() if hidden else {at}
            at += 1
        if at < len(parts) and (parts[at].startswith(".") or not hidden) and fnmatchcase(name, parts[at]):
            found.add(at + 1)
    if found and all(part == "**" for part in parts[max(found) :]):
        found.add(len(parts))
    return frozenset(found)
