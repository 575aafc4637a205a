"""`baton test`: runs a graph with recorded answers, free and offline, and says what is otherwise than it was."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import complain, inert, new_app, paint, say, say_json
from engine.cli.options import AsJson

if TYPE_CHECKING:
    from engine.graph.graph import Graph
    from engine.run.cassette import Cassette
    from engine.run.services import Services

app = new_app()


@app.command()
def test(
    file: Annotated[Path, typer.Argument(help="The graph file, or a bundle (.zip).")],
    cassettes: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[CASSETTE]...", help="By default all NAME.*.cassette.json beside it."),
    ] = None,
    record: Annotated[str, typer.Option("--record", metavar="NAME", help="Run it once and record that.")] = "",
    run: Annotated[str, typer.Option("--run", metavar="RUN", help="With --record: record this stored run.")] = "",
    given_inputs: Annotated[
        list[str] | None, typer.Option("--input", "-i", metavar="NAME=VALUE", help="With --record: a value.")
    ] = None,
    rehearse: Annotated[bool, typer.Option("--rehearse", help="With --record: use the built-in model.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="With --record: trust what this file may do.")] = False,
    judge: Annotated[bool, typer.Option("--judge", help="Let assertions ask a model, which costs.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run a graph with the answers on its cassettes. Exit code 0 all as it was, 1 something differs, 2 wrong use."""
    from engine.archive import tapes
    from engine.base.errors import WrongUse
    from engine.cli.beforehand import beside_its_files, trust_file
    from engine.files.open import open_graph
    from engine.run.cassette import cassettes_of
    from engine.run.services import Services

    services = Services.load()
    file = beside_its_files(file, services.home)
    graph = open_graph(file)
    if record:
        place = tapes.place_for(file, record)
        if trust:
            trust_file(graph, services, file.resolve())
        made = _stored(graph, run, services, file) if run else _recorded(
            graph, given_inputs or (), services, file, rehearse=rehearse)  # fmt: skip
        tapes.write_cassette(place, made)
        say(f"Recorded {place} from a run that ended as {made.status.replace('_', ' ')}.")
        return
    if run or given_inputs or rehearse or trust:
        raise WrongUse("--run, -i, --rehearse and --trust are for recording.", "Add --record NAME.")
    places = cassettes or cassettes_of(file)
    if not places:
        raise WrongUse(f"There is no cassette beside {file}.", f"Record one: baton test {file} --record NAME")
    folder = file.resolve().parent
    found = {place: tapes.rerun(graph, tapes.read_cassette(place), services, folder, judge=judge) for place in places}
    passed = sum(each.passed for each in found.values())
    if as_json:
        rows = [{"cassette": str(place), "passed": each.passed, "wrong": each.wrong} for place, each in found.items()]
        say_json({"passed": passed, "failed": len(found) - passed, "cassettes": rows})
    else:
        for place, each in found.items():
            say(f"{paint('passed', 'green') if each.passed else paint('differs', 'red')}  {place}")
            for sentence in each.wrong:
                say(f"  {inert(sentence)}")
        say(f"{passed} of {len(found)} passed.")
    raise typer.Exit(0 if passed == len(found) else 1)


def _recorded(graph: Graph, pairs: Sequence[str], services: Services, file: Path, *, rehearse: bool) -> Cassette:
    """Runs the graph once, stored as any run."""
    import asyncio

    from engine.cli import given
    from engine.cli.beforehand import refuse_invalid
    from engine.run.control import Run, RunOptions

    folder, inputs = file.resolve().parent, given.inputs(graph, pairs)
    refuse_invalid(graph, services, folder, inputs)
    options = RunOptions(rehearse=rehearse, pace=0)
    run = Run(graph, inputs, options, folder=folder, services=services, file=str(file.resolve()))
    result = asyncio.run(run.execute())
    if result.status == "paused":
        complain(f"The run paused ({result.reason}), and is recorded as it stands.", level="warning")
    return _stored(graph, run.id, services, file)


def _stored(graph: Graph, run: str, services: Services, file: Path) -> Cassette:
    """A stored run as a cassette, read with the graph as it is now."""
    from engine.plan.compile import compile_graph
    from engine.run.cassette import Cassette
    from engine.run.past import Past

    past = Past.load(services.journal.journal, run)
    return Cassette.of(past.events, compile_graph(graph, services.beside(file.resolve().parent).kinds))
