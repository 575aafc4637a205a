"""`baton export`: a graph for others: the cleaned file itself, a diagram, or a picture."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from engine.cli.console import complain, new_app

app = new_app()


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The graph file.")],
    to: Annotated[str, typer.Option("--to", help="The format: json, mermaid, png or svg.")],
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where to write; - is stdout. By default NAME with the ending here.")
    ] = "",
) -> None:
    """Write a graph in another format, cleaned of secrets and personal paths."""
    from engine.export.registry import exporter
    from engine.export.share import exported
    from engine.files.open import open_graph
    from engine.run.services import Services

    chosen = exporter(to)
    graph, services = open_graph(file), Services.load()
    folder = file.resolve().parent
    made = exported(graph, chosen, services.beside(folder).kinds, folder=folder, redactor=services.secrets.redactor)
    if output == "-":
        sys.stdout.buffer.write(made.data)
        sys.stdout.buffer.flush()
        return
    name = file.name.removesuffix(".json").removesuffix(".baton") + chosen.suffix
    place = Path(output) if output else Path(name)
    if place.is_dir():
        place = place / name
    _write(place, file, made.data)
    complain(f"Wrote {place}.", level="done")
    if made.needs:
        complain(f"To run it, a teammate needs {', '.join(made.needs)}.", level="note")


def _write(place: Path, source: Path, data: bytes) -> None:
    from engine.base.errors import BatonError, WrongUse
    from engine.files.save import Disk, write_atomically

    if place.exists() and place.resolve() == source.resolve():
        raise WrongUse(f"The export would overwrite the graph {source} itself.", "Name another file with -o.")
    try:
        if place.exists() and not place.is_file():
            place.write_bytes(data)  # a pipe or a device is written to, never replaced
        else:
            write_atomically(Disk(), place, data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise BatonError(f"{place} cannot be written: {reason}.", "Name another place with -o.") from error
