"""`baton estimate`: what a run would take, for each way to choose the models."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from engine.cli.console import complain, new_app, paint, say, say_json
from engine.cli.options import AsJson

if TYPE_CHECKING:
    from engine.base.settings import Home
    from engine.plan.amount import Amount
    from engine.plan.estimate import Estimate
    from engine.plan.learnt import Learnt

app = new_app()


@app.command()
def estimate(
    file: Annotated[Path, typer.Argument(help="The graph file, or a bundle (.zip).")],
    given_inputs: Annotated[
        list[str] | None, typer.Option("--input", "-i", metavar="NAME=VALUE", help="A value for an input.")
    ] = None,
    inputs_file: Annotated[str, typer.Option("--inputs", metavar="FILE.json", help="Values as one JSON object.")] = "",
    tier: Annotated[
        list[str] | None, typer.Option("--tier", metavar="TIER=MODEL", help="What a tier means in this run.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Forecast tokens, money and time of a run, as ranges, for each way to choose the models. Calls no model."""
    from engine.cli import given
    from engine.cli.beforehand import beside_its_files
    from engine.files.open import open_graph
    from engine.plan.check import check
    from engine.plan.estimate import ASSUMPTIONS
    from engine.plan.estimate import estimate as estimated
    from engine.run.services import Services

    services = Services.load()
    file = beside_its_files(file, services.home)
    graph, services = open_graph(file), services.beside(file.resolve().parent)
    models = services.models()
    problems = check(graph, services.kinds, models=models, servers=services.settings.tool_servers)
    errors = [problem for problem in problems if problem.severity == "error"]
    for problem in errors:
        complain(problem.message, problem.fix)
    if errors:
        raise typer.Exit(2)
    values, tiers = given.inputs(graph, given_inputs or (), inputs_file), given.tiers(tier or (), models)
    learnt = _learnt(services.home, file)
    plans = estimated(graph, services.kinds, models, inputs=values, when=time.time(), tiers=tiers, learnt=learnt)
    if as_json:
        known = {"learnt_from_runs": learnt.runs, "assumptions": list(ASSUMPTIONS)}
        say_json({"plans": [plan.as_json() for plan in plans], **known})
        return
    for plan in plans:
        _tell(plan)
    if learnt.runs:
        say(f"Learnt from {learnt.runs} earlier run{'s' if learnt.runs > 1 else ''} of this file.")
    say()
    for assumption in ASSUMPTIONS:
        say(paint(assumption, "dim"))


def _learnt(home: Home, file: Path) -> Learnt:
    """What earlier runs of the file teach; nothing where the stored runs cannot be read, which is said."""
    from engine.archive.learning import learnt_of
    from engine.base.errors import FileProblem
    from engine.plan.learnt import UNTAUGHT
    from engine.run.journal import Journal

    try:
        return learnt_of(Journal(home.runs), str(file.resolve()))
    except FileProblem as problem:
        complain(f"Earlier runs are not learnt from. {problem.message}", problem.hint, level="note")
        return UNTAUGHT


def _tell(plan: Estimate) -> None:
    tokens, cost = plan.input_tokens + plan.output_tokens, "cost unknown"
    if plan.usd is not None:
        cost = f"${plan.usd.low:.4f} to ${plan.usd.high:.4f}"
    elif plan.unknown:
        cost = f"cost unknown ({', '.join(plan.unknown)})"
    say(f"{paint(f'{plan.title:<10}', 'bold')}  {_range(plan.calls)} calls  {_range(tokens)} tokens  "
        f"{plan.seconds.low:.0f} to {plan.seconds.high:.0f} s  {cost}")  # fmt: skip
    for node, model in plan.models.items():
        say(paint(f"            {node}: {model}", "dim"))


def _range(amount: Amount) -> str:
    low, high = f"{amount.low:,.0f}", f"{amount.high:,.0f}"
    return low if low == high else f"{low} to {high}"
