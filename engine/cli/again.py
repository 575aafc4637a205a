"""What `baton run` does with stored runs: goes on with one, or begins from the results of one (formats.md)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.base.errors import Refused, WrongUse

if TYPE_CHECKING:
    from pathlib import Path

    from engine.graph.graph import Graph
    from engine.run.control import Run
    from engine.run.options import RunOptions
    from engine.run.services import Services


def refuse_with_resume(given: Mapping[str, object]) -> None:
    """Whether everything that was said goes together with `--resume`.

    Args:
        given: options by their names, with what was said; those that were not are false.

    Raises:
        WrongUse: one of them would change the run.
    """
    for name, value in given.items():
        if value:
            raise WrongUse(
                f"{name} cannot be changed when a run goes on: it keeps its graph and what it was started with.",
                "To change something, begin a new run from its results: baton run FILE --from NODE --base RUN.",
            )


def resumed(services: Services, run: str, chosen: RunOptions, *, trust: bool) -> Run:
    """A stored run, ready to go on.

    Args:
        chosen: its budgets, answers and what may write from now on; all else stays as it was.
        trust: what its graph could do outside is trusted from now on.

    Raises:
        WrongUse: there is no such run, it has completed, or it goes on elsewhere.
    """
    from engine.cli.beforehand import trust_stored
    from engine.run.control import Run

    if trust:
        trust_stored(run, services)
    try:
        return Run.resume(
            run, services=services, answers=chosen.answers, budget_usd=chosen.budget_usd,
            budget_tokens=chosen.budget_tokens, allow_writes=chosen.allow_writes,
        )  # fmt: skip
    except Refused as refused:
        raise WrongUse(refused.message, refused.hint) from None


def only(graph: Graph, services: Services, folder: Path, node: str, from_node: str) -> Graph:
    """The graph of which one node alone is run, with outputs for what it gives.

    Args:
        folder: where the graph's file stands.
        from_node: what was said with `--from`.

    Raises:
        WrongUse: there is no such node, or both were said.
    """
    from engine.plan.alone import alone, with_outputs

    if from_node:
        raise WrongUse("--from and --only do not go together.", "Leave one of them out.")
    kinds = services.beside(folder).kinds
    return with_outputs(alone(graph, kinds, node), kinds, node)


def base_of(services: Services, wanted: str, file: str, rehearsal: bool) -> str:
    """The id of the run whose results are used again: the one named, else the newest of the file.

    Raises:
        WrongUse: there is none.
    """
    from engine.run.past import Past

    journal = services.journal.journal
    return journal.find(wanted).id if wanted else Past.newest(journal, file, rehearsal).id
