"""Tool `sqlite.query`: reads a SQLite database of the folder that the person chose; nothing can be changed by it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any, Final

from engine.base.values import Value
from engine.tools.contract import Tool, ToolContext, ToolError

MOST_ROWS: Final = 1_000
LONGEST: Final = 100_000
"""Characters of all values together."""
CELL: Final = 1_000_000
"""Bytes of one value, and of what a query may make on the way."""
PATTERN: Final = 1_000
"""Bytes of a pattern of LIKE or GLOB. Inside one function nobody looks at the clock: this keeps it to seconds."""
LETTERS: Final = 1_000
"""Different letters that trim may take away, at most."""
LIMIT_S: Final = 10.0
_STEPS: Final = 10_000
"""Instructions of SQLite between two looks at the clock."""
_MAY: Final = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE})
_TRIMS: Final = {"trim": str.strip, "ltrim": str.lstrip, "rtrim": str.rstrip}
_PARAMETERS: Final = {
    "type": "object",
    "properties": {
        "database": {"type": "string", "description": "Path of the file in the folder, such as data/shop.db."},
        "sql": {"type": "string", "description": "One SELECT; the tables stand in sqlite_master."},
        "parameters": {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]},
                       "description": "Values for the ? in it."},
    },
    "required": ["database", "sql"],
    "additionalProperties": False,
}  # fmt: skip


class SqliteSource:
    """Offers the query.

    Args:
        limit_s: longest time of a query, in seconds.
    """

    name = "sqlite"

    def __init__(self, limit_s: float = LIMIT_S) -> None:
        self._limit_s = limit_s

    def tools(self) -> Sequence[Tool]:
        told = f"Asks a SQLite database and gives up to {MOST_ROWS} rows. It cannot change anything."
        return (Tool("sqlite.query", told, self._query, _PARAMETERS, writes=False, resource=_file, needs="folder"),)

    async def _query(self, arguments: Mapping[str, Any], context: ToolContext) -> Value:
        if context.desk is None:
            raise ToolError("No folder is chosen for this tool.", "Choose one in the node's settings.")
        query = _Query(arguments["sql"], tuple(arguments.get("parameters", ())), monotonic() + self._limit_s)
        place = context.desk.place(arguments["database"])
        try:
            return await asyncio.to_thread(query.answer, place)
        except asyncio.CancelledError:
            query.until = 0.0
            raise


def _file(arguments: Mapping[str, Any]) -> str:
    return f"fs {arguments['database']}"


class _Query:
    """One query, on a thread. Ends at the next look at the clock once `until`, in monotonic seconds, is over."""

    def __init__(self, sql: str, parameters: tuple[Any, ...], until: float) -> None:
        self._sql, self._parameters, self.until = sql, parameters, until

    def answer(self, place: Path) -> dict[str, Any]:
        """Columns and rows; says when there are more.

        Raises:
            ToolError: the database cannot be read, or the query is none, or too much.
        """
        if not place.is_file():
            raise ToolError(f"There is no database “{place.name}”.", "List the folder to see what there is.")
        try:
            with closing(sqlite3.connect(f"{place.as_uri()}?mode=ro", uri=True, timeout=2)) as database:
                return self._ask(database)
        except (sqlite3.Error, sqlite3.Warning) as error:
            if monotonic() > self.until:
                raise ToolError("The query took too long and was ended.", "Ask for less.") from None
            raise ToolError(f"SQLite says: {error}.", "Only one SELECT may be asked.") from None

    def _ask(self, database: sqlite3.Connection) -> dict[str, Any]:
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, CELL)
        database.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
        database.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, PATTERN)
        for name, strip in _TRIMS.items():
            database.create_function(name, 2, partial(_trimmed, strip), deterministic=True)
        database.set_authorizer(_judge)
        database.set_progress_handler(lambda: monotonic() > self.until, _STEPS)
        cursor = database.execute(self._sql, self._parameters)
        told: dict[str, Any] = {"columns": [column[0] for column in cursor.description or ()], "rows": []}
        room = LONGEST
        for row in cursor:
            shown = [_shown(value) for value in row]
            room -= sum(len(str(value)) for value in shown)
            if len(told["rows"]) == MOST_ROWS or room < 0:
                return {**told, "more": f"cut after {len(told['rows'])} rows"}
            told["rows"].append(shown)
        return told


def _shown(value: Any) -> Value:
    return f"[{len(value)} bytes]" if isinstance(value, bytes) else value


def _trimmed(strip: Callable[[str, str], str], text: Any, letters: Any) -> str | None:
    """What SQLite's own does, which takes minutes for two long texts and cannot be ended meanwhile."""
    if text is None or letters is None:
        return None
    whole, some = (
        each.decode("utf-8", "replace") if isinstance(each, bytes) else str(each) for each in (text, letters)
    )
    return strip(whole, "".join(dict.fromkeys(some))[:LETTERS])


def _judge(action: int, _one: str | None, name: str | None, _database: str | None, _by: str | None) -> int:
    """What a query may do: read. Nothing is attached, loaded, set or written."""
    if action == sqlite3.SQLITE_FUNCTION and name in ("load_extension", "fts3_tokenizer"):
        return sqlite3.SQLITE_DENY
    return sqlite3.SQLITE_OK if action in _MAY else sqlite3.SQLITE_DENY


SOURCE = SqliteSource()
