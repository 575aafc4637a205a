"""What `baton run` does with stored runs: goes on with one, or begins from the results of one (formats.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.base.errors import Refused, WrongUse

if TYPE_CHECKING:
    from engine.run.control import Run
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


def resumed(
    services: Services, run: str, answers: Mapping[str, Any], budget: float | None, allow_writes: Sequence[str]
) -> Run:
    """A stored run, ready to go on.

    Raises:
        WrongUse: there is no such run, it has completed, or it goes on elsewhere.
    """
    from engine.run.control import Run

    try:
        return Run.resume(run, services=services, answers=answers, budget_usd=budget, allow_writes=allow_writes)
    except Refused as refused:
        raise WrongUse(refused.message, refused.hint) from None


def base_of(services: Services, wanted: str, file: str, rehearsal: bool) -> str:
    """The id of the run whose results are used again: the one named, else the newest of the file.

    Raises:
        WrongUse: there is none.
    """
    from engine.run.past import Past

    journal = services.journal.journal
    return journal.find(wanted).id if wanted else Past.newest(journal, file, rehearsal).id
