"""The table of results of a batch while it grows: which run works on which row, what came of it, and the sum."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.base.errors import WrongUse
from engine.cli.console import complain, inert, say, say_json
from engine.cli.report import price
from engine.files.rows import Rows, Sheet, read_rows
from engine.run.batch import DONE, Row

if TYPE_CHECKING:
    from engine.run.batch import RowResult

TOLD = ("row", "status", "run", "cost_usd", "seconds", "error")
"""Columns that every table of results has, before those of the inputs and outputs."""
BEGUN = "running"
"""The status of a row whose run goes on, or did when the program was killed."""


class Columns:
    """The columns of the results: what is told of a run, the inputs, the outputs; of two with one name the later one
    says what it is."""

    def __init__(self, told: Sequence[str], inputs: Sequence[str], outputs: Sequence[str]) -> None:
        self.inputs = {name: f"input.{name}" if name in told else name for name in inputs}
        taken = {*told, *self.inputs.values()}
        self.outputs = {name: f"output.{name}" if name in taken else name for name in outputs}
        self.all = [*told, *self.inputs.values(), *self.outputs.values()]


@dataclass
class Report:
    """The table of results while it grows, and the sum of it.

    Attributes:
        lines: what the table says of each row by its number; `found` are those that ended in this start or before.
    """

    table: Rows
    columns: Columns
    sheet: Sheet
    place: Path
    label: str
    route: str
    stopped: bool = False
    found: dict[int, dict[str, Any]] = field(default_factory=dict)
    lines: dict[int, dict[str, Any]] = field(default_factory=dict)

    def begin(self, inputs: list[dict[str, Any]], resume: bool) -> list[Row]:
        """Begins the table, or goes on with one. Returns the rows to run."""
        if not resume and self.place.exists():
            hint = "Go on with --resume, or name another file with -o."
            raise WrongUse(f"The results in {self.place} are there already.", hint)
        self.lines = self._known() if resume else {}
        self.found = {number: line for number, line in self.lines.items() if line.get("status") in DONE}
        left = [(number, values) for number, values in enumerate(inputs, 1) if number not in self.found]
        rows = [Row(number, values, str(self.lines.get(number, {}).get("run") or "")) for number, values in left]
        self.sheet.begin(self._ordered())
        if resume:
            begun = sum(bool(row.run) for row in rows)
            more = f" {begun} more had begun and go{'es' if begun == 1 else ''} on." if begun else ""
            complain(f"{len(self.found)} of {len(inputs)} rows were finished before.{more}", level="note")
        return rows

    def began(self, row: Row, run: str) -> None:
        """Writes down which run works on a row, before it does: should this program be killed, that run goes on."""
        if self.lines.get(row.number, {}).get("run") != run:
            self._add(row.number, {"row": row.number, "status": BEGUN, "run": run})

    def tell(self, result: RowResult) -> None:
        """Takes the result of a row: a line in the table, and one for whoever watches."""
        told = {"row": result.number, "status": result.status, "run": result.run, "cost_usd": result.cost_usd,
                "seconds": round(result.seconds, 3), "error": result.error or None}  # fmt: skip
        if self.route:
            told["route"] = result.routes.get(self.route, "")
        outputs = {self.columns.outputs[name]: value for name, value in result.outputs.items()}
        self._add(result.number, {**told, **outputs})
        self.found[result.number] = self.lines[result.number]
        note = f" – {result.error}" if result.error else ""
        how = f"{result.status} in {result.seconds:.1f} s, {price(result.cost_usd)}{note}"
        complain(f"{len(self.found)} of {len(self.table.rows)}: {inert(how)}", level=f"row {result.number}")

    @property
    def exit_code(self) -> int:
        statuses = {str(row["status"]) for row in self.found.values()}
        if self.stopped or "cancelled" in statuses:
            return 130
        return 1 if "failed" in statuses else 3 if "paused" in statuses else 0

    def end(self, as_json: bool) -> None:
        """Puts the table in order and says the sum."""
        from engine.archive.confusion import Confusion

        for line in self.lines.values():
            if line.get("status") == BEGUN:
                line["status"] = "interrupted"
        rows = self._ordered()
        self.sheet.begin(rows)
        counts = Counter(str(row["status"]) for row in rows)
        labels = [str(self.table.rows[row["row"] - 1].get(self.label, "")) for row in rows]
        pairs = [(label, str(row.get("route", ""))) for label, row in zip(labels, rows, strict=True)]
        confusion = Confusion.of(pairs) if self.route else None
        if as_json:
            more = {"confusion": confusion.as_json()} if confusion else {}
            total = len(self.table.rows)
            say_json({"rows": total, "statuses": counts, "cost_usd": self._cost(), "results": str(self.place), **more})
            return
        for text in confusion.lines() if confusion else ():
            say(inert(text))
        told = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in counts.items()) or "no rows"
        say(f"{told} · {price(self._cost())} · {self.place}")

    def _add(self, number: int, told: dict[str, Any]) -> None:
        """Adds a line for a row; the last one that there is of a row counts."""
        self.lines[number] = line = {**told, **self._given(number)}
        self.sheet.add(line)

    def _ordered(self) -> list[dict[str, Any]]:
        return [self.lines[number] for number in sorted(self.lines)]

    def _given(self, number: int) -> dict[str, Any]:
        """The cells of a row in the columns of the results."""
        return {self.columns.inputs[name]: cell for name, cell in self.table.rows[number - 1].items()}

    def _known(self) -> dict[int, dict[str, Any]]:
        """The rows of an earlier start by number; one that was given something else is not known."""
        known: dict[int, dict[str, Any]] = {}
        for row in read_rows(self.place, grows=True).rows if self.place.exists() else ():
            number = int(row["row"]) if str(row.get("row", "")).isdigit() else 0
            if 1 <= number <= len(self.table.rows):
                given = self._given(number).items()
                if all(row.get(column) == cell for column, cell in given):
                    known[number] = {**row, "row": number}
        return known

    def _cost(self) -> float | None:
        """US dollars of all rows, earlier starts included; None when one is unknown."""
        costs = [row.get("cost_usd") for row in self.lines.values()]
        return None if None in costs or "" in costs else sum(float(cost) for cost in costs if cost is not None)
