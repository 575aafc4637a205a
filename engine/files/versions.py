"""Named versions of a graph: plain graph files in a folder beside it, made to be read, copied and kept in git."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.base.errors import FileProblem, WrongUse
from engine.base.ids import id_from
from engine.base.suggest import did_you_mean
from engine.files.open import open_graph
from engine.files.save import save_graph
from engine.graph.graph import Graph

ENDING: Final = ".baton.json"
FOLDER: Final = ".versions"
KEY: Final = "version"
"""The top-level key under which a version says its name, its time (ISO 8601, UTC) and what it is about."""
LONGEST: Final = 200
"""Characters of a version's name."""
_NUMBER: Final = re.compile(r"(\d{3,9})-")


@dataclass(frozen=True, slots=True)
class Version:
    """One version that was kept.

    Attributes:
        number: counted from 1 for each graph; the newest has the largest.
        at: when it was kept, as `2026-11-23T04:05:06Z`.
        note: what the person wrote about it, or "".
    """

    path: Path
    number: int
    name: str
    at: str
    note: str = ""

    def graph(self) -> Graph:
        """The graph as it was.

        Raises:
            FileProblem: its file cannot be read.
        """
        return _without(open_graph(self.path))


def folder_of(path: Path) -> Path:
    """Where the versions of a graph's file stand: `NAME.versions` beside it."""
    name = path.name.removesuffix(ENDING) if path.name.endswith(ENDING) else path.stem
    return path.parent / f"{name}{FOLDER}"


def versions_of(path: Path) -> list[Version]:
    """The versions of a graph's file, newest first; what cannot be read is passed over."""
    found = []
    for file in folder_of(path).glob(f"*{ENDING}"):
        number = _NUMBER.match(file.name)
        if number:
            with suppress(FileProblem):
                found.append(_version(file, int(number[1])))
    return sorted(found, key=lambda version: (version.number, version.at), reverse=True)


def keep(graph: Graph, path: Path, name: str, note: str = "", *, when: float | None = None) -> Version:
    """Keeps a graph as a version of a file; nothing else changes.

    Args:
        when: seconds since 1970; by default now.

    Raises:
        WrongUse: the name is empty or too long.
        FileProblem: it cannot be written.
    """
    name = " ".join(name.split())
    if not name or len(name) > LONGEST:
        raise WrongUse("A version needs a name of at most 200 characters.", "Say what is special about it.")
    number = max((version.number for version in versions_of(path)), default=0) + 1
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(when))
    said = {"name": name, "at": at, **({"note": note} if note else {})}
    folder = folder_of(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or "the folder cannot be made"
        raise FileProblem(f"The version was not kept: {reason}.", "Save the graph to another folder.") from error
    file = folder / f"{number:03}-{id_from(name)[:40].strip('_')}{ENDING}"
    save_graph(graph.with_tables(head={**graph.head, KEY: said}), file, generations=0)
    return Version(file, number, name, at, note)


def version(path: Path, wanted: str) -> Version:
    """The version of a number or a name; of several with one name the newest.

    Raises:
        WrongUse: there is none.
    """
    found = versions_of(path)
    for each in found:
        if wanted in (str(each.number), f"{each.number:03}", each.name, each.path.name):
            return each
    if not found:
        raise WrongUse(f"{path.name} has no versions yet.", "Keep one: baton versions keep FILE NAME")
    known = [each.name for each in found]
    hint = did_you_mean(wanted, known) or f"There are {', '.join(known[:5])}."
    raise WrongUse(f"{path.name} has no version “{wanted}”.", hint)


def forget(kept: Version) -> None:
    """Deletes a version.

    Raises:
        FileProblem: it cannot be deleted.
    """
    try:
        kept.path.unlink(missing_ok=True)
        with suppress(OSError):  # others are still in it
            kept.path.parent.rmdir()
    except OSError as error:
        raise FileProblem(f"The version “{kept.name}” cannot be deleted: {error.strerror}.", "") from error


def _version(file: Path, number: int) -> Version:
    said = open_graph(file).head.get(KEY)
    known = said if isinstance(said, dict) else {}
    name, at, note = (known.get(key) if isinstance(known.get(key), str) else "" for key in ("name", "at", "note"))
    return Version(file, number, name or file.name.removesuffix(ENDING).partition("-")[2], at or "", note or "")


def _without(graph: Graph) -> Graph:
    return graph.with_tables(head={key: value for key, value in graph.head.items() if key != KEY})
