"""Saves graph files so that nothing is lost: atomically, keeping older generations, never over foreign changes (T9)."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final

from engine.base.errors import FileProblem
from engine.files.format import dumps
from engine.files.open import Stamp, loads, read_file
from engine.graph.graph import Graph

if TYPE_CHECKING:  # the settings load pydantic, which opening and saving do not need
    from engine.base.settings import Home

GENERATIONS = 10
"""Older states that are kept of each file."""

VERIFIED_UP_TO: Final = 8 * 1024 * 1024
"""Bytes up to which a text is read back before it replaces a file; larger ones would take seconds."""

_REASONS = {
    errno.ENOSPC: ("the disk is full", "Free some space, or save to another disk."),
    errno.EDQUOT: ("your share of the disk is used up", "Free some space, or save to another disk."),
    errno.EFBIG: ("files may not become that large here", "Save to another folder."),
    errno.EROFS: ("the disk is read-only", "Save to another folder."),
    errno.EACCES: ("you may not write there", "Save to another folder."),
    errno.EPERM: ("you may not write there", "Save to another folder."),
    errno.ENOENT: ("the folder is not there any more", "Save to another folder."),
    errno.ENOTDIR: ("its folder is not a folder", "Save to another folder."),
    errno.EISDIR: ("this is the name of a folder", "Choose another name."),
    errno.ENAMETOOLONG: ("the name is too long", "Choose a shorter name."),
}


class ChangedOnDisk(FileProblem):
    """Somebody else changed the file since it was opened. `now` is its present stamp, None when it is gone.

    To overwrite it all the same, save again with `expected=error.now`.
    """

    def __init__(self, path: Path, now: Stamp | None) -> None:
        what = "was changed by another program" if now else "was moved or deleted"
        super().__init__(f"{path.name} {what} since you opened it.", "Overwrite it, open it again, or save elsewhere.")
        self.path = path
        self.now = now


class Disk:
    """The calls that write, in one place, so that tests can make each of them fail in turn."""

    def create(self, path: Path, mode: int) -> int:
        """Creates a new file and returns its descriptor."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)

    def write(self, descriptor: int, data: memoryview) -> int:
        """Writes some of the data and returns how much."""
        return os.write(descriptor, data)

    def set_mode(self, descriptor: int, mode: int) -> None:
        """Gives a file the rights that the old one had."""
        if hasattr(os, "fchmod"):
            os.fchmod(descriptor, mode)

    def sync(self, descriptor: int) -> None:
        """Waits until the data is on the disk."""
        os.fsync(descriptor)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Puts one file in the place of another, at once."""
        old.replace(new)

    def sync_folder(self, folder: Path) -> None:
        """Waits until the rename is on the disk, where the system can."""
        if not hasattr(os, "O_DIRECTORY"):
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def save_graph(
    graph: Graph,
    path: Path | str,
    *,
    expected: Stamp | None = None,
    home: Home | None = None,
    generations: int = GENERATIONS,
    disk: Disk | None = None,
) -> Stamp:
    """Writes a graph file; a crash at any moment leaves either the old or the new file, whole.

    Args:
        path: where to; a symbolic link stays one and its target is written.
        expected: what the file was like when it was opened or last saved; None writes over whatever is there
            (its content is kept as a generation).
        home: where older generations are kept, by default the user's.
        generations: how many of them; 0 keeps none.

    Returns:
        The file's stamp, for the next save.

    Raises:
        ChangedOnDisk: the file is not as `expected`; nothing was written.
        FileProblem: it could not be written; the old file is as it was.
    """
    if graph.read_only:
        raise FileProblem(f"This graph cannot be saved: {graph.read_only}", "Install the newest version of Baton.")
    data = dumps(graph).encode("utf-8")
    if len(data) <= VERIFIED_UP_TO:
        _verify(data)
    disk = disk or Disk()
    try:
        target = Path(path).resolve()
        if target.is_symlink():  # from Python 3.13 on, resolve() leaves a link to itself as it is
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
        _look_before(target, expected)
        old = read_file(target)[0] if target.exists() else None
        if old is not None and old != data and generations:
            with contextlib.suppress(OSError):  # no room for backups must not keep a person from saving
                _keep_generation(disk, backup_folder(home or _user_home(), target), old, generations)
        return write_atomically(disk, target, data)
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: links that lead in a circle
        raise _problem(Path(path), error) from error


def write_atomically(disk: Disk, target: Path, data: bytes) -> Stamp:
    """Writes a file by a temporary one beside it, fsync, rename and fsync of the folder; keeps the file's mode.

    Raises:
        OSError: one of the calls failed; the target is as it was and the temporary file is gone.
    """
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    temporary = target.with_name(f".{target.name[:40]}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        descriptor = disk.create(temporary, 0o666)
        try:
            if mode is not None:
                disk.set_mode(descriptor, mode)
            rest = memoryview(data)
            while rest:
                rest = rest[disk.write(descriptor, rest) :]
            disk.sync(descriptor)
            written = os.fstat(descriptor)
        finally:
            disk.close(descriptor)
        disk.rename(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    with contextlib.suppress(OSError):  # the new file is in place and whole; some file systems cannot sync a folder
        disk.sync_folder(target.parent)
    return Stamp(written.st_mtime_ns, len(data), hashlib.sha256(data).hexdigest())


def changed_on_disk(path: Path, known: Stamp) -> bool:
    """Whether a file's content is another than at `known`; looks into it only when its time or size differ."""
    try:
        status = path.stat()
        if (status.st_mtime_ns, status.st_size) == (known.mtime_ns, known.size):
            return False
        return read_file(path)[1].sha256 != known.sha256
    except (OSError, FileProblem):
        return True


