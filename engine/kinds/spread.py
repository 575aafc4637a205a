"""What a map works on: items from a list, from rows of a table, or from every combination of several lists. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final, Literal

from engine.base.errors import NodeError
from engine.base.incoming import judge
from engine.base.rules import Rule
from engine.base.values import Value, as_text, is_file, repair, type_of

Over = Literal["list", "rows", "matrix"]
ITEMS: Final = "items"
"""The port where a list or a table arrives."""
COMBINATIONS: Final = 1_000_000
"""Most combinations that a matrix is worked out for."""
LABEL: Final = 80
"""Characters of a label."""
DELIMITERS: Final = ",;\t"


@dataclass(frozen=True, slots=True)
class Spread:
    """The items of one map, in order. `label(i)` names one for people."""

    items: Sequence[Value]
    axes: tuple[str, ...] = ()

    def label(self, index: int) -> str:
        """The path of a file, the combination of a matrix, else ""."""
        item = self.items[index]
        if self.axes:
            text = ", ".join(f"{axis}={as_text(item[axis])}" for axis in self.axes)
        else:
            text = str(item["path"]) if is_file(item) else ""
        text = " ".join(text.split())
        return text if len(text) <= LABEL else f"{text[: LABEL - 1]}…"


def sources(over: Over, axes: Sequence[str]) -> tuple[str, ...]:
    """The ports that the items come from: `items`, or one for each list of a matrix."""
    return tuple(axes) if over == "matrix" else (ITEMS,)


def spread(node: str, over: Over, axes: Sequence[str], exclude: Rule | None, values: Mapping[str, Value]) -> Spread:
    """The items of a map.

    Args:
        node: the map's id, for messages.
        axes: the names of a matrix's lists.
        exclude: of a matrix, what to leave out.
        values: what stands at each of the `sources`.

    Raises:
        NodeError: a value cannot be what the map works on.
    """
    if over == "matrix":
        return spread_matrix(node, {axis: values[axis] for axis in axes}, exclude)
    return (spread_rows if over == "rows" else spread_list)(node, values[ITEMS])


def spread_list(node: str, value: Value) -> Spread:
    """The items of a list (semantics.md S5).

    Raises:
        NodeError: `type`: anything but a list, named with the node.
    """
    if not isinstance(value, list):
        raise NodeError(
            "type", f"The map “{node}” takes a list, but was given {type_of(value)}.", "Give it a list, if need be []."
        )
    return Spread(value)


def spread_rows(node: str, value: Value) -> Spread:
    """The rows of a table: a text, or a file, of CSV with a line of names at its head, or of JSON lines.

    A file's ending says which; else a text whose first line begins with a bracket is taken as JSON lines.

    Raises:
        NodeError: `type`: the value is no text; a line of it cannot be read, which is named by its number.
    """
    text = value["text"] if is_file(value) else value
    if not isinstance(text, str):
        raise NodeError(
            "type", f"The map “{node}” takes the text of a table (CSV or JSON lines), but was given {type_of(value)}.",
            "Give it a text or a file, or choose another “Over”.",
        )  # fmt: skip
    text = text.removeprefix("\ufeff")
    path = str(value["path"]).lower() if is_file(value) else ""
    as_json = path.endswith((".jsonl", ".ndjson")) or (
        not path.endswith((".csv", ".tsv")) and text.lstrip()[:1] in ("{", "[")
    )
    read = _json_lines(text) if as_json else _csv_rows(text, "\t" if path.endswith(".tsv") else "")
    try:
        return Spread(list(read))
    except _BadLine as bad:
        what = "JSON" if as_json else "CSV"
        raise NodeError(
            "type", f"The map “{node}” cannot read line {bad.line} of its {what}: {bad.why}.", "Correct that line."
        ) from None


def spread_matrix(node: str, lists: Mapping[str, Value], exclude: Rule | None) -> Spread:
    """Every combination of the values of several lists as an object, the last name changing fastest.

    Args:
        lists: the values by the names of their ports, in the order of the config.
        exclude: leaves out each combination that it holds for.

    Raises:
        NodeError: `type`: one of the lists is none. `bad_request`: there are more than `COMBINATIONS`.
    """
    for axis, values in lists.items():
        if not isinstance(values, list):
            raise NodeError(
                "type", f"The map “{node}” takes a list at “{axis}”, but was given {type_of(values)}.",
                "Give it a list, if need be [].",
            )  # fmt: skip
    total = prod(len(values) for values in lists.values()) if lists else 0
    if total > COMBINATIONS:
        raise NodeError(
            "bad_request", f"The lists of the map “{node}” make {total:,} combinations, more than {COMBINATIONS:,}.",
            "Shorten one of the lists.",
        )  # fmt: skip
    if not total:
        return Spread([], tuple(lists))
    made = (dict(zip(lists, values, strict=True)) for values in product(*lists.values()))
    return Spread([each for each in made if exclude is None or not exclude.holds(each)], tuple(lists))


class _BadLine(Exception):
    def __init__(self, line: int, why: str) -> None:
        super().__init__(line, why)
        self.line, self.why = line, why


def _json_lines(text: str) -> Iterator[Value]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, parse_constant=_no_constant)
            judge(value)
            yield repair(value)
        except RecursionError:
            raise _BadLine(number, "it is nested too deeply") from None
        except json.JSONDecodeError as error:
            raise _BadLine(number, f"{error.msg} at character {error.colno}") from None
        except ValueError as error:
            raise _BadLine(number, str(error)) from None


def _no_constant(name: str) -> Value:
    raise ValueError(f"{name} is not JSON")


def _csv_rows(text: str, delimiter: str) -> Iterator[dict[str, str]]:
    head = text.lstrip("\r\n").partition("\n")[0]
    found = delimiter or max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=found, strict=True)
    names: list[str] = []
    while True:
        begins = reader.line_num + 1
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise _BadLine(begins, str(error)) from None
        if row is None:
            return
        if not any(cell.strip() for cell in row):
            continue
        if not names:
            names = _names(row, begins)
        elif len(row) != len(names):
            raise _BadLine(begins, f"it has {len(row)} values for {len(names)} names")
        else:
            yield dict(zip(names, row, strict=True))


def _names(row: Sequence[str], line: int) -> list[str]:
    names = [name.strip() for name in row]
    if "" in names:
        raise _BadLine(line, f"column {names.index('') + 1} has no name")
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise _BadLine(line, f"two columns have the name “{double}”")
    return names
