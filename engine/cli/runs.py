"""`baton runs`: the stored runs: listed, shown, compared, deleted."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.console import inert, new_app, say, say_json
from engine.cli.options import AsJson
from engine.cli.report import difference_lines, ending, node_lines, price, questions, shortage

if TYPE_CHECKING:
    from engine.graph.graph import Graph
    from engine.run.journal import Journal, StoredRun
    from engine.run.view import View

app = new_app("List, show, compare or delete the stored runs.")

RunId = Annotated[str, typer.Argument(metavar="RUN", help="The id of a run, or how it begins.")]


@app.command(name="list")
def list_runs(
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many at most.")] = 100,
) -> None:
    """List the stored runs, newest first."""
    rows = [_row(run) for run in _journal().runs(limit)]
    if as_json:
        say_json({"runs": rows})
        return
    if not rows:
        say("No runs are stored yet. Make one: baton run FILE")
    for row in rows:
        when = time.strftime("%Y-%m-%d %H:%M", time.localtime(row["created"]))
        seconds = "" if row["seconds"] is None else f"{row['seconds']:.1f} s"
        how = f"{row['status']:<24} {seconds:>9}  {price(row['cost_usd']):>12}"
        say(f"{row['run']}  {when}  {how}  {_size(row['bytes']):>8}  {inert(row['name'])}")


@app.command()
def show(run: RunId, as_json: AsJson = False) -> None:
    """Show what became of one run: its outputs and its nodes."""
    from engine.run.result import Result

    journal = _journal()
    stored = journal.find(run)
    view = _view(journal, stored)
    result = Result(lambda: view)
    if as_json:
        say_json({**result.as_json(), "name": stored.name, "file": stored.file, "created": stored.created})
        return
    say(f"{inert(stored.name) or stored.id}: {stored.file}".rstrip(": "))
    for text in node_lines(view):
        say(text)
    for text in ending(result):
        say(text)
    for said, how in (*questions(result), *filter(None, [shortage(result)])):
        say(f"{said}\n    {how}")


@app.command()
def diff(one: RunId, two: RunId, as_json: AsJson = False) -> None:
    """Say what two runs did otherwise: the first difference, then prompts, routes, outputs, time and money."""
    from engine.archive.compare import compare, run_order

    journal = _journal()
    found = [journal.find(run) for run in (one, two)]
    first, second = (_view(journal, stored) for stored in found)
    comparison = compare(first, second, run_order(*_graphs(journal, found)))
    if as_json:
        say_json(comparison.as_json())
        return
    for line in difference_lines(comparison):
        say(line)


@app.command()
def delete(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="Ids of runs.")], as_json: AsJson = False
) -> None:
    """Delete stored runs with all their events."""
    journal = _journal()
    found = list({stored.id: stored for stored in map(journal.find, runs)}.values())  # each once, however often named
    for stored in found:
        journal.delete(stored.id)
    if as_json:
        say_json({"deleted": [stored.id for stored in found]})
        return
    say(f"Deleted {len(found)} run{'' if len(found) == 1 else 's'}.")


def _journal() -> Journal:
    from engine.base.settings import Home
    from engine.run.journal import Journal

    return Journal(Home().runs)


def _view(journal: Journal, stored: StoredRun) -> View:
    from engine.run.view import View

    return View.of(journal.events(stored.id), interrupted=stored.status == "interrupted")


def _graphs(journal: Journal, runs: Iterable[StoredRun]) -> Iterator[Graph]:
    """The graphs of some runs, as they were stored; one that cannot be read is left out."""
    from engine.base.errors import FileProblem
    from engine.files.format import graph_from_json
    from engine.files.strict import parse

    for run in runs:
        with suppress(FileProblem):
            yield graph_from_json(parse((journal.graph(run.id) or "").encode()))


def _size(count: int) -> str:
    """Bytes for people; "" where they are not known yet."""
    return "" if not count else f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e3:.0f} kB"


def _row(run: StoredRun) -> dict[str, Any]:
    return {
        "run": run.id,
        "name": run.name,
        "file": run.file,
        "created": run.created,
        "seconds": None if run.seconds is None else round(run.seconds, 3),
        "status": run.status,
        "cost_usd": run.cost_usd,
        "bytes": run.bytes,
    }
