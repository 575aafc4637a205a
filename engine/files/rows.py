"""Tables of a batch: rows of values from CSV or JSON lines, and results that are written as they come."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.base.errors import FileProblem, WrongUse
from engine.base.values import Value, repair
from engine.files.bounded import text_bounded
from engine.files.strict import parse

LINES: Final = (".jsonl", ".ndjson")
"""Endings of files with one JSON object on each line; all others are read as CSV."""
TABLE_CAP: Final = 1024**3
"""Bytes of a table."""
_CELL: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Rows:
    """A table. In CSV every value is a text; in JSON lines it is what it is, and rows may lack columns."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, Value], ...]
    texts: bool


def is_lines(path: Path) -> bool:
    """Whether a file of this name holds JSON lines."""
    return path.suffix.lower() in LINES


def read_rows(path: Path, *, grows: bool = False) -> Rows:
    """Reads a table.

    Args:
        grows: rows are added to it, and the last one may have been cut off while it was: then it is left out.

    Raises:
        FileProblem: it cannot be read, or a row is not one; the message names the line.
    """
    try:
        text = text_bounded(path, TABLE_CAP, torn=grows)
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise FileProblem(f"The table {path} cannot be read: {said}.", "Check its name, or save it as UTF-8.") from None
    if is_lines(path):
        return _lines(path, text[: text.rfind("\n") + 1] if grows else text)
    return _csv(path, text, grows=grows)


def _csv(path: Path, text: str, *, grows: bool) -> Rows:
    csv.field_size_limit(_CELL)
    pieces = text.splitlines(keepends=True)
    reader, lines = csv.reader(pieces, strict=True), list[list[str]]()
    try:
        lines += filter(any, reader)
        if grows and not text.endswith("\n"):
            del lines[max(1, len(lines) - 1) :]
    except csv.Error as error:
        if not grows or reader.line_num < len(pieces):
            raise FileProblem(f"The table {path} is not CSV: {error}.", "Correct it.") from None
    columns = tuple(name.strip() for name in lines[0]) if lines else ()
    twice = next((name for name in columns if columns.count(name) > 1), None)
    if not columns or "" in columns or twice is not None:
        what = f"the column “{twice}” stands there twice" if twice else "its first line must name every column"
        raise FileProblem(f"The table {path} cannot be used: {what}.", "Correct its first line.")
    for number, line in enumerate(lines[1:], 1):
        if len(line) != len(columns):
            raise FileProblem(
                f"Row {number} of {path} has {len(line)} values, but there are {len(columns)} columns.", "Correct it."
            )
    return Rows(columns, tuple(dict(zip(columns, line, strict=True)) for line in lines[1:]), texts=True)


def _lines(path: Path, text: str) -> Rows:
    rows: list[Mapping[str, Value]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                row = parse(line.encode())
            except FileProblem as problem:
                raise FileProblem(f"Line {number} of {path} is not JSON: {problem.message}", problem.hint) from None
            if not isinstance(row, dict):
                raise FileProblem(f"Line {number} of {path} is not an object.", 'Write {"name": value, ...}.')
            rows.append(repair(row))
    return Rows(tuple(dict.fromkeys(name for row in rows for name in row)), tuple(rows), texts=False)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Holds a table that this program adds rows to; the system lets go of it however the program ends.

    Raises:
        WrongUse: another program holds it.
        FileProblem: nothing can be written there.
    """
    if os.name != "posix":
        yield
        return
    import fcntl

    beside = path.with_name(f".{path.name}.lock")
    try:
        stream = beside.open("w")
    except OSError as error:
        raise FileProblem(f"The results cannot be written to {path}: {error.strerror}.", "Name another file.") from None
    with stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            mine = os.path.samestat(os.fstat(stream.fileno()), beside.stat())  # else who held it has just ended
        except (BlockingIOError, FileNotFoundError):
            mine = False
        if not mine:
            raise WrongUse(f"Another program adds rows to {path}.", "Wait until it ends, or name another file.")
        try:
            yield
        finally:
            beside.unlink(missing_ok=True)


class Sheet:
    """A file of results: rows are added as they come, and stand in order in the end.

    Args:
        columns: of CSV; JSON lines take whatever a row has.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self._path, self._columns = path, list(columns)

    def begin(self, rows: Iterable[Mapping[str, Value]]) -> None:
        """Writes the file anew with these rows, so that a crash leaves the old one or the new one.

        Raises:
            FileProblem: it cannot be written.
        """
        beside = self._path.with_name(f".{self._path.name}.{os.getpid()}.tmp")
        try:
            with beside.open("w", encoding="utf-8", newline="") as file:
                if not is_lines(self._path):
                    csv.writer(file).writerow(self._columns)
                file.writelines(self._text(row) for row in rows)
            beside.replace(self._path)
        except OSError as error:
            raise self._problem(error) from None

    def add(self, row: Mapping[str, Value]) -> None:
        """Adds a row at the end, and has it on the disk.

        Raises:
            FileProblem: it cannot be written.
        """
        try:
            with self._path.open("a", encoding="utf-8", newline="") as file:
                file.write(self._text(row))
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise self._problem(error) from None

    def _text(self, row: Mapping[str, Value]) -> str:
        if is_lines(self._path):
            return json.dumps(row, ensure_ascii=False) + "\n"
        from io import StringIO

        line = StringIO()
        csv.writer(line).writerow([_cell(row.get(name)) for name in self._columns])
        return line.getvalue()

    def _problem(self, error: OSError) -> FileProblem:
        return FileProblem(f"The results cannot be written to {self._path}: {error.strerror}.", "Name another file.")


def _cell(value: Any) -> str:
    """A value as a cell: texts as they are, nothing for None, the rest as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
