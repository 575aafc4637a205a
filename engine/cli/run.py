"""`baton run`: runs a graph in the terminal: live for a person, plain in a pipe, one JSON object for a program."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.base.signals import stopping
from engine.cli import options
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
    file: Annotated[
        Path | None, typer.Argument(help="The graph file, or a bundle (.zip); not needed with --resume.")
    ] = None,
    given_inputs: options.Inputs = None,
    inputs_file: options.InputsFile = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object at the end.")] = False,
    events: Annotated[
        str, typer.Option("--events", metavar="FILE", help="Write every event as a line of JSON; - is stdout.")
    ] = "",
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines on a terminal too, as for a log.")] = False,
    rehearse: options.Rehearse = False,
    tier: options.Tiers = None,
    budget: options.Budget = None,
    budget_tokens: options.BudgetTokens = None,
    settings: options.Settings = None,
    answer: options.Answers = None,
    allow_writes: options.AllowWrites = None,
    resume: options.Resume = "",
    from_node: options.FromNode = "",
    only: options.Only = "",
    base: options.Base = "",
    failed: options.Failed = False,
    cache: options.Cache = False,
    trust: options.Trust = False,
) -> None:
    """Run a graph. Exit code 0 completed, 1 failed, 2 wrong use, 3 paused, 4 not trusted, 130 cancelled."""
    from engine.base.errors import WrongUse
    from engine.cli import again, given
    from engine.cli.beforehand import allow
    from engine.run.control import Run, RunOptions
    from engine.run.services import Services

    _refuse_nonsense(budget, as_json, events, file, inputs_file)
    services = Services.load()
    if resume:
        again.refuse_with_resume({"-i": given_inputs, "--inputs": inputs_file, "--rehearse": rehearse, "--tier": tier,
                                  "--set": settings, "--from": from_node, "--only": only,
                                  "--base": base, "--failed": failed})  # fmt: skip
    chosen = RunOptions(
        rehearse=rehearse, tiers=given.tiers(tier or (), services.models()), budget_usd=budget,
        budget_tokens=budget_tokens, answers=given.answers(answer or ()), cache=cache, allow_writes=allow_writes or (),
    )  # fmt: skip
    if resume:
        ready = again.resumed(services, resume, chosen, trust=trust)
        raise typer.Exit(_watched(ready, ready.graph, as_json, events, plain=plain))
    if file is None:
        raise WrongUse("Which graph? FILE is missing.", "Write baton run FILE, or --resume RUN (see baton run --help).")
    file, graph = _opened(file, services, settings or ())
    values = given.inputs(graph, given_inputs or (), inputs_file)
    if only:
        from_node, graph = only, again.only(graph, services, file.parent, only, from_node)
    if from_node or base or failed:
        base = again.base_of(services, base, str(file), rehearse)
    allow(graph, services, file, None if base else values, trust=trust)
    started = Run(
        graph, values, chosen, folder=file.parent, services=services, file=str(file), base=base, from_node=from_node,
        failed=failed,
    )  # fmt: skip
    raise typer.Exit(_watched(started, graph, as_json, events, plain=plain))


def _opened(file: Path, services: Services, settings: Sequence[str]) -> tuple[Path, Graph]:
    """The whole name of a graph's file, and the graph with what was set for this run."""
    from engine.cli import given
    from engine.cli.beforehand import beside_its_files
    from engine.files.open import open_graph

    file = beside_its_files(file, services.home)
    graph = open_graph(file)
    if graph.read_only:
        complain(f"This file may hold more than is run here: {graph.read_only}", "Update Baton.", level="note")
    file = file.resolve()
    return file, given.changed(graph, settings, services.beside(file.parent).kinds)


def _refuse_nonsense(budget: float | None, as_json: bool, events: str, *read: Path | str | None) -> None:
    from engine.base.errors import WrongUse

    if budget is not None and not math.isfinite(budget):
        raise WrongUse(f"A budget of {budget} US dollars is no limit.", "Write a number, such as --budget 0.50.")
    if as_json and events == "-":
        raise WrongUse("--events - and --json both want stdout.", "Write the events to a file: --events FILE.")
    target = Path(events)
    if events and target.is_file() and any(each and Path(each).exists() and target.samefile(each) for each in read):
        raise WrongUse(f"The events would overwrite {events}, which this run reads.", "Name another file.")


def _watched(started: Run, graph: Graph, as_json: bool, events: str, *, plain: bool = False) -> int:
    """Runs to the end with everybody who watches. Returns the exit code."""
    from engine.cli.watch import EventLines, watcher_for
    from engine.run.result import EXIT_CODES
    from engine.run.thread import RunThread

    watchers: list[Watcher] = []
    if events:
        watchers.append(EventLines(events))
    out = sys.stderr if as_json or events == "-" else sys.stdout
    if not as_json or out.isatty():
        watchers.append(watcher_for(graph, out, plain=plain))
    thread = RunThread(started)
    with stopping(thread.stop), suppress(BrokenPipeError):  # whoever read has gone: the exit code is left
        with ExitStack() as stack:
            for watcher in watchers:
                stack.enter_context(watcher)
            thread.start()
            _follow(thread, watchers)
        if thread.error is not None:
            return _broken(thread.error, started, as_json)
        assert thread.result is not None
        _tell(thread.result, as_json, events)
        sys.stdout.flush()  # as long as a signal can end the wait for a reader
    return thread.result.exit_code if thread.result else EXIT_CODES["cancelled"]


def _follow(thread: RunThread, watchers: Sequence[Watcher]) -> None:
    """Shows events until the run has ended and the last one is shown. When a watcher breaks, the run is stopped."""
    try:
        while True:
            ended = thread.done  # asked first, so that nothing that came before it is missed
            fresh, view = thread.poll(), thread.run.so_far()
            for watcher in watchers:
                watcher.show(fresh, view)
            if ended:
                return
            thread.join(FRAME_S)
    except BaseException:
        thread.stop(force=True)
        thread.join(10)
        raise


def _tell(result: Result, as_json: bool, events: str) -> None:
    from engine.cli.report import ending, questions, shortage

    if as_json:
        say_json(result.as_json())
    elif events != "-":
        for line in ending(result):
            say(line)
    if result.status == "failed":
        complain(f"The run failed: {result.reason}" if result.reason else "The run failed.")
    for said, how in (*questions(result), *filter(None, [shortage(result)])):
        complain(said, how, level="note")
    if result.status == "cancelled":
        complain("The run was cancelled.", f"Go on with baton run --resume {result.run}.", level="note")


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
