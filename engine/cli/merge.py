"""`baton merge`: two people's edits of one graph joined, by hand or by git; conflicts are kept in the file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from engine.cli.console import complain, inert, new_app, say, say_json
from engine.cli.options import AsJson

if TYPE_CHECKING:
    from engine.graph.graph import Graph
    from engine.graph.merge import Merged

app = new_app()

Prefer = Literal["", "ours", "theirs"]


@app.command()
def merge(
    base: Annotated[Path, typer.Argument(help="The graph that both began from.")],
    ours: Annotated[Path, typer.Argument(help="Your graph.")],
    theirs: Annotated[Path, typer.Argument(help="The other one.")],
    output: Annotated[
        str, typer.Option("--output", "-o", help="Where to write; - is stdout. By default over OURS.")
    ] = "",
    prefer: Annotated[Prefer, typer.Option("--prefer", help="Settle every conflict for one side.")] = "",
    as_json: AsJson = False,
) -> None:
    """Join what two people made of one graph. Exit code 1 when something has to be chosen; nothing of either is lost.

    What both changed differently stands in the file until somebody chooses: open it in the studio.
    """
    from engine.graph.conflicts import settle, with_conflicts
    from engine.graph.merge import merge as merged

    found = merged(_graph(base), _graph(ours), _graph(theirs))
    graph = with_conflicts(found.graph, found.conflicts)
    if prefer:
        for conflict in found.conflicts:
            graph = settle(graph, conflict, prefer)
    _write(graph, output, ours)
    if as_json:
        conflicts = [{**each.as_json(), "says": each.sentence()} for each in found.conflicts]
        say_json({"conflicts": conflicts, "renamed": dict(found.renamed), "settled": prefer})
    elif output != "-":
        _tell(found, prefer, output or str(ours))
    raise typer.Exit(1 if found.conflicts and not prefer else 0)


def _tell(found: Merged, prefer: str, place: str) -> None:
    for old, new in found.renamed.items():
        say(f"Both added {inert(old)}; theirs is {inert(new)} here.")
    for conflict in found.conflicts:
        say(f"conflict: {inert(conflict.sentence())}" + (f", settled for {prefer}" if prefer else ""))
    complain(f"Wrote {place}.", level="done")
    if found.conflicts and not prefer:
        count = len(found.conflicts)
        things = "1 thing was" if count == 1 else f"{count} things were"
        complain(f"{things} changed differently in both.", f"Choose in the studio: baton {place}", level="note")


def _graph(file: Path) -> Graph:
    """The graph of a file; git gives an empty one where both sides added it."""
    from engine.files.open import open_graph
    from engine.graph.graph import Graph

    return Graph() if file.is_file() and not file.stat().st_size else open_graph(file)


def _write(graph: Graph, output: str, ours: Path) -> None:
    import sys

    from engine.files.format import dumps
    from engine.files.save import save_graph

    if output == "-":
        sys.stdout.write(dumps(graph))
    else:
        save_graph(graph, Path(output) if output else ours)
