"""`baton diff`: what differs between two graphs, for people, for programs, and as git's own diff of graph files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import inert, new_app, paint, say, say_json
from engine.cli.options import AsJson

if TYPE_CHECKING:
    from engine.base.errors import FileProblem
    from engine.graph.graph import Graph

app = new_app()
_NOTHING = frozenset({os.devnull, "/dev/null", "nul"})
"""What git names where there was no file."""


@app.command()
def diff(
    files: Annotated[list[Path], typer.Argument(metavar="OLD NEW", help="Two graph files.")],
    as_json: AsJson = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="End with 1 when the graphs differ.")] = False,
    git: Annotated[bool, typer.Option("--git", help="Take what git gives a diff driver.")] = False,
    textconv: Annotated[bool, typer.Option("--textconv", help="Print one graph as lines, for git's textconv.")] = False,
) -> None:
    """Say what leads from one graph to another: nodes, settings with their values, edges, and what only was moved."""
    from engine.base.errors import FileProblem, WrongUse
    from engine.cli.differing import lines, outline
    from engine.graph.details import details

    if textconv:
        for line in _as_lines(files[0], outline):
            say(line)
        return
    if git:
        if len(files) < 7:  # an unmerged path has only its name
            say(f"{inert(str(files[0]))} is not merged yet.")
            return
        say(paint(f"baton diff {inert(str(files[0]))}", "bold"))
        files = [files[1], files[4]]
    if len(files) != 2:
        raise WrongUse("Two graphs are compared.", "Write baton diff OLD NEW.")
    try:
        old, new = map(_graph, files)
    except FileProblem as problem:
        if not git:
            raise
        _plainly(files, problem)
        return
    found = details(old, new)
    if as_json:
        say_json(found.as_json())
    else:
        for line in lines(found, old, new):
            say(line)
        if not found.compared:
            say("The graphs are the same.")
    raise typer.Exit(1 if exit_code and found.compared else 0)


def _as_lines(file: Path, outline: Callable[[Graph], Iterable[str]]) -> Iterable[str]:
    """A graph as lines; what is none, as in the middle of a conflict, as it stands there: git shows the rest too."""
    from engine.base.errors import FileProblem

    try:
        return outline(_graph(file))
    except FileProblem:
        return map(inert, _text(file))


def _plainly(files: list[Path], problem: FileProblem) -> None:
    """Where one of two is no graph, as a link or a file in conflict: why, and what differs line by line."""
    from difflib import unified_diff

    say(f"They cannot be compared as graphs: {inert(problem.message)}")
    for line in unified_diff(_text(files[0]), _text(files[1]), "old", "new", lineterm=""):
        say(inert(line))


def _text(file: Path) -> list[str]:
    """The lines of a file that is no graph; none when it cannot be read at all."""
    from engine.base.errors import FileProblem
    from engine.files.open import read_file

    if str(file) in _NOTHING:
        return []
    try:
        return read_file(file)[0].decode("utf-8", "replace").splitlines()
    except FileProblem:
        return []


def _graph(file: Path) -> Graph:
    """The graph of a file; git names the empty device where there was none."""
    from engine.files.open import open_graph
    from engine.graph.graph import Graph

    return Graph() if str(file) in _NOTHING else open_graph(file)
