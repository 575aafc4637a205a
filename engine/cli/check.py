"""`baton check`: all problems of a graph, also of one that cannot be loaded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import inert, new_app, paint, say, say_json
from engine.cli.options import AsJson

if TYPE_CHECKING:
    from engine.plan.problem import Problem

app = new_app()


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="The graph file, or a bundle (.zip).")],
    as_json: AsJson = False,
) -> None:
    """Say what is wrong with a graph before it runs. Exit code 2 if something keeps it from running, else 0."""
    from engine.base.garbage import uncollected

    with uncollected():  # the program ends with this
        problems = found(file)
        if as_json:
            say_json({"problems": [problem.as_json() for problem in problems]})
        else:
            for problem in problems:
                say(line(problem))
            say(_sum(problems))
    raise typer.Exit(2 if any(problem.severity == "error" for problem in problems) else 0)


def found(file: Path) -> list[Problem]:
    """The problems of a file; a file that cannot be loaded has one."""
    from engine.base.errors import FileProblem
    from engine.base.settings import Home
    from engine.cli.beforehand import beside_its_files
    from engine.files.open import open_graph
    from engine.plan.check import check as problems_of
    from engine.plan.problem import error, warning
    from engine.run.services import Services

    try:
        file = beside_its_files(file, Home())
        graph = open_graph(file)
    except FileProblem as problem:
        code = "bad_file" if file.exists() else "missing_file"
        return [error(code, "", problem.message, problem.hint or "Choose another file.", place=problem.place)]
    services = Services.load()
    kinds = services.beside(file.resolve().parent).kinds
    problems = problems_of(
        graph, kinds, models=services.models(), servers=services.settings.tool_servers,
        private_hosts=services.settings.allow_private_addresses,
    )  # fmt: skip
    if graph.read_only:
        problems.append(
            warning(
                "newer_file", "", f"This file opens for reading only: {graph.read_only}", "Update Baton to change it."
            )
        )
    return problems


def line(problem: Problem) -> str:
    """A problem as a line for people."""
    mark = paint(problem.severity, "red" if problem.severity == "error" else "yellow")
    node = f" {problem.node}:" if problem.node else ""
    return f"{mark}{node} {inert(problem.message)} {inert(problem.fix)}".rstrip()


def _sum(problems: list[Problem]) -> str:
    errors = sum(problem.severity == "error" for problem in problems)
    warnings = len(problems) - errors
    if not problems:
        return paint("No problems.", "green")
    said = [f"{count} {word}{'' if count == 1 else 's'}" for count, word in ((errors, "error"), (warnings, "warning"))]
    return ", ".join(part for part, count in zip(said, (errors, warnings), strict=True) if count) + "."
