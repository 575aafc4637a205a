"""`baton open`: a file of any tool, a picture, a folder or an https address, in the studio or as a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.console import complain, inert, new_app, say, say_json

if TYPE_CHECKING:
    from engine.export.address import Fetched
    from engine.export.importing import Imported

app = new_app()
MOST: int = 1_000
"""Graphs of a folder that are listed."""


@app.command()
def open_(
    target: Annotated[str, typer.Argument(help="A file, a folder, a picture, a bundle, or an https address.")],
    output: Annotated[str, typer.Option("--output", "-o", help="Write the graph here; opens nothing.")] = "",
    look: Annotated[bool, typer.Option("--look", help="Only say what is there.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Only say what is there, as one JSON object.")] = False,
) -> None:
    """Open a graph in the studio. What comes from an address is shown first: where from, and what it could do.

    A folder with one graph opens it; of several they are listed. Nothing is trusted by opening it.
    """
    from engine.base.errors import WrongUse
    from engine.export.address import is_address

    if is_address(target):
        _address(target, output, look=look or as_json, as_json=as_json)
        return
    path = Path(target)
    if not target or not path.exists():
        raise WrongUse(f"There is no file {target or 'without a name'}.", "Check the name and the folder.")
    if path.is_dir():
        if output:
            raise WrongUse("A folder is no single graph to write.", "Name one of its files.")
        _folder(path, look=look or as_json, as_json=as_json)
    elif look or as_json or output:
        found = _file(path)
        _say(found, None, as_json=as_json)
        if output:
            _keep(found, path.name, Path(output))
    else:
        _studio(target)


def _address(url: str, output: str, *, look: bool, as_json: bool) -> None:
    import asyncio

    from engine.base.settings import Home
    from engine.cli.studio import display
    from engine.export.address import fetched
    from engine.export.imported import imported

    if not look and not output and display():
        _studio(url)  # it asks there
        return
    hosts = Home().load_settings().allow_private_addresses
    got = asyncio.run(fetched(url, private_hosts=hosts))
    found = imported(got.data, got.name)
    _say(found, got, as_json=as_json)
    if output:
        _keep(found, got.name, Path(output))
    elif not look:
        complain("There is no display to open it on.", "Write it to a file with -o FILE.", level="note")


def _keep(found: Imported, name: str, place: Path) -> None:
    """Writes a graph from elsewhere to a new file, by the name it had there when a folder is named."""
    from engine.base.errors import WrongUse
    from engine.files.save import save_graph

    place = place / f"{name.partition('.')[0]}.baton.json" if place.is_dir() else place
    if place.exists():
        raise WrongUse(f"There is a file {place} already.", "Name another one with -o.")
    save_graph(found.graph, place)
    complain(f"Wrote {place}. It is not trusted.", level="done")


def _file(path: Path) -> Imported:
    from engine.export.imported import imported
    from engine.files.open import read_file

    return imported(read_file(path)[0], path.name)


def _say(found: Imported, got: Fetched | None, *, as_json: bool) -> None:
    """What a graph is, where it came from, and all that it could do outside."""
    from engine.base.visible import visible
    from engine.kinds.registry import Kinds
    from engine.plan.capabilities import capabilities
    from engine.plan.trust import SHOWN, listed

    could = list(listed(capabilities(found.graph, Kinds.load())))
    about: dict[str, Any] = {
        "name": found.graph.name, "description": found.graph.description, "source": found.source,
        "nodes": len(found.graph.nodes), "edges": len(found.graph.edges), "could": could,
    }  # fmt: skip
    if as_json:
        say_json({**about, **({"url": got.url, "bytes": len(got.data)} if got else {})})
        return
    name, about_it = (visible(" ".join(text.split()), SHOWN) for text in (found.graph.name, found.graph.description))
    say(f"“{name or 'No name'}”: {len(found.graph.nodes)} nodes. {about_it}".strip())  # no line that could be ours
    if got:
        say(inert(got.origin()))
    if found.source != "Baton":
        say(found.sentence())
    say("Outside Baton it could:" if could else "It could do nothing outside Baton but ask models.")
    for line in could:
        say(f"  {line}")


def _folder(folder: Path, *, look: bool, as_json: bool) -> None:
    from engine.base.errors import FileProblem
    from engine.files.open import open_graph

    rows = []
    for path in sorted(folder.glob("*.baton.json"))[:MOST]:
        try:
            graph = open_graph(path)
            rows.append({"file": str(path), "name": graph.name, "nodes": len(graph.nodes)})
        except FileProblem as problem:
            rows.append({"file": str(path), "problem": problem.message})
    if as_json:
        say_json({"graphs": rows})
        return
    sound = [str(row["file"]) for row in rows if "problem" not in row]
    if len(sound) == 1 and not look:
        _studio(sound[0])
        return
    for row in rows:
        what = row["problem"] if "problem" in row else f"{row['nodes']} nodes  {row['name']}"
        say(f"{inert(str(row['file']))}  {inert(str(what))}")
    say(f"{len(rows)} graphs. Open one: baton FILE" if rows else f"There is no graph in {folder}.")


def _studio(target: str) -> None:
    from engine.cli.studio import open_target

    raise typer.Exit(open_target(target))
