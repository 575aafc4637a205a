"""`baton batch`: one run of a graph for each row of a table, with the results in a table beside it."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli import options
from engine.cli.console import new_app

if TYPE_CHECKING:
    from engine.cli.results import Report
    from engine.run.batch import Batch, Row
    from engine.tools.mcp.pool import ToolServers

app = new_app()


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
    from engine.cli.results import TOLD, Columns, Report
    from engine.cli.row_runs import RowRuns
    from engine.cli.table import output_names, table_inputs
    from engine.files.open import open_graph
    from engine.files.rows import Sheet, held, read_rows
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
    columns = Columns((*TOLD, *(("route",) if route else ())), table.columns, output_names(graph))
    report = Report(table, columns, Sheet(place, columns.all), place, label=label, route=route)
    chosen = RunOptions(rehearse=rehearse, tiers=given.tiers(tier or (), services.models()), cache=cache, pace=0)

    starts = RowRuns(graph, chosen, services, file.resolve())
    if inputs:
        starts.start(Row(1, inputs[0]), None)  # what is wrong with all rows, such as missing trust, is said once
    batch = Batch(starts.start, starts.again, at_once=at_once, budget_usd=budget)
    with held(place):
        rows = report.begin(inputs, resume)
        asyncio.run(_perform(batch, rows, report, services.tool_servers))
        report.end(as_json)
    raise typer.Exit(report.exit_code)


async def _perform(batch: Batch, rows: list[Row], report: Report, servers: ToolServers) -> None:
    """Runs the rows; SIGINT and SIGTERM stop them, a second one without waiting (S10).

    Tool servers that one row has started go on for the next ones, and end with the batch.
    """
    kept = servers.use(lambda _kind, _data: None)
    loop = asyncio.get_running_loop()

    def stop(_number: int, _frame: FrameType | None) -> None:
        report.stopped = True
        loop.call_soon_threadsafe(batch.stop)

    old = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        await batch.perform(rows, report.tell, report.began)
    finally:
        await kept.aclose()
        for number, handler in old.items():
            signal.signal(number, handler)


def _refuse_odd(label: str, route: str, budget: float | None) -> None:
    import math

    from engine.base.errors import WrongUse

    if bool(label) != bool(route):
        raise WrongUse("--label and --route belong together.", "Name the column with the right route, and the router.")
    if budget is not None and not math.isfinite(budget):
        raise WrongUse(f"A budget of {budget} US dollars is no limit.", "Write a number, such as --budget 0.50.")
