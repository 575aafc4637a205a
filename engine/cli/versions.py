"""`baton versions`: named versions of a graph, kept as plain files beside it: listed, kept, compared, brought back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import complain, inert, new_app, say, say_json
from engine.cli.options import AsJson

if TYPE_CHECKING:
    from engine.files.versions import Version

app = new_app("Keep, list, compare and bring back named versions of a graph.")

File = Annotated[Path, typer.Argument(help="The graph file.")]
Which = Annotated[str, typer.Argument(metavar="VERSION", help="Its number or its name.")]


@app.command(name="list")
def list_versions(file: File, as_json: AsJson = False) -> None:
    """List the versions of a graph, newest first."""
    from engine.files.open import open_graph
    from engine.files.versions import versions_of

    found = versions_of(file)
    if not found and not file.is_file():
        open_graph(file)  # says what is wrong with the name
    if as_json:
        say_json({"versions": [_row(each) for each in found]})
        return
    if not found:
        say("No versions are kept yet. Keep one: baton versions keep FILE NAME")
    for each in found:
        note = f"  ({inert(each.note)})" if each.note else ""
        say(f"{each.number:>3}  {inert(each.at):<20}  {inert(each.name)}{note}")


@app.command()
def keep(
    file: File,
    name: Annotated[str, typer.Argument(help="What to call it.")],
    note: Annotated[str, typer.Option("--note", help="What it is about.")] = "",
    as_json: AsJson = False,
) -> None:
    """Keep the graph as it is now under a name."""
    from engine.files.open import open_graph
    from engine.files.versions import keep as kept

    made = kept(open_graph(file), file, name, note)
    if as_json:
        say_json(_row(made))
    else:
        complain(f"Kept version {made.number}, “{made.name}”, as {made.path}.", level="done")


@app.command()
def compare(
    file: File,
    one: Which,
    two: Annotated[str, typer.Argument(metavar="[VERSION]", help="Another one; by default the file itself.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say what leads from a version to another one, or to the file as it is."""
    from engine.cli.differing import lines
    from engine.files.open import open_graph
    from engine.files.versions import version
    from engine.graph.details import details

    old = version(file, one).graph()
    new = version(file, two).graph() if two else open_graph(file)
    found = details(old, new)
    if as_json:
        say_json(found.as_json())
        return
    for line in lines(found, old, new):
        say(line)
    if not found.compared:
        say("They are the same.")


@app.command()
def restore(file: File, which: Which) -> None:
    """Make the file what it was in a version; what it is now is kept among its older generations."""
    from engine.files.save import save_graph
    from engine.files.versions import version

    found = version(file, which)
    save_graph(found.graph(), file)
    complain(f"{file} is again as in version {found.number}, “{found.name}”.", level="done")


@app.command()
def delete(file: File, which: Which) -> None:
    """Delete a version; the graph itself stays."""
    from engine.files.versions import forget, version

    found = version(file, which)
    forget(found)
    complain(f"Deleted version {found.number}, “{found.name}”.", level="done")


def _row(each: Version) -> dict[str, str | int]:
    return {"number": each.number, "name": each.name, "at": each.at, "note": each.note, "file": str(each.path)}
