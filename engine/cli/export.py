"""`baton export`: a graph or a run for others: the cleaned file, a bundle, code, a page, a diagram, a picture."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import complain, new_app, say

if TYPE_CHECKING:
    from engine.export.contract import Format
    from engine.export.share import Export
    from engine.run.services import Services

app = new_app()


@app.command()
def export(
    source: Annotated[str, typer.Argument(metavar="FILE|RUN", help="A graph file, or the id of a stored run.")] = "",
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="The format; --list names them all.")] = "",
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where to write; - is stdout. By default NAME with the ending here.")
    ] = "",
    listed: Annotated[bool, typer.Option("--list", help="Name the formats, then end.")] = False,
) -> None:
    """Write a graph or a run in another format, cleaned of secrets and personal paths."""
    from engine.base.errors import WrongUse
    from engine.files.names import stem_of
    from engine.run.journal import Journal
    from engine.run.services import Services

    if listed:
        _list()
        return
    if not source or not to:
        raise WrongUse(
            "FILE or RUN, or a format, is missing (see baton export --help).", "baton export FILE --to FORMAT"
        )
    services, file = Services.load(), Path(source)
    if not source.isalnum() or file.exists():  # an id is letters and digits
        chosen, made, cost = _graph(file, to, services)
        stem = stem_of(file)
    else:
        run = Journal(services.home.runs).find(source).id
        chosen, made, cost = *_run(run, to, services), ""
        stem = f"run-{run}"
    if output == "-":
        sys.stdout.buffer.write(made.data)
        sys.stdout.buffer.flush()
        return
    place = Path(output) if output else Path(stem + chosen.suffix)
    _write(place / (stem + chosen.suffix) if place.is_dir() else place, file, made.data)
    _tell(made, cost)


def _list() -> None:
    from engine.export.registry import exporter, names, run_exporter, run_names

    both: dict[str, Format] = {name: exporter(name) for name in names()}
    both |= {name: run_exporter(name) for name in run_names()}
    for name in sorted(both):
        what = " and ".join(word for word, known in (("graphs", names()), ("runs", run_names())) if name in known)
        say(f"{name:<12} {both[name].title:<40} {what}")


def _graph(file: Path, to: str, services: Services) -> tuple[Format, Export, str]:
    """A graph file in a format, and what a run of it costs, in words."""
    import time

    from engine.cli.beforehand import beside_its_files
    from engine.export.needs import expected_cost
    from engine.export.registry import exporter
    from engine.export.share import exported
    from engine.files.open import open_graph
    from engine.plan.capabilities import capabilities

    file = beside_its_files(file, services.home)
    chosen, graph, folder = exporter(to), open_graph(file), file.resolve().parent
    kinds = services.beside(folder).kinds
    could = capabilities(graph, kinds, folder)
    made = exported(
        graph, chosen, kinds, folder=folder, redactor=services.secrets.redactor, file=file.resolve(),
        trusted=bool(could) and services.trust.trusts(could),
    )  # fmt: skip
    return chosen, made, expected_cost(graph, kinds, services.models(), time.time())


def _run(run: str, to: str, services: Services) -> tuple[Format, Export]:
    from engine.export.record import run_record
    from engine.export.registry import run_exporter
    from engine.export.share import exported_run
    from engine.run.journal import Journal

    chosen = run_exporter(to)
    record = run_record(Journal(services.home.runs), run, services.secrets.redactor)
    return chosen, exported_run(record, chosen, services.kinds)


def _tell(made: Export, cost: str) -> None:
    if made.needs:
        complain(f"To run it, a teammate needs {', '.join(made.needs)}.", level="note")
        if cost:
            complain(f"{cost[:1].upper()}{cost[1:]}.", level="note")
    for sentence in made.inexact:
        complain(sentence, level="note")


def _write(place: Path, source: Path, data: bytes) -> None:
    from engine.base.errors import BatonError, WrongUse
    from engine.files.save import Disk, write_atomically

    if place.exists() and place.resolve() == source.resolve():
        raise WrongUse(f"The export would overwrite the graph {source} itself.", "Name another file with -o.")
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(data)  # a pipe or a device is written to, never replaced
        else:
            write_atomically(Disk(), Path(os.path.realpath(place)), data)  # a link stays one
    except OSError as error:
        reason = error.strerror or str(error)
        raise BatonError(f"{place} cannot be written: {reason}.", "Name another place with -o.") from error
    complain(f"Wrote {place}.", level="done")
