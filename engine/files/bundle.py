"""A bundle: one `.zip` with a graph and all that it needs beside it, written the same each time and read with care.

Nothing is taken out before everything was looked at: names that lead elsewhere, links, too much, and files that are
not what the manifest says are refused (trust.md T1, T8).
"""

from __future__ import annotations

import hashlib
import io
import json
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.files.names import safe_name
from engine.files.open import loads
from engine.files.save import Disk, write_atomically
from engine.files.strict import FILE_CAP, parse
from engine.graph.graph import Graph

MANIFEST: Final = "manifest.json"
VERSION: Final = 1
MOST_FILES: Final = 5_000
MOST_BYTES: Final = 256 * 1024 * 1024
"""Of all files of a bundle together, unpacked."""
_WHEN: Final = (1980, 1, 1, 0, 0, 0)
"""The time on every file: the same graph makes the same bundle."""
_UNREADABLE: Final = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError)
"""What damage makes `zipfile` raise."""
_HINT: Final = "Ask whoever sent it for another one."


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds.

    Attributes:
        main: the name of the graph's file.
        files: every file but the manifest, by its name with `/`; `main` is among them.
        needs: what it takes to run the graph, in short phrases.
    """

    main: str
    files: Mapping[str, bytes]
    needs: tuple[str, ...] = ()
    name: str = ""
    roles: Mapping[str, str] = field(default_factory=dict)
    """What a file is there for: `graph`, `subgraph`, `cassette`, `data`, `inputs`."""

    @property
    def graph(self) -> Graph:
        """The graph itself.

        Raises:
            FileProblem: it cannot be read.
        """
        return loads(self.files[self.main])


def write_bundle(bundle: Bundle) -> bytes:
    """The bytes of a bundle; the same for the same content."""
    rows = [
        {"path": name, "role": bundle.roles.get(name, "data"), "bytes": len(data),
         "sha256": hashlib.sha256(data).hexdigest()}
        for name, data in bundle.files.items()
    ]  # fmt: skip
    head = {"baton_bundle": VERSION, "name": bundle.name, "graph": bundle.main, "needs": list(bundle.needs)}
    manifest = json.dumps({**head, "files": rows}, ensure_ascii=False, indent=2).encode("utf-8")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in {MANIFEST: manifest, **bundle.files}.items():
            entry = zipfile.ZipInfo(name, _WHEN)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return made.getvalue()


def read_bundle(data: bytes) -> Bundle:
    """Reads a bundle wholly into memory, within its caps, and compares each file with the manifest.

    Raises:
        FileProblem: it is no bundle, is damaged, or tries a trick; the message names the file in it.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found = _all(archive)
    except _UNREADABLE as error:
        raise FileProblem(f"The bundle cannot be read: {str(error).rstrip('.')}.", _HINT) from None
    if MANIFEST not in found:
        raise FileProblem(f"This .zip is no bundle of Baton: it has no {MANIFEST}.", "Open the graph file in it.")
    return _checked(_manifest(found.pop(MANIFEST)), found)


def unpack(bundle: Bundle, folder: Path) -> Path:
    """Writes the files of a bundle into a folder that is new or empty.

    Returns:
        where the graph's file stands now.

    Raises:
        FileProblem: there is something in the folder already, or it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise FileProblem(f"There are files in {folder} already.", "Name a new or empty folder.")
        for name, data in bundle.files.items():
            place = folder / PurePosixPath(name)
            place.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(Disk(), place, data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileProblem(f"The bundle cannot be unpacked into {folder}: {reason}.", "Name another folder.") from error
    return folder / PurePosixPath(bundle.main)


def _all(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = [entry for entry in archive.infolist() if not entry.filename.endswith("/")]
    if len(entries) > MOST_FILES:
        raise FileProblem(f"The bundle has {len(entries):,} files; at most {MOST_FILES:,} are read.", _HINT)
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise _too_much()
    found: dict[str, bytes] = {}
    folded: set[str] = set()
    left = MOST_BYTES
    for entry in entries:
        _refuse_tricks(entry)
        if entry.filename.casefold() in folded:
            raise FileProblem(f"The bundle has two files named {_shown(entry.filename)}.", _HINT)
        folded.add(entry.filename.casefold())
        with archive.open(entry) as file:
            data = file.read(min(FILE_CAP, left) + 1)  # never more, whatever size it claims
        if len(data) > min(FILE_CAP, left):
            raise _too_much()
        left -= len(data)
        found[entry.filename] = data
    return found


def _too_much() -> FileProblem:
    return FileProblem("The bundle is larger than the 256 MB (64 MB for one file) that are read.", _HINT)


def _refuse_tricks(entry: zipfile.ZipInfo) -> None:
    """Only plain files below the folder, with names that mean the same on every system."""
    name, mode = entry.filename, entry.external_attr >> 16
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FileProblem(f"The file {_shown(name)} in the bundle is packed in an unusual way.", _HINT)
    if entry.flag_bits & 0x1:
        raise FileProblem(f"The file {_shown(name)} in the bundle is encrypted.", _HINT)
    if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
        raise FileProblem(f"{_shown(name)} in the bundle is no plain file.", _HINT)
    if not safe_name(name):
        raise FileProblem(f"The name {_shown(name)} in the bundle could lead out of its folder.", _HINT)


def _manifest(data: bytes) -> Mapping[str, Any]:
    manifest = parse(data)
    version = manifest.get("baton_bundle") if isinstance(manifest, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FileProblem(f"The {MANIFEST} of this .zip is not one of Baton's.", "Open the graph file in it.")
    if version > VERSION:
        raise FileProblem("The bundle was made by a newer Baton.", "Install the newest version of Baton.")
    return manifest  # type: ignore[no-any-return]  # seen above: an object


def _checked(manifest: Mapping[str, Any], found: Mapping[str, bytes]) -> Bundle:
    rows = manifest.get("files")
    listed = {
        row["path"]: row
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and isinstance(row.get("path"), str)
    }
    if extra := sorted(found.keys() ^ listed.keys()):
        raise FileProblem(f"The bundle and its manifest differ at {_shown(extra[0])}.", _HINT)
    for name, row in listed.items():
        if row.get("sha256") != hashlib.sha256(found[name]).hexdigest():
            raise FileProblem(f"The file {_shown(name)} in the bundle is not what its manifest says.", _HINT)
    main = manifest.get("graph")
    if not isinstance(main, str) or main not in found:
        raise FileProblem("The bundle does not say which of its files is the graph.", _HINT)
    needs = manifest.get("needs")
    told = tuple(need for need in needs if isinstance(need, str)) if isinstance(needs, list) else ()
    roles = {name: str(row.get("role", "data")) for name, row in listed.items()}
    return Bundle(main, dict(found), told, str(manifest.get("name") or ""), roles)


def _shown(name: str) -> str:
    return ascii(name[:80])
