"""Rows of a table as inputs of a graph: cells read as the inputs' types say, and what is missing or left over told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.errors import WrongUse
from engine.base.suggest import did_you_mean
from engine.files.typed import read_as

if TYPE_CHECKING:
    from engine.files.rows import Rows
    from engine.graph.graph import Graph
    from engine.graph.records import Node


def table_inputs(
    graph: Graph, table: Rows, extra: Collection[str] = (), folder: Path | None = None
) -> list[dict[str, Any]]:
    """The inputs of each row. A column that is no input is left out.

    Args:
        extra: columns that are there for something else.
        folder: where files that cells name stand; None is the folder that the program runs in.

    Raises:
        WrongUse: an input has no column and no default, or a cell cannot be read; the message names the row.
    """
    for column in extra:
        if column not in table.columns:
            known = f"There are: {', '.join(table.columns) or 'none'}."
            raise WrongUse(f"The table has no column “{column}”.", did_you_mean(column, table.columns) or known)
    inputs = named(graph, "input")
    needed = {name: bool(graph.outgoing(node.id)) for name, node in inputs.items()}
    found: list[dict[str, Any]] = []
    for number, row in enumerate(table.rows, 1):
        try:
            found.append(_row(inputs, needed, row, None if not table.texts else folder or Path()))
        except WrongUse as error:
            raise WrongUse(f"Row {number}{error.message}", error.hint) from None
    return found


def left_out(graph: Graph, table: Rows, extra: Collection[str] = ()) -> list[str]:
    """The columns that no input takes."""
    inputs = named(graph, "input")
    return [column for column in table.columns if column not in inputs and column not in extra]


def named(graph: Graph, kind: str) -> dict[str, Node]:
    """The inputs or outputs of a graph by name, in file order."""
    return {str(node.config.get("name") or node.id): node for node in graph.nodes.values() if node.kind == kind}


def _row(
    inputs: Mapping[str, Node], needed: Mapping[str, bool], row: Mapping[str, Any], folder: Path | None
) -> dict[str, Any]:
    """The inputs of a row. `folder` is None where its values are what they are, and no texts to be read."""
    found: dict[str, Any] = {}
    for name, node in inputs.items():
        wanted, default = str(node.config.get("type") or "text"), "default" in node.config
        wanted = "text" if wanted == "any" else wanted
        empty = name not in row or (folder is not None and row[name] == "" and (default or wanted != "text"))
        if not empty:
            found[name] = row[name] if folder is None else _read(name, wanted, row[name], folder)
        elif not default and needed[name]:
            raise WrongUse(f" has no value for the input “{name}”.", f"Give it a column “{name}”, or a default.")
    return found


def _read(name: str, wanted: str, cell: str, folder: Path) -> Any:
    try:
        return read_as(name, wanted, cell, folder)
    except WrongUse as error:
        raise WrongUse(f": {error.message}", error.hint) from None
