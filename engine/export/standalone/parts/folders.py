"""Text files: read by a glob, and written into a folder after a look at all that would be overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.export.standalone.parts.globbing import (
    LARGEST_TEXT,
    beside,
    checked_path,
    files_in,
    place_in,
    plain_bytes,
    put,
)
from engine.export.standalone.parts.ledger import knows, note, told, version_at, version_of, writer_of
from engine.export.standalone.parts.people import choice
from engine.export.standalone.parts.places import HERE, key_of
from engine.export.standalone.parts.values import Failed, kind_of

UNSEEN = "it is there, and this run has not seen it as it is now"
OUTCOMES = {"fail": "nothing was written", "skip": "left as it is", "overwrite": "overwritten"}


def read_files(root: str, glob: str, max_files: int, binary: str = "skip") -> dict[str, Any]:
    """The text files that a glob means below a folder beside this program, sorted by path."""
    files: list[dict[str, str]] = []
    try:
        found = sorted(files_in(beside(root), glob))
    except OSError as error:
        raise Failed("bad_request", f"The folder “{root}” cannot be read: {error.strerror}.") from None
    if len(found) > max_files:
        raise Failed("bad_request", f"More than {max_files} files fit “{glob}” in “{root}”.")
    size = 0
    for path, place in found:
        try:
            raw = plain_bytes(place)
            size += len(raw)
            if len(raw) > LARGEST_TEXT or size > 16 * LARGEST_TEXT:
                raise Failed("bad_request", f"The file “{path}” is larger than 4 MB, or all files than 64 MB.")
            if b"\0" in raw:
                raise ValueError
            files.append({"path": path, "text": raw.decode("utf-8")})
            note(place, version_of(raw))
        except OSError as error:
            raise Failed("bad_request", f"The file “{path}” cannot be read: {error.strerror}.") from None
        except ValueError:
            if binary == "fail":
                raise Failed("bad_request", f"The file “{path}” is no text in UTF-8.") from None
    return {"files": files}


async def write_files(root: str, given: Any, on_conflict: str) -> dict[str, Any]:
    """Writes files below a folder beside this program. One that is there, differs, and was not seen by this run as it
    is now, is a conflict."""
    folder, files = beside(root), _files(given)
    differing = {path: place for path in files if (place := _unknown(folder, path, files[path])) is not None}
    conflicts = [_conflict(path, place, OUTCOMES.get(on_conflict, "")) for path, place in differing.items()]
    if conflicts and on_conflict == "fail":
        named = ", ".join(list(differing)[:3])
        why = f"{len(conflicts)} of the files would overwrite what this run has not seen: {named}."
        what = "Read them first, remove them, or choose what to do with such files."
        raise Failed("tool", f"Nothing was written, since {why} {what}")
    left = set(differing) if on_conflict == "skip" else set[str]()
    for path, conflict in zip(differing, conflicts, strict=True) if on_conflict == "ask" else ():
        words = f"{told(differing[path])} would be overwritten: {UNSEEN}. Which one holds?"
        taken = await choice(words, {"keep": "what is there", "write": files[path][:2_000]})
        left |= {path} if taken == "keep" else set()
        conflict["outcome"] = "left as it is by a person" if taken == "keep" else "overwritten by a person"
    for path in [path for path in files if path not in left]:
        try:
            note(put(folder, path, files[path].encode()), version_of(files[path].encode()), wrote=True)
        except OSError as error:
            raise Failed("tool", f"A file in “{root}” cannot be written: {error.strerror}.") from None
    return {"written": [path for path in files if path not in left], "conflicts": conflicts}


def _files(given: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for file in given if isinstance(given, list) else [given]:
        if not isinstance(file, Mapping) or set(file) != {"path", "text"}:
            raise Failed("type", f"It writes files, as {{path, text}}, but was given {kind_of(file)}.")
        if found.setdefault(checked_path(file["path"]), file["text"]) != file["text"]:
            raise Failed("bad_request", f"Two different files have the path “{file['path']}”.")
    return found


def _unknown(folder: Path, path: str, text: str) -> Path | None:
    """Where a file is that would be overwritten unseen."""
    place = place_in(folder, path)
    version = version_at(place)
    return None if version == version_of(text.encode()) or knows(place, version) else place


def _conflict(path: str, place: Path, outcome: str) -> dict[str, Any]:
    version = version_at(place)
    sides = [{"node": writer_of(place, version), "did": "wrote", "version": version},
             {"node": key_of(HERE.get()), "did": "writes", "version": ""}]  # fmt: skip
    return {"path": path, "resource": told(place), "sides": sides, "why": UNSEEN, "outcome": outcome}
