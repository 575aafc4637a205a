"""Rows of a table: CSV with a line of names at its head, or JSON lines."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

from engine.export.standalone.parts.values import Failed, kind_of


def rows(table: Any) -> list[Any]:
    """The rows of a text or a file; its ending says which sort it is, else its first character."""
    is_file = isinstance(table, dict) and set(table) == {"path", "text"}
    path, said = (table["path"].lower(), table["text"]) if is_file else ("", table)
    if not isinstance(said, str):
        raise Failed("type", f"The text of a table (CSV or JSON lines) is needed here, but {kind_of(said)} came.")
    said = said.removeprefix("\ufeff")
    plain = not path.endswith((".csv", ".tsv")) and said.lstrip()[:1] in ("{", "[")
    if path.endswith((".jsonl", ".ndjson")) or plain:
        return [_parsed(number, line) for number, line in enumerate(said.split("\n"), 1) if line.strip()]
    head = said.lstrip("\r\n").partition("\n")[0]
    mark = "\t" if path.endswith(".tsv") else max(",;\t", key=head.count)
    try:
        read = csv.reader(io.StringIO(said, newline=""), delimiter=mark, strict=True)
        names, *lines = [row for row in read if any(cell.strip() for cell in row)] or [[]]
    except csv.Error as error:
        raise Failed("type", f"The table is not CSV: {error}.") from None
    names = [name.strip() for name in names]
    if "" in names or len(set(names)) < len(names):
        raise Failed("type", "Each column of the table needs a name of its own.")
    if odd := next((line for line in lines if len(line) != len(names)), None):
        raise Failed("type", f"A row of the table has {len(odd)} values for {len(names)} names.")
    return [dict(zip(names, line, strict=True)) for line in lines]


def _parsed(number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        raise Failed("type", f"Line {number} of the table is not JSON.") from None
