"""Plain files under a folder: where a path in it really leads, and what stands there; no link leads out (T2)."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path, PurePosixPath
from typing import Final

from engine.base.errors import NodeError

SERVER: Final = "fs"
"""How the resources of files are called, whoever touches them (S14)."""


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


def place_in(root: Path, path: str) -> Path:
    """Where a file really is: links on the way may not lead out of the folder, and none is followed to the file.

    Args:
        root: the folder, resolved.
        path: checked.

    Raises:
        NodeError: `bad_request`: it leads out, or is no plain file.
    """
    place = (root / path).parent.resolve() / PurePosixPath(path).name
    if not place.is_relative_to(root):
        raise NodeError("bad_request", f"“{path}” leads out of the folder, by way of a link.", "Remove the link.")
    if place.is_symlink() or (place.exists() and not place.is_file()):
        raise NodeError("bad_request", f"“{path}” is no plain file.", "Move it away, or choose another.")
    return place


def plain_bytes(place: Path, most: int) -> bytes:
    """The content of a file, at most one byte more than `most`. Never waits for a pipe or a device.

    Raises:
        ValueError: it is no regular file.
        OSError: it cannot be read, or is a link.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(place, flags)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise ValueError("not a regular file")
        return file.read(most + 1)


def shown_text(place: Path, most: int = 200_000) -> str:
    """What a person is shown of a file, however it is written; cut when it is long."""
    try:
        raw = plain_bytes(place, most)
    except (OSError, ValueError):
        return ""
    return raw[:most].decode("utf-8", "replace") + ("\n[cut here]" if len(raw) > most else "")


def put(root: Path, path: str, place: Path, raw: bytes) -> None:
    """Puts content in the place of a file, whole or not at all.

    Raises:
        NodeError: `bad_request`: the path leads elsewhere by now.
        OSError: it cannot be written.
    """
    from engine.files.save import Disk, write_atomically

    place.parent.mkdir(parents=True, exist_ok=True)
    if place_in(root, path) != place:
        raise NodeError("bad_request", f"“{path}” was moved while it was written.", "Try again.")
    write_atomically(Disk(), place, raw)


def digest(raw: bytes) -> str:
    """The version of a file: the SHA-256 of its content, in hex."""
    return hashlib.sha256(raw).hexdigest()


def file_resource(place: Path) -> str:
    """The resource that a file is (S14)."""
    return f"{SERVER} {place}"


def folder_resource(place: Path) -> str:
    """The resource that a folder with all below it is (S14)."""
    return f"{SERVER} {str(place).rstrip('/')}/"
