"""`baton run`: runs a graph in the terminal: live for a person, plain in a pipe, one JSON object for a program."""

from __future__ import annotations

import math
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.cli.console import complain, new_app, say, say_json

if TYPE_CHECKING:
    from engine.cli.watch import Watcher
    from engine.graph.graph import Graph
    from engine.run.control import Run
    from engine.run.result import Result
    from engine.run.services import Services
    from engine.run.thread import RunThread

app = new_app()

FRAME_S = 0.08
"""Seconds between two looks at the events."""


@app.command()
def run(
    file: Annotated[Path | None, typer.Argument(help="The graph file; not needed with --resume.")] = None,
    given_inputs: Annotated[
        list[str] | None,
        typer.Option(
            "--input",
            "-i",
            metavar="NAME=VALUE",
            help="A value for an input, read as its type says: a "
            "number, true or false, JSON for json and list, a file's name for file.",
        ),
    ] = None,
    inputs_file: Annotated[str, typer.Option("--inputs", metavar="FILE.json", help="Values as one JSON object.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
    events: Annotated[
        str, typer.Option("--events", metavar="FILE", help="Write every event as a line of JSON; - is stdout.")
    ] = "",
    rehearse: Annotated[bool, typer.Option("--rehearse", help="Use the built-in model for every model.")] = False,
    tier: Annotated[
        list[str] | None, typer.Option("--tier", metavar="TIER=MODEL", help="What a tier means in this run.")
    ] = None,
    budget: Annotated[float | None, typer.Option("--budget", min=0, metavar="USD", help="Most money to spend.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NODE.KEY=VALUE", help="A node's setting for this run.")
    ] = None,
    answer: Annotated[
        list[str] | None, typer.Option("--answer", metavar="KEY=JSON", help="What a person decided, by the key asked.")
    ] = None,
    allow_writes: Annotated[
        list[str] | None,
        typer.Option("--allow-writes", metavar="[=TOOL]", help="Let writing tools act without asking each time."),
    ] = None,
    resume: Annotated[
        str, typer.Option("--resume", metavar="RUN", help="Go on with a stored run, by its id or how that begins.")
    ] = "",
    from_node: Annotated[
        str, typer.Option("--from", metavar="NODE", help="A new run that uses again what is settled before this node.")
    ] = "",
    base: Annotated[
        str, typer.Option("--base", metavar="RUN", help="With --from: whose results; by default the newest run's.")
    ] = "",
    cache: Annotated[bool, typer.Option("--cache", help="Use results of earlier runs again.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Trust what this file may do, from now on.")] = False,
) -> None:
    """Run a graph. Exit code 0 completed, 1 failed, 2 wrong use, 3 paused, 4 not trusted, 130 cancelled."""
    from engine.base.errors import WrongUse
    from engine.cli import again, given
    from engine.files.open import open_graph
    from engine.run.control import Run, RunOptions
    from engine.run.services import Services

    if budget is not None and not math.isfinite(budget):
        raise WrongUse(f"A budget of {budget} US dollars is no limit.", "Write a number, such as --budget 0.50.")
    if as_json and events == "-":
        raise WrongUse("--events - and --json both want stdout.", "Write the events to a file: --events FILE.")
    services = Services.load()
    if resume:
        again.refuse_with_resume({"-i": given_inputs, "--inputs": inputs_file, "--rehearse": rehearse, "--tier": tier,
                                  "--set": settings, "--from": from_node, "--base": base})  # fmt: skip
        if trust:
            _trust_stored(resume, services)
        ready = again.resumed(services, resume, given.answers(answer or ()), budget, allow_writes or ())
        raise typer.Exit(_watched(ready, ready.graph, as_json, events))
    if file is None:
        raise WrongUse("Which graph? FILE is missing.", "Write baton run FILE, or --resume RUN (see baton run --help).")
    folder = file.resolve().parent
    graph = open_graph(file)
    if graph.read_only:
        complain(f"This file may hold more than is run here: {graph.read_only}", "Update Baton.", level="note")
    graph = given.changed(graph, settings or (), services.beside(folder).kinds)
    values = given.inputs(graph, given_inputs or (), inputs_file)
    if from_node or base:
        base = again.base_of(services, base, str(file.resolve()), rehearse)
    options = RunOptions(
        rehearse=rehearse, tiers=given.tiers(tier or (), services.models()), budget_usd=budget,
        answers=given.answers(answer or ()), cache=cache, allow_writes=allow_writes or (),
    )  # fmt: skip
    refuse_invalid(graph, services, folder, None if base else values)
    if trust:
        trust_file(graph, services, file.resolve())
    started = Run(
        graph, values, options, folder=folder, services=services, file=str(file.resolve()), base=base,
        from_node=from_node,
    )  # fmt: skip
    raise typer.Exit(_watched(started, graph, as_json, events))


def refuse_invalid(graph: Graph, services: Services, folder: Path, values: dict[str, Any] | None) -> None:
    """Says every error of the graph before anything starts.

    Raises:
        typer.Exit: with 2, when there is one.
    """
    from engine.plan.check import check

    problems = check(graph, services.kinds, folder=folder, models=services.models(), inputs=values)
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in errors:
        complain(f"{problem.node}: {problem.message}" if "/" in problem.node else problem.message, problem.fix)
    if errors:
        raise typer.Exit(2)


def trust_file(graph: Graph, services: Services, file: Path) -> None:
    """Says on stderr all that the graph could do outside, and trusts exactly that from now on (T2)."""
    from engine.plan.capabilities import capabilities
    from engine.plan.trust import listed

    could = capabilities(graph, services.beside(file.parent).kinds, file.parent)
    if not could:
        complain("Nothing in this graph needs to be trusted, so --trust changes nothing.", level="note")
        return
    complain(f"You trust {file.name} from now on.", level="note")
    for line in listed(could):
        complain(line, level="it can")
    services.trust.trust(could, services.clock.wall(), str(file))


def _trust_stored(run: str, services: Services) -> None:
    """The same for the graph that a stored run was started with."""
    from engine.run.past import Past

    past = Past.load(services.journal.journal, run)
    trust_file(past.graph, services, Path(past.row.file) if past.row.file else (past.folder or Path()) / "graph")


def _watched(started: Run, graph: Graph, as_json: bool, events: str) -> int:
    """Runs to the end with everybody who watches. Returns the exit code."""
    from engine.cli.watch import EventLines, watcher_for
    from engine.run.thread import RunThread

    watchers: list[Watcher] = []
    if events:
        watchers.append(EventLines(events))
    out = sys.stderr if as_json or events == "-" else sys.stdout
    if not as_json or out.isatty():
        watchers.append(watcher_for(graph, out))
    thread = RunThread(started)
    with _stopping(thread):
        with ExitStack() as stack:
            for watcher in watchers:
                stack.enter_context(watcher)
            thread.start()
            _follow(thread, watchers)
        if thread.error is not None:
            return _broken(thread.error, started, as_json)
        assert thread.result is not None
        _tell(thread.result, as_json, events)
        return thread.result.exit_code


def _follow(thread: RunThread, watchers: Sequence[Watcher]) -> None:
    """Shows events until the run has ended and the last one is shown. When a watcher breaks, the run is stopped."""
    view = thread.run.before
    try:
        while True:
            ended = thread.done  # asked first, so that nothing that came before it is missed
            fresh = thread.poll()
            for event in fresh:
                view.apply(event)
            for watcher in watchers:
                watcher.show(fresh, view)
            if ended:
                return
            thread.join(FRAME_S)
    except BaseException:
        thread.stop(force=True)
        thread.join(10)
        raise


@contextmanager
def _stopping(thread: RunThread) -> Iterator[None]:
    """While it lasts, SIGINT and SIGTERM stop the run; a second one does not wait (S10).

    Once one has come the process is on its way out, and a late second one must not change its exit code.
    """
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()
        thread.stop()

    old = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in old.items():
            signal.signal(number, signal.SIG_IGN if stopped.is_set() else handler)


def _tell(result: Result, as_json: bool, events: str) -> None:
    from engine.cli.report import ending, questions

    if as_json:
        say_json(result.as_json())
    elif events != "-":
        for line in ending(result):
            say(line)
    if result.status == "failed":
        complain(f"The run failed: {result.reason}" if result.reason else "The run failed.")
    for question, how in questions(result):
        complain(question, how, level="note")
    if result.status == "cancelled":
        complain("The run was cancelled.", level="note")


def _broken(error: BaseException, started: Run, as_json: bool) -> int:
    """The run itself could not go on: says why. With `--json` stdout still gets its object."""
    from engine.base.errors import BatonError, Refused

    if not isinstance(error, BatonError):
        raise error
    if as_json:
        say_json(
            {
                "run": started.id, "status": "failed", "outputs": {}, "nodes": {},
                "usage": {"input_tokens": 0, "output_tokens": 0}, "cost_usd": None, "warnings": [],
                "reason": str(error),
            }
        )  # fmt: skip
    complain(error.message, error.hint)
    return 2 if isinstance(error, Refused) else 1
