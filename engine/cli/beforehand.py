"""What is settled before a graph runs: where it stands, that it is valid, and that what it could do is trusted (T2)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from engine.cli.console import complain

if TYPE_CHECKING:
    from engine.base.settings import Home
    from engine.graph.graph import Graph
    from engine.plan.capabilities import Capabilities
    from engine.plan.problem import Problem
    from engine.run.services import Services


def beside_its_files(file: Path, home: Home) -> Path:
    """The graph's file itself; that of a bundle is unpacked among the user's own things, and trusted by nobody yet.

    Raises:
        FileProblem: the bundle cannot be read.
    """
    from engine.files.unpacked import ENDING, unpacked

    if file.suffix.lower() != ENDING or not file.is_file():
        return file
    graph = unpacked(file, home.bundles)
    complain(f"The bundle stands in {graph.parent}.", level="note")
    return graph


def allow(graph: Graph, services: Services, file: Path, values: dict[str, Any] | None, *, trust: bool) -> None:
    """Says every error of the graph, and with `trust` trusts it when there is none.

    Args:
        file: the whole name of the graph's file.
        values: those of its inputs; None when a stored run gives them.

    Raises:
        typer.Exit: with 2, when something keeps it from running.
        NotTrusted: graphs that it names stand outside its folder, and were not trusted.
    """
    from engine.plan.trust import refusal

    errors = _errors(graph, services, file.parent, values)
    unread = _graphs_outside(graph, services, file.parent) if errors else None
    if unread and not trust:
        raise refusal(unread)
    if unread:  # only then can it be seen whether the graph is valid
        trust_file(graph, services, file)
        errors = _errors(graph, services, file.parent, values)
    _refuse(errors)
    if trust and not unread:
        trust_file(graph, services, file)


def refuse_invalid(graph: Graph, services: Services, folder: Path, values: dict[str, Any] | None) -> None:
    """Says every error of the graph before anything starts.

    Raises:
        typer.Exit: with 2, when there is one.
    """
    _refuse(_errors(graph, services, folder, values))


def _refuse(errors: list[Problem]) -> None:
    for problem in errors:
        complain(f"{problem.node}: {problem.message}" if "/" in problem.node else problem.message, problem.fix)
    if errors:
        raise typer.Exit(2)


def _errors(graph: Graph, services: Services, folder: Path, values: dict[str, Any] | None) -> list[Problem]:
    """What keeps the graph from running."""
    from engine.plan.check import check

    problems = check(
        graph, services.beside(folder).kinds, models=services.models(), inputs=values,
        servers=services.settings.tool_servers,
    )  # fmt: skip
    return [problem for problem in problems if problem.severity == "error"]


def _graphs_outside(graph: Graph, services: Services, folder: Path) -> Capabilities:
    """The sub-graphs outside its folder that were not trusted: even reading them is something that the file made us
    do (T1, T2)."""
    from engine.plan.capabilities import Capabilities, capabilities

    could = capabilities(graph, services.beside(folder).kinds, folder)
    return Capabilities(
        tuple(one for one in could.all if one.what == "graph" and not services.trust.allows(one.detail))
    )


def trust_file(graph: Graph, services: Services, file: Path) -> None:
    """Says on stderr all that the graph could do outside, and trusts exactly that from now on (T2)."""
    from engine.plan.capabilities import capabilities
    from engine.plan.trust import listed

    kinds = services.beside(file.parent).kinds
    could = capabilities(graph, kinds, file.parent)
    if not could:
        complain("Nothing in this graph needs to be trusted, so --trust changes nothing.", level="note")
        return
    complain(f"You trust {file.name} from now on.", level="note")
    told: set[str] = set()
    while True:
        for line in listed(could):
            if line not in told:
                complain(line, level="it can")
                told.add(line)
        services.trust.trust(could, services.clock.wall(), str(file))
        more = capabilities(graph, kinds, file.parent)  # what graph files outside the folder could do is known now
        if more == could:
            return
        could = more


def trust_stored(run: str, services: Services) -> None:
    """The same for the graph that a stored run was started with."""
    from engine.run.past import Past

    past = Past.load(services.journal.journal, run)
    trust_file(past.graph, services, Path(past.row.file) if past.row.file else (past.folder or Path()) / "graph")
