"""`baton batch`: one run of a graph for each row of a table, with the results in a table beside it."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli import options
from engine.cli.console import complain, inert, new_app, say, say_json
from engine.cli.report import price

if TYPE_CHECKING:
    from engine.files.rows import Rows, Sheet
    from engine.graph.graph import Graph
    from engine.run.batch import Batch, Row, RowResult
    from engine.run.control import Run, RunOptions
    from engine.run.services import Services

app = new_app()

TOLD = ("row", "status", "run", "cost_usd", "seconds", "error")
"""Columns that every table of results has, before those of the inputs and outputs."""


@app.command()
def batch(
    file: Annotated[Path, typer.Argument(help="The graph file.")],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A table: .csv, or .jsonl with an object on each line.")],
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where the results go (DATA.results.csv).")] = None,
    at_once: Annotated[int, typer.Option("--concurrency", min=1, max=256, help="Runs at the same time.")] = 4,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a table of results: skip finished rows.")
    ] = False,
    label: Annotated[str, typer.Option("--label", metavar="COLUMN", help="The column with the right route.")] = "",
    route: Annotated[str, typer.Option("--route", metavar="NODE", help="The router that is held against it.")] = "",
    rehearse: options.Rehearse = False,
    tier: options.Tiers = None,
    budget: Annotated[
        float | None, typer.Option("--budget", min=0, metavar="USD", help="Most money for all rows together.")
    ] = None,
    settings: options.Settings = None,
    cache: options.Cache = False,
    trust: options.Trust = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the sum as one JSON object.")] = False,
) -> None:
    """Run a graph once for each row. Exit code 0 all completed, 1 some failed, 2 wrong use, 3 some paused, 4 not
    trusted, 130 cancelled."""
    from engine.base.errors import WrongUse
    from engine.base.suggest import did_you_mean
    from engine.cli import given
    from engine.cli.beforehand import allow, beside_its_files
    from engine.cli.table import output_names, table_inputs
    from engine.files.open import open_graph
    from engine.files.rows import Sheet, read_rows
    from engine.run.batch import Batch, Row
    from engine.run.control import RunOptions
    from engine.run.services import Services

    _refuse_odd(label, route, budget)
    services = Services.load()
    file = beside_its_files(file, services.home)
    folder = file.resolve().parent
    graph = given.changed(open_graph(file), settings or (), services.beside(folder).kinds)
    table = read_rows(data)
    inputs = table_inputs(graph, table, {label} if label else ())
    allow(graph, services, file.resolve(), inputs[0] if inputs else {}, trust=trust)
    if route and route not in graph.nodes:
        raise WrongUse(f"The graph has no node “{route}”.", did_you_mean(route, graph.nodes))
    place = out or data.with_name(f"{data.stem}.results{data.suffix}")
    columns = _Columns((*TOLD, *(("route",) if route else ())), table.columns, output_names(graph))
    report = _Report(table, columns, Sheet(place, columns.all), place, label=label, route=route)
    chosen = RunOptions(rehearse=rehearse, tiers=given.tiers(tier or (), services.models()), cache=cache, pace=0)

    starts = _Starts(graph, chosen, services, file.resolve())
    if inputs:
        starts.start(Row(1, inputs[0]), None)  # what is wrong with all rows, such as missing trust, is said once
    rows = report.begin(inputs, resume)
    asyncio.run(_perform(Batch(starts.start, starts.again, at_once=at_once, budget_usd=budget), rows, report))
    report.end(as_json)
    raise typer.Exit(report.exit_code)


@dataclass(frozen=True, slots=True)
class _Starts:
    """Makes the run of each row.

    Attributes:
        chosen: what holds for all rows.
        file: the whole name of the graph's file.
    """

    graph: Graph
    chosen: RunOptions
    services: Services
    file: Path

    def start(self, row: Row, usd: float | None) -> Run:
        """A new run. `usd`: what is left of the budget for all rows."""
        from engine.run.control import Run

        chosen = replace(self.chosen, budget_usd=_least(usd, self.graph.settings.budget_usd))
        return Run(self.graph, row.inputs, chosen, folder=self.file.parent, services=self.services, file=str(self.file))

    def again(self, row: Row, usd: float | None) -> Run:
        """The run of a row that began in an earlier session goes on, if it can."""
        from engine.base.errors import Refused, WrongUse
        from engine.run.control import Run

        try:
            paid = Run.resume(row.run, services=self.services).before.cost or 0.0
        except (WrongUse, Refused):  # it was deleted, or went on elsewhere
            return self.start(row, usd)
        most = _least(None if usd is None else paid + usd, self.graph.settings.budget_usd)
        return Run.resume(row.run, services=self.services, budget_usd=most)


async def _perform(batch: Batch, rows: list[Row], report: _Report) -> None:
    """Runs the rows; SIGINT and SIGTERM stop them, a second one without waiting (S10)."""
    loop = asyncio.get_running_loop()

    def stop(_number: int, _frame: FrameType | None) -> None:
        report.stopped = True
        loop.call_soon_threadsafe(batch.stop)

    old = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        await batch.perform(rows, report.tell)
    finally:
        for number, handler in old.items():
            signal.signal(number, handler)


def _least(one: float | None, two: float | None) -> float | None:
    """The smaller of two caps; None is none."""
    return min((cap for cap in (one, two) if cap is not None), default=None)


def _refuse_odd(label: str, route: str, budget: float | None) -> None:
    import math

    from engine.base.errors import WrongUse

    if bool(label) != bool(route):
        raise WrongUse("--label and --route belong together.", "Name the column with the right route, and the router.")
    if budget is not None and not math.isfinite(budget):
        raise WrongUse(f"A budget of {budget} US dollars is no limit.", "Write a number, such as --budget 0.50.")


class _Columns:
    """The columns of the results: what is told of a run, the inputs, the outputs; of two with one name the later one
    says what it is."""

    def __init__(self, told: Sequence[str], inputs: Sequence[str], outputs: Sequence[str]) -> None:
        self.inputs = {name: f"input.{name}" if name in told else name for name in inputs}
        taken = {*told, *self.inputs.values()}
        self.outputs = {name: f"output.{name}" if name in taken else name for name in outputs}
        self.all = [*told, *self.inputs.values(), *self.outputs.values()]


@dataclass
class _Report:
    """The table of results while it grows, and the sum of it."""

    table: Rows
    columns: _Columns
    sheet: Sheet
    place: Path
    label: str
    route: str
    stopped: bool = False
    found: dict[int, dict[str, Any]] = field(default_factory=dict)

    def begin(self, inputs: list[dict[str, Any]], resume: bool) -> list[Row]:
        """Begins the table, or goes on with one. Returns the rows to run."""
        from engine.base.errors import WrongUse
        from engine.run.batch import DONE, Row

        known = self._known() if resume else {}
        if not resume and self.place.exists():
            hint = "Go on with --resume, or name another file with -o."
            raise WrongUse(f"The results in {self.place} are there already.", hint)
        rows: list[Row] = []
        for number, values in enumerate(inputs, 1):
            before = known.get(number, {})
            if before.get("status") in DONE:
                self.found[number] = before
            else:
                begun = before.get("status") in ("paused", "cancelled")
                rows.append(Row(number, values, str(before["run"]) if begun else ""))
        self.sheet.begin(self.found.values())
        if resume:
            complain(f"{len(self.found)} of {len(inputs)} rows were finished before.", level="note")
        return rows

    def tell(self, result: RowResult) -> None:
        """Takes the result of a row: a line in the table, and one for whoever watches."""
        told = {"row": result.number, "status": result.status, "run": result.run, "cost_usd": result.cost_usd,
                "seconds": round(result.seconds, 3), "error": result.error or None}  # fmt: skip
        if self.route:
            told["route"] = result.routes.get(self.route, "")
        outputs = {self.columns.outputs[name]: value for name, value in result.outputs.items()}
        self.found[result.number] = row = {**told, **self._given(result.number), **outputs}
        self.sheet.add(row)
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

        rows = [self.found[number] for number in sorted(self.found)]
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
        for line in confusion.lines() if confusion else ():
            say(inert(line))
        told = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in counts.items()) or "no rows"
        say(f"{told} · {price(self._cost())} · {self.place}")

    def _given(self, number: int) -> dict[str, Any]:
        """The cells of a row in the columns of the results."""
        return {self.columns.inputs[name]: cell for name, cell in self.table.rows[number - 1].items()}

    def _known(self) -> dict[int, dict[str, Any]]:
        """The rows of an earlier start by number; one that was given something else is not known."""
        from engine.files.rows import read_rows

        known: dict[int, dict[str, Any]] = {}
        for row in read_rows(self.place).rows if self.place.exists() else ():
            number = int(row["row"]) if str(row.get("row", "")).isdigit() else 0
            if 1 <= number <= len(self.table.rows):
                given = self._given(number).items()
                if all(row.get(column) == cell for column, cell in given):
                    known[number] = {**row, "row": number}
        return known

    def _cost(self) -> float | None:
        """US dollars of all rows, earlier starts included; None when one is unknown."""
        costs = [row.get("cost_usd") for row in self.found.values()]
        return None if None in costs or "" in costs else sum(float(cost) for cost in costs if cost is not None)