def backup_folder(home: Home, path: Path) -> Path:
    """Where the generations of one file are kept: by its full name, not beside it."""
    resolved = str(path.resolve())
    stem = re.sub(r"[^A-Za-z0-9_-]+", "_", path.name.removesuffix(".baton.json"))[:40]
    return home.root / "backups" / f"{stem}-{hashlib.sha256(resolved.encode('utf-8', 'replace')).hexdigest()[:16]}"


def generations_of(home: Home, path: Path) -> list[Path]:
    """The kept generations of a file, newest first."""
    return sorted(backup_folder(home, path).glob("*.baton.json"), reverse=True)


def _user_home() -> Home:
    from engine.base.settings import Home

    return Home()


def _keep_generation(disk: Disk, folder: Path, data: bytes, limit: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    kept = sorted(folder.glob("*.baton.json"))
    number = int(kept[-1].name.partition(".")[0]) + 1 if kept else 1
    write_atomically(disk, folder / f"{number:08}.baton.json", data)
    for path in [*kept][: max(0, len(kept) + 1 - limit)]:
        path.unlink(missing_ok=True)


def _look_before(target: Path, expected: Stamp | None) -> None:
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder")
    if target.exists() and not (target.stat().st_mode & 0o222 and os.access(target, os.W_OK)):
        raise PermissionError(errno.EACCES, "is write-protected")
    if expected is not None and changed_on_disk(target, expected):
        raise ChangedOnDisk(target, read_file(target)[1] if target.exists() else None)


def _verify(data: bytes) -> None:
    """Refuses to write what could not be read again."""
    try:
        loads(data)
    except FileProblem as problem:
        message = f"The graph was not saved, because the file could not be opened again: {problem.message}"
        raise FileProblem(message, problem.hint, place=problem.place) from problem


def _problem(path: Path, error: OSError | ValueError | RuntimeError) -> FileProblem:
    number = error.errno if isinstance(error, OSError) and error.errno else 0
    text = str(getattr(error, "strerror", None) or error)
    reason, hint = _REASONS.get(number, (text[:1].lower() + text[1:], "Save to another folder."))
    return FileProblem(f"{path.name} could not be saved: {reason}. The old file is as it was.", hint)
