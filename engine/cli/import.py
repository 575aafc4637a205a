"""`baton import`: a graph from a file of another tool, a picture or a bundle, with a report of how true it is."""  # noqa: N999 - a command's file has its name

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import complain, inert, new_app, paint, say, say_json
from engine.cli.options import AsJson

if TYPE_CHECKING:
    from engine.export.importing import Imported

app = new_app()
COLOURS = {"warning": "red", "placeholder": "yellow", "left out": "yellow", "approximated": "blue", "exact": "dim"}


@app.command()
def make(
    file: Annotated[Path, typer.Argument(help="A file of another tool, a picture or a bundle (.zip).")],
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where to write; - is stdout. By default NAME.baton.json here.")
    ] = "",
    as_json: AsJson = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Make a graph of a file of LangGraph, Langflow, Flowise, Dify, n8n, Rivet or Mermaid; nothing in it is run.

    A bundle is unpacked into a folder of its own with all that is beside its graph.
    """
    from engine.export.imported import imported
    from engine.files.open import read_file

    data = read_file(file)[0]
    if output == "-":
        _shown(data, file, as_json=as_json)
        return
    if data.startswith(b"PK\x03\x04"):
        place = _unpacked(data, Path(output) if output else Path(_stem(file)))
        say_json({"file": str(place), "source": "Baton", "report": []}) if as_json else _wrote(place)
        return
    found = imported(data, file.name)
    place = _written(found, Path(output or f"{_stem(file)}.baton.json"), _stem(file), force=force)
    if as_json:
        report = [line.as_json() for line in found.report]
        say_json({"file": str(place), "source": found.source, "counts": found.counts(), "report": report})
        return
    for line in sorted(found.report, key=lambda each: list(COLOURS).index(each.how)):
        why = f": {inert(line.why)}" if line.why else ""
        say(f"{paint(f'{line.how:<13}', COLOURS[line.how])} {inert(line.what)}{why}")
    say(found.sentence())
    _wrote(place)


def _shown(data: bytes, file: Path, *, as_json: bool) -> None:
    """Writes the graph to stdout, and how true it is to stderr."""
    from engine.base.errors import WrongUse
    from engine.export.imported import imported
    from engine.files.format import dumps

    if as_json:
        raise WrongUse("-o - and --json both want stdout.", "Write the graph to a file: -o FILE.")
    found = imported(data, file.name)
    sys.stdout.buffer.write(dumps(found.graph).encode("utf-8"))
    complain(found.sentence(), level="note")


def _unpacked(data: bytes, folder: Path) -> Path:
    from engine.files.bundle import read_bundle, unpack

    return unpack(read_bundle(data), folder)


def _written(found: Imported, place: Path, stem: str, *, force: bool) -> Path:
    from engine.base.errors import WrongUse
    from engine.files.save import save_graph

    if place.is_dir():
        place = place / f"{stem}.baton.json"
    if place.exists() and not force:
        raise WrongUse(f"There is a file {place} already.", "Name another one with -o, or add --force.")
    save_graph(found.graph, place)
    return place


def _stem(file: Path) -> str:
    return file.name.partition(".")[0] or "imported"


def _wrote(place: Path) -> None:
    complain(f"Wrote {place}. Open it: baton {place}", level="done")
