"""The table of results of a batch while it grows: which run works on which row, what came of it, and the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from engine.base.errors import WrongUse
from engine.batch.perform import DONE, Row
from engine.files.rows import Rows, Sheet, read_rows

if TYPE_CHECKING:
    from engine.archive.confusion import Confusion
    from engine.batch.perform import RowResult

TOLD: Final = ("row", "status", "run", "cost_usd", "seconds", "error")
"""Columns that every table of results has, before those of the inputs and outputs."""
BEGUN: Final = "running"
"""The status of a row whose run goes on, or did when the program was killed."""
CUT: Final = "interrupted"
"""The status of such a row once nothing works on it any more."""
Line: TypeAlias = dict[str, Any]
"""What the table says of a row, by column: never changed once it was told."""


def place_beside(table: Path) -> Path:
    """Where the results of a table go: beside it."""
    return table.with_name(f"{table.stem}.results{table.suffix}")


class Columns:
    """The columns of the results: what is told of a run, the inputs, the outputs; of two with one name the later one
    says what it is."""

    def __init__(self, told: Sequence[str], inputs: Sequence[str], outputs: Sequence[str]) -> None:
        self.inputs = {name: f"input.{name}" if name in told else name for name in inputs}
        taken = {*told, *self.inputs.values()}
        self.outputs = {name: f"output.{name}" if name in taken else name for name in outputs}
        self.all = [*told, *self.inputs.values(), *self.outputs.values()]


class Results:
    """The table of results while it grows, and the sum of it.

    Args:
        table: what the rows are given.
        place: the file of the results.
        outputs: names of the graph's outputs.
        label: the column with the right route of each row.
        route: the router that is held against it; "" for none.

    Attributes:
        lines: what the table says of each row by its number; `found` are those that ended in this start or before.
    """

    def __init__(
        self, table: Rows, place: Path, outputs: Sequence[str], *, label: str = "", route: str = ""
    ) -> None:  # fmt: skip
        self.table, self.place, self.label, self.route = table, place, label, route
        self.columns = Columns((*TOLD, *(("route",) if route else ())), table.columns, outputs)
        self._sheet = Sheet(place, self.columns.all)
        self.found: dict[int, Line] = {}
        self.lines: dict[int, Line] = {}

    def begin(self, inputs: Sequence[Mapping[str, Any]], resume: bool) -> list[Row]:
        """Begins the table, or goes on with one. Returns the rows to run.

        Raises:
            WrongUse: results are there already, and are not to be gone on with.
            FileProblem: they cannot be read or written.
        """
        if not resume and self.place.exists():
            hint = "Go on with them (--resume), or name another file (-o)."
            raise WrongUse(f"The results in {self.place} are there already.", hint)
        self.lines = self.known() if resume else {}
        self.found = {number: line for number, line in self.lines.items() if line.get("status") in DONE}
        left = [(number, values) for number, values in enumerate(inputs, 1) if number not in self.found]
        self._sheet.begin(self._ordered())
        return [Row(number, values, str(self.lines.get(number, {}).get("run") or "")) for number, values in left]

    def began(self, row: Row, run: str) -> Line:
        """Writes down which run works on a row, before it does: should this program be killed, that run goes on."""
        if self.lines.get(row.number, {}).get("run") != run:
            return self._add(row.number, {"row": row.number, "status": BEGUN, "run": run})
        return {**self.lines[row.number], "status": BEGUN}

    def tell(self, result: RowResult) -> Line:
        """Takes the result of a row: a line in the table."""
        told = {"row": result.number, "status": result.status, "run": result.run, "cost_usd": result.cost_usd,
                "seconds": round(result.seconds, 3), "error": result.error or None}  # fmt: skip
        if self.route:
            told["route"] = result.routes.get(self.route, "")
        outputs = {self.columns.outputs[name]: value for name, value in result.outputs.items()}
        line = self.found[result.number] = self._add(result.number, {**told, **outputs})
        return line

    def end(self) -> None:
        """Puts the table in order."""
        for number, line in self.lines.items():
            if line.get("status") == BEGUN:
                self.lines[number] = {**line, "status": CUT}
        self._sheet.begin(self._ordered())

    def known(self) -> dict[int, Line]:
        """The rows of an earlier start by number; one that was given something else is not known.

        Raises:
            FileProblem: the results cannot be read.
        """
        known: dict[int, Line] = {}
        for row in read_rows(self.place, grows=True).rows if self.place.exists() else ():
            told = str(row.get("row", ""))[:10]
            number = int(told) if told.isdecimal() else 0
            if 1 <= number <= len(self.table.rows):
                given = self._given(number).items()
                if all(row.get(column) == cell for column, cell in given):
                    known[number] = {**row, "row": number}
        return known

    def _add(self, number: int, told: Line) -> Line:
        """Adds a line for a row; the last one that there is of a row counts."""
        self.lines[number] = line = {**told, **self._given(number)}
        self._sheet.add(line)
        return line

    def _ordered(self) -> list[Line]:
        return [self.lines[number] for number in sorted(self.lines)]

    def _given(self, number: int) -> Line:
        """The cells of a row in the columns of the results."""
        return {self.columns.inputs[name]: cell for name, cell in self.table.rows[number - 1].items()}


def statuses(lines: Mapping[int, Line]) -> Counter[str]:
    """How many rows ended how, in the order of the rows."""
    return Counter(str(lines[number]["status"]) for number in sorted(lines))


def cost(lines: Mapping[int, Line]) -> float | None:
    """US dollars of all rows, earlier starts included; None when one is unknown."""
    costs = [line.get("cost_usd") for line in lines.values()]
    return None if None in costs or "" in costs else sum(float(cost) for cost in costs if cost is not None)


def confusion(lines: Mapping[int, Line], table: Rows, label: str) -> Confusion:
    """The routes of rows against the column that says which was right."""
    from engine.archive.confusion import Confusion

    return Confusion.of((right, route) for _, right, route in routed(lines, table, label))


def routed(lines: Mapping[int, Line], table: Rows, label: str) -> Iterator[tuple[int, str, str]]:
    """Each row that has ended, by its number: the route that was right, and the one that was chosen."""
    for number in sorted(lines):
        yield number, str(table.rows[number - 1].get(label, "")), str(lines[number].get("route", ""))
