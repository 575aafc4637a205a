"""`baton batch`: one run of a graph for each row of a table, with the results in a table beside it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.base.signals import stopping
from engine.cli import options
from engine.cli.console import complain, inert, new_app, say, say_json

if TYPE_CHECKING:
    from engine.batch.job import Job
    from engine.batch.perform import Row
    from engine.batch.results import Line, Results

app = new_app()

WRONG = 10
"""Rows with another route than the right one that are named at the end."""


@app.command()
def batch(
    file: Annotated[Path, typer.Argument(help="The graph file, or a bundle (.zip).")],
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
    from engine.batch.inputs import left_out, named
    from engine.batch.job import Job
    from engine.batch.results import place_beside
    from engine.batch.runs import RowRuns
    from engine.cli import given
    from engine.cli.beforehand import allow, beside_its_files
    from engine.files.open import open_graph
    from engine.files.rows import held, read_rows
    from engine.run.control import RunOptions
    from engine.run.services import Services

    _refuse_odd(label, route, budget)
    services = Services.load()
    file = beside_its_files(file, services.home)
    whole = file.resolve()
    graph = given.changed(open_graph(file), settings or (), services.beside(whole.parent).kinds)
    table = read_rows(data)
    chosen = RunOptions(rehearse=rehearse, tiers=given.tiers(tier or (), services.models()), cache=cache, pace=0)
    runs = RowRuns(graph, chosen, services, whole)
    _say_left_out(left_out(graph, table, {label}), named(graph, "input"))
    job = Job(
        runs, table, out or place_beside(data), label=label, route=route, at_once=at_once, budget_usd=budget
    )  # fmt: skip
    allow(graph, services, whole, job.inputs[0] if job.inputs else {}, trust=trust)
    job.check()
    with held(job.results.place):
        rows = job.results.begin(job.inputs, resume)
        if resume:
            _say_known(job.results, rows)
        stopped = asyncio.run(_perform(job, rows))
        job.results.end()
        _say_sum(job.results, as_json)
    raise typer.Exit(_exit_code(job.results, stopped))


async def _perform(job: Job, rows: list[Row]) -> bool:
    """Runs the rows; SIGINT and SIGTERM stop them, a second one without waiting (S10). Returns whether one came."""
    loop = asyncio.get_running_loop()
    with stopping(lambda: loop.call_soon_threadsafe(job.stop)) as signals:
        await job.perform(rows, lambda line: _say_row(job.results, line))
    return bool(signals)


def _say_left_out(columns: Iterable[str], inputs: Iterable[str]) -> None:
    from engine.base.suggest import did_you_mean

    for column in columns:
        hint = did_you_mean(column, inputs)
        complain(f"The column “{column}” is no input of the graph and is left out.", hint, level="warning")


def _say_known(results: Results, rows: list[Row]) -> None:
    begun = sum(bool(row.run) for row in rows)
    more = f" {begun} more had begun and go{'es' if begun == 1 else ''} on." if begun else ""
    complain(f"{len(results.found)} of {len(results.table.rows)} rows were finished before.{more}", level="note")


def _say_row(results: Results, line: Line) -> None:
    """A line for whoever watches, for a row that has ended."""
    from engine.batch.results import BEGUN
    from engine.cli.report import price

    if line["status"] == BEGUN:
        return
    note = f" – {line['error']}" if line["error"] else ""
    how = f"{line['status']} in {line['seconds']:.1f} s, {price(line['cost_usd'])}{note}"
    complain(f"{len(results.found)} of {len(results.table.rows)}: {inert(how)}", level=f"row {line['row']}")


def _say_sum(results: Results, as_json: bool) -> None:
    from engine.batch.results import confusion, cost, routed, statuses
    from engine.cli.report import price

    lines, place = results.lines, results.place
    counts, usd = statuses(lines), cost(lines)
    matrix = confusion(lines, results.table, results.label) if results.route else None
    if as_json:
        more = {"confusion": matrix.as_json()} if matrix else {}
        say_json({"rows": len(results.table.rows), "statuses": counts, "cost_usd": usd, "results": str(place), **more})
        return
    for text in matrix.lines() if matrix else ():
        say(inert(text))
    wrong = [each for each in routed(lines, results.table, results.label) if each[1] != each[2]] if matrix else []
    for row, right, chosen in wrong[:WRONG]:
        say(inert(f"row {row}: {chosen or 'nobody'}, not {right}"))
    if len(wrong) > WRONG:
        say(f"and {len(wrong) - WRONG} more rows; the column route of the results has them all")
    told = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in counts.items()) or "no rows"
    say(f"{told} · {price(usd)} · {place}")


def _exit_code(results: Results, stopped: bool) -> int:
    ended = {str(line["status"]) for line in results.found.values()}
    if stopped or "cancelled" in ended:
        return 130
    return 1 if "failed" in ended else 3 if "paused" in ended else 0


def _refuse_odd(label: str, route: str, budget: float | None) -> None:
    import math

    from engine.base.errors import WrongUse

    if bool(label) != bool(route):
        raise WrongUse("--label and --route belong together.", "Name the column with the right route, and the router.")
    if budget is not None and not math.isfinite(budget):
        raise WrongUse(f"A budget of {budget} US dollars is no limit.", "Write a number, such as --budget 0.50.")
