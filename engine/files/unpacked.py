"""Where a bundle that is run straight from its `.zip` stands: a folder of its own, the same one for the same bundle."""

from __future__ import annotations

import hashlib
import shutil
from itertools import count
from pathlib import Path, PurePosixPath
from tempfile import mkdtemp

from engine.base.errors import FileProblem
from engine.files.bundle import Bundle, read_bundle, unpack
from engine.files.names import safe_name
from engine.files.open import read_file

ENDING = ".zip"


def unpacked(file: Path, root: Path) -> Path:
    """The graph's file of a bundle, in a folder below `root`: trust and resumed runs find it again there.

    A folder whose files were changed since is left alone, and another one is made: what runs is what was sent.

    Raises:
        FileProblem: it is no bundle, tries a trick, or cannot be unpacked; nothing is left behind then.
    """
    data = read_file(file)[0]
    found = read_bundle(data)
    stem = file.stem if safe_name(file.stem) else "bundle"
    name = f"{stem}-{hashlib.sha256(data).hexdigest()[:12]}"
    for number in count(1):
        folder = root / (name if number == 1 else f"{name}-{number}")
        if not folder.exists():
            _appear(found, folder)
        if _as_sent(found, folder):
            return folder / PurePosixPath(found.main)
    raise AssertionError("there is always another number")


def _appear(bundle: Bundle, folder: Path) -> None:
    """Makes the folder whole or not at all; another process that was quicker has made the same one."""
    beside: Path | None = None
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = Path(mkdtemp(prefix=".new-", dir=folder.parent))
        unpack(bundle, beside)
        beside.rename(folder)
    except OSError as error:
        if not folder.is_dir():
            said = f"The bundle cannot be unpacked into {folder.parent}: {error.strerror or error}."
            raise FileProblem(said, "Make room there.") from None
    finally:
        if beside is not None:
            shutil.rmtree(beside, ignore_errors=True)


def _as_sent(bundle: Bundle, folder: Path) -> bool:
    try:
        return all((folder / PurePosixPath(name)).read_bytes() == data for name, data in bundle.files.items())
    except OSError:
        return False
