"""Rows of a table as inputs of a graph: cells read as the inputs' types say, and what is missing or left over told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from engine.base.errors import WrongUse
from engine.base.suggest import did_you_mean
from engine.cli import given
from engine.cli.console import complain

if TYPE_CHECKING:
    from engine.files.rows import Rows
    from engine.graph.graph import Graph
    from engine.graph.records import Node


def table_inputs(graph: Graph, table: Rows, extra: Collection[str]) -> list[dict[str, Any]]:
    """The inputs of each row. A column that is no input is told of and left out.

    Args:
        extra: columns that are there for something else.

    Raises:
        WrongUse: an input has no column and no default, or a cell cannot be read; the message names the row.
    """
    inputs = _named(graph, "input")
    for column in table.columns:
        if column not in inputs and column not in extra:
            hint = did_you_mean(column, inputs)
            complain(f"The column “{column}” is no input of the graph and is left out.", hint, level="warning")
    for column in extra:
        if column not in table.columns:
            known = f"There are: {', '.join(table.columns) or 'none'}."
            raise WrongUse(f"The table has no column “{column}”.", did_you_mean(column, table.columns) or known)
    needed = {name: bool(graph.outgoing(node.id)) for name, node in inputs.items()}
    return [_row(inputs, needed, row, number, texts=table.texts) for number, row in enumerate(table.rows, 1)]


def output_names(graph: Graph) -> list[str]:
    """The names of a graph's outputs, in file order."""
    return list(_named(graph, "output"))


def _named(graph: Graph, kind: str) -> dict[str, Node]:
    return {str(node.config.get("name") or node.id): node for node in graph.nodes.values() if node.kind == kind}


def _row(
    inputs: Mapping[str, Node], needed: Mapping[str, bool], row: Mapping[str, Any], number: int, *, texts: bool
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, node in inputs.items():
        wanted, default = str(node.config.get("type") or "text"), "default" in node.config
        wanted = "text" if wanted == "any" else wanted
        empty = name not in row or (texts and row[name] == "" and (default or wanted != "text"))
        if not empty:
            try:
                found[name] = given.value(name, wanted, row[name]) if texts else row[name]
            except WrongUse as error:
                raise WrongUse(f"Row {number}: {error.message}", error.hint) from None
        elif not default and needed[name]:
            raise WrongUse(
                f"Row {number} has no value for the input “{name}”.", f"Give it a column “{name}”, or a default."
            )
    return found
