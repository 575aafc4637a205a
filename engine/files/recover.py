"""What was not saved survives a crash: each open document's edits in a log of its own, and the way back (T9)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.errors import BatonError, FileProblem
from engine.base.ids import run_id
from engine.files.format import graph_from_json, record_from_json
from engine.files.recovery_log import RecoveryLog, locked
from engine.files.save import Disk
from engine.files.strict import parse
from engine.graph.changes import Change, Difference, Slot, apply
from engine.graph.graph import Graph

if TYPE_CHECKING:  # the settings load pydantic, which nothing here needs
    from engine.base.settings import Home


@dataclass(frozen=True, slots=True)
class Entry:
    """Unsaved work that was found.

    Attributes:
        log: the file that holds it.
        path: the graph file that was open, None for one that was never saved.
        name: the graph's name.
        at: seconds since 1970 of the last edit.
        edits: how many edits can be brought back.
        pid: the process that wrote it; `alive` says whether it still does.
    """

    log: Path
    path: Path | None
    name: str
    at: float
    edits: int
    pid: int
    alive: bool


class Recovery:
    """The recovery logs of one user.

    Args:
        home: the program's folder; the logs stand in its `recovery`.
        disk: the calls that write.
    """

    def __init__(self, home: Home, disk: Disk | None = None) -> None:
        self._folder = home.recovery
        self._disk = disk or Disk()

    def log(self, path: Path | None) -> RecoveryLog:
        """The log for one document that is being opened. Nothing is written before its first edit."""
        return RecoveryLog(self._folder / f"{run_id()}.jsonl", path, self._disk)

    def pending(self) -> list[Entry]:
        """What can be recovered, latest first; logs whose window is still open are marked `alive`."""
        try:
            logs = [path for path in self._folder.iterdir() if path.suffix == ".jsonl"]
        except OSError:
            return []
        entries = [entry for entry in map(_entry, logs) if entry]
        return sorted(entries, key=lambda entry: entry.at, reverse=True)

    def restore(self, entry: Entry) -> Graph:
        """The graph after the last edit that reached the disk whole. The original file is not touched.

        Raises:
            FileProblem: not even the first state can be read.
        """
        graph: Graph | None = None
        for line in _lines(entry.log):
            try:
                graph = _after(graph, line)
            except (BatonError, KeyError, TypeError, ValueError, IndexError, AttributeError):
                break  # what follows a damaged line was made for a state that we do not have
        if graph is None:
            raise FileProblem(f"The unsaved work on “{entry.name}” cannot be read.", "Open the saved file instead.")
        return graph

    def discard(self, entry: Entry) -> None:
        """Forgets unsaved work for good."""
        with contextlib.suppress(OSError):
            entry.log.unlink(missing_ok=True)


def _entry(log: Path) -> Entry | None:
    """What stands in a log; None when nothing of it can be used."""
    head: dict[str, Any] = {}
    name, at, edits, usable = "", 0.0, 0, False
    with contextlib.suppress(TypeError, ValueError, KeyError, IndexError):  # a damaged line ends what can be used
        for line in _lines(log):
            head = head or line
            name = _name_in(line, name)
            at = float(line.get("at", at))
            edits = int(line["edits"]) if "graph" in line else edits + ("changes" in line)
            usable = usable or "graph" in line
    alive = locked(log)
    if not usable:
        if not alive and _old(log):
            with contextlib.suppress(OSError):
                log.unlink(missing_ok=True)
        return None
    path, pid = head.get("path"), head.get("pid")
    return Entry(log, Path(str(path)) if path else None, name, at, edits, pid if isinstance(pid, int) else 0, alive)


def _name_in(line: dict[str, Any], name: str) -> str:
    """The graph's name after a line."""
    renamed = [item[4] for item in line.get("changes", ()) if item[:2] == ["head", "name"]]
    return str([line.get("name", name), *renamed][-1] or "")


def _old(log: Path) -> bool:
    """Whether a log that holds nothing was left behind, and is not just being begun."""
    with contextlib.suppress(OSError):
        return time.time() - log.stat().st_mtime > 3600
    return False


def _lines(log: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of a log; a torn or damaged one ends it."""
    try:
        file = log.open("rb")
    except OSError:
        return
    with file:
        for raw in file:
            if not raw.endswith(b"\n"):
                return
            try:
                line = parse(raw)
            except FileProblem:
                return
            if not isinstance(line, dict):
                return
            yield line


def _after(graph: Graph | None, line: dict[str, Any]) -> Graph | None:
    if "graph" in line:
        whole = graph_from_json(line["graph"])
        return whole.with_tables(head={key: whole.head[key] for key in line["head"]})
    if "changes" in line and graph is not None:
        return apply(graph, Difference(tuple(_change(graph, item) for item in line["changes"])))
    return graph


def _change(graph: Graph, item: list[Any]) -> Change:
    """A change as `RecoveryLog` writes it: table, key, place before, place after, record after."""
    table, key, was_at, now_at, data = item
    before = None if was_at is None else Slot(was_at, graph.table(table)[key])
    after = None if now_at is None else Slot(now_at, record_from_json(table, data))
    return Change(table, key, before, after)
