"""Opens graph files: strictly, naming the place of each fault, and inertly: nothing in it is run or asked (T1, T8)."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.base.errors import FileProblem
from engine.base.garbage import uncollected
from engine.files.format import VERSION, graph_from_json
from engine.files.strict import FILE_CAP, parse
from engine.graph.graph import Graph

NODE_CAP = 200_000
EDGE_CAP = 1_000_000

Migrations = Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file was like when it was read or written, to notice that somebody else changed it since."""

    mtime_ns: int
    size: int
    sha256: str


def open_graph(path: Path | str) -> Graph:
    """Reads a graph file.

    Returns:
        The graph; its `read_only` says why when it was made by a newer version.

    Raises:
        FileProblem: it cannot be read, or it is no graph file; `place` says where.
    """
    return open_stamped(path)[0]


def open_stamped(path: Path | str) -> tuple[Graph, Stamp]:
    """As `open_graph`, with the stamp that `save_graph` wants to see again."""
    data, stamp = read_file(Path(path))
    return loads(data), stamp


def loads(data: str | bytes) -> Graph:
    """Reads a graph from the text of its file.

    Raises:
        FileProblem: see `open_graph`.
    """
    with uncollected():  # a large graph is all new values, none of them dead
        return graph_of(parse(data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")))


def graph_of(data: Any, migrations: Migrations | None = None) -> Graph:
    """Reads a graph from the parsed JSON of a file, of any version.

    Args:
        migrations: `baton` number -> the step from it to the next; by default those of `engine.files.migrations`.

    Raises:
        FileProblem: see `open_graph`.
    """
    version = _version(data)
    if version > VERSION:
        return _newer(data, version)
    if version < VERSION:
        steps = found_migrations() if migrations is None else migrations
        for number in range(version, VERSION):
            if number not in steps:
                hint = "Open it with the version of Baton that made it and save it there first."
                raise FileProblem(f"Files with the number {number} cannot be read any more.", hint, place="baton")
            data = {**steps[number](data), "baton": number + 1}
    _check_counts(data)
    return graph_from_json(data)


def found_migrations() -> Migrations:
    """The steps in `engine.files.migrations`, looked for only when an old file is opened."""
    from engine.base.discover import modules

    return {module.FROM: module.migrate for module in modules("engine.files.migrations")}


def read_file(path: Path) -> tuple[bytes, Stamp]:
    """Reads a file's bytes, never more than the cap, and never from a pipe or a device.

    Raises:
        FileProblem: it cannot be read or is too large.
    """
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    try:
        if path.is_dir():
            raise FileProblem(f"{path} is a folder, not a graph file.", "Open a file that ends with .baton.json.")
        with os.fdopen(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise FileProblem(f"{path} is not an ordinary file.", "Open a file that ends with .baton.json.")
            data = file.read(FILE_CAP + 1) if status.st_size <= FILE_CAP else b""
    except FileNotFoundError as error:
        raise FileProblem(f"There is no file {path}.", "Check the name and the folder.") from error
    except PermissionError as error:
        raise FileProblem(f"You may not read {path}.", "Ask its owner for the right to read it.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise FileProblem(f"{path} cannot be read: {reason}.", "Check the name and the disk.") from error
    if status.st_size > FILE_CAP or len(data) > FILE_CAP:
        hint = "Keep large texts in files of their own, or split the graph into sub-graphs."
        raise FileProblem(f"{path} is larger than the 64 MB that are read.", hint)
    return data, Stamp(status.st_mtime_ns, len(data), hashlib.sha256(data).hexdigest())


def _version(data: Any) -> int:
    if not isinstance(data, dict) or "baton" not in data:
        raise FileProblem("This JSON is not a graph of Baton: it has no “baton” number.", _NUMBER, place="baton")
    version = data["baton"]
    if isinstance(version, bool) or not isinstance(version, int) or version < 0:
        raise FileProblem("The “baton” number must be a whole number such as 1.", _NUMBER, place="baton")
    return version


_NUMBER = 'A graph file begins with {"baton": 1, ...}.'


def _newer(data: dict[str, Any], version: int) -> Graph:
    reason = f"it was saved by a newer Baton (file number {version}, this one writes {VERSION})."
    try:
        _check_counts(data)
        return replace(graph_from_json(data), read_only=reason)
    except FileProblem as problem:
        message = f"The file cannot be shown: {reason} {problem.message}"
        raise FileProblem(message, "Install the newest version of Baton.", place=problem.place) from problem


def _check_counts(data: Mapping[str, Any]) -> None:
    for key, cap in (("nodes", NODE_CAP), ("edges", EDGE_CAP)):
        items = data.get(key)
        if isinstance(items, list) and len(items) > cap:
            hint = "Split the graph into sub-graphs."
            raise FileProblem(f"The file has {len(items):,} {key}; at most {cap:,} are read.", hint, place=key)
