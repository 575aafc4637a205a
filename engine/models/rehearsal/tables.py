"""Tables in a text, as CSV or as a JSON list of objects: their rows, and what can be said of their columns."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

Row = Mapping[str, Any]

MOST_ROWS = 1000
_SEPARATORS = (",", ";", "\t")


def rows(text: str) -> list[Row]:
    """The rows of the first table in a text, each by its columns' names; empty when there is none."""
    return _json_rows(text) or _csv_rows(text)


def column(row: Row, name: str) -> Any:
    """What a row has under a name, whatever its case and separators (`Order ID` is `order_id`); None without it."""
    wanted = _plain(name)
    return next((value for key, value in row.items() if _plain(key) == wanted), None)


def coerced(value: Any, kind: str) -> Any:
    """A cell as the JSON type `kind`; unchanged where it cannot be one."""
    if kind in ("number", "integer") and (number := _number(value)) is not None:
        return int(number) if kind == "integer" or number.is_integer() else number
    if kind == "boolean" and str(value).lower() in ("true", "yes", "1", "false", "no", "0"):
        return str(value).lower() in ("true", "yes", "1")
    if kind == "string" and not isinstance(value, str):
        return json.dumps(value)
    return value


def describe(table: Sequence[Row]) -> list[str]:
    """Observations about a table: its size, and for each column its range or its most frequent value, and gaps."""
    names = list(table[0])
    notes = [f"{len(table)} rows with {len(names)} columns: {', '.join(names)}"]
    for name in names:
        cells = [row.get(name) for row in table]
        there = [cell for cell in cells if cell not in (None, "")]
        gaps = f"; missing in {len(cells) - len(there)}" if len(there) < len(cells) else ""
        numbers = [number for cell in there if (number := _number(cell)) is not None]
        if numbers and len(numbers) == len(there):
            total = "" if _plain(name).endswith("id") else f", {sum(numbers):g} in all"
            notes.append(f"{name}: from {min(numbers):g} to {max(numbers):g}{total}{gaps}")
        elif there:
            often, times = Counter(map(str, there)).most_common(1)[0]
            most = f", most often {often} ({times} times)" if times > 1 else ""
            notes.append(f"{name}: {len(set(map(str, there)))} different values{most}{gaps}")
    return notes


def _json_rows(text: str) -> list[Row]:
    decoder = json.JSONDecoder()
    at = text.find("[")
    for _ in range(8):
        if at < 0:
            break
        try:
            found, _ = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list) and found and all(isinstance(row, dict) and row for row in found):
            return found[:MOST_ROWS]
        at = text.find("[", at + 1)
    return []


def _csv_rows(text: str) -> list[Row]:
    """The longest stretch of lines with equally many cells, two at least, under a heading without figures."""
    lines = text.splitlines()
    best: list[Row] = []
    for separator in _SEPARATORS:
        parsed = [_cells(line, separator) for line in lines]
        for size, group in groupby(parsed, key=len):
            block = list(group)
            heading = block[0]
            named = all(cell and not cell[0].isdigit() and len(cell) < 40 for cell in heading)
            if size > 1 and len(block) > max(2, len(best)) and named and len(set(heading)) == size:
                best = [dict(zip(heading, cells, strict=True)) for cells in block[1 : MOST_ROWS + 1]]
    return best


def _cells(line: str, separator: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    except csv.Error:
        return []


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e15 else None


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
