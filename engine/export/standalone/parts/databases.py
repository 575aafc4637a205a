"""Reads a SQLite database of a folder on behalf of a model; nothing can be changed by it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

from engine.export.standalone.parts.filetools import Folder
from engine.export.standalone.parts.ledger import note, version_at
from engine.export.standalone.parts.tools import ToolError

MOST_ROWS, LONGEST_ROWS, LARGEST_CELL, QUERY_S, STEPS = 1_000, 100_000, 1_000_000, 10.0, 10_000
LONGEST_PATTERN, MOST_LETTERS = 1_000, 1_000
MAY = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


class Databases:
    """The databases of a folder."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def query(self, database: str, sql: str, parameters: Sequence[Any] = ()) -> dict[str, Any]:
        """Columns and rows of a SELECT; says when there are more."""
        place, until = self._folder.place(database), [monotonic() + QUERY_S]
        try:
            return await asyncio.to_thread(_answer, place, sql, tuple(parameters), until)
        except asyncio.CancelledError:
            until[0] = 0.0
            raise
        finally:
            note(place, version_at(place))


def _answer(place: Path, sql: str, parameters: tuple[Any, ...], until: list[float]) -> dict[str, Any]:
    if not place.is_file():
        raise ToolError(f"There is no database “{place.name}”. List the folder to see what there is.")
    try:
        with closing(sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True, timeout=2)) as database:
            database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_CELL)
            database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            database.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, LONGEST_PATTERN)
            for name, strip in (("trim", str.strip), ("ltrim", str.lstrip), ("rtrim", str.rstrip)):
                database.create_function(name, 2, partial(_trimmed, strip), deterministic=True)
            database.set_authorizer(_judged)
            database.set_progress_handler(lambda: monotonic() > until[0], STEPS)
            return _rows(database.execute(sql, parameters))
    except (sqlite3.Error, sqlite3.Warning) as error:
        if monotonic() > until[0]:
            raise ToolError("The query took too long and was ended. Ask for less.") from None
        raise ToolError(f"SQLite says: {error}. Only one SELECT may be asked.") from None


def _rows(cursor: sqlite3.Cursor) -> dict[str, Any]:
    told: dict[str, Any] = {"columns": [column[0] for column in cursor.description or ()], "rows": []}
    room = LONGEST_ROWS
    for row in cursor:
        shown = [f"[{len(value)} bytes]" if isinstance(value, bytes) else value for value in row]
        room -= sum(len(str(value)) for value in shown)
        if len(told["rows"]) == MOST_ROWS or room < 0:
            return {**told, "more": f"cut after {len(told['rows'])} rows"}
        told["rows"].append(shown)
    return told


def _trimmed(strip: Callable[[str, str], str], text: Any, letters: Any) -> str | None:
    """What SQLite's own does, which takes minutes for two long texts and cannot be ended meanwhile."""
    if text is None or letters is None:
        return None
    whole, some = (
        each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in (text, letters)
    )
    return strip(whole, "".join(dict.fromkeys(some))[:MOST_LETTERS])


def _judged(action: int, _one: str | None, name: str | None, _database: str | None, _by: str | None) -> int:
    """What a query may do: read. Nothing is attached, loaded, set or written."""
    if action == sqlite3.SQLITE_FUNCTION and name in ("load_extension", "fts3_tokenizer"):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in MAY else sqlite3.SQLITE_DENY
