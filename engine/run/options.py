"""What may be chosen for a run: by the person who starts it, and by the settings of its graph."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from engine.base.errors import WrongUse
from engine.base.values import Value
from engine.graph.graph import Graph
from engine.graph.records import ON_BUDGET, ON_FAILURE, GraphSettings
from engine.run.cassette import Cassette
from engine.run.past import Past

INFINITY: Final = float("inf")


@dataclass(frozen=True)
class RunOptions:
    """What a person chose for one run.

    Attributes:
        rehearse: every model is replaced by the built-in one.
        tiers: what tiers mean in this run, such as `{"cheap": "ollama/llama3.2"}`.
        budget_usd, budget_tokens: replace the graph's own budgets.
        journal: whether the run is stored.
        pace: the rehearsal model's, in words a second; 0 is at once; None is a natural one.
        answers: what people decided beforehand, by the key of the question: `{"decision", "value", "form"}` (S13).
        cache: results of earlier runs are used again where they were made of the same, and new ones are kept (S12).
        attended: somebody can answer while it runs (`Run.answer`); else a run that waits for people only is paused.
        allow_writes: writing tools that may act without asking each time, as names or patterns such as `fs.*`.
        cassette: the run has the answers that are stored in it and no others: it costs nothing and touches nothing.
        caller: who asked for it, for those who serve graphs to other programs: `over` says by which protocol, and what
            that needs to know the run again stands beside it.
        breakpoints: where the run holds before a node starts: see `engine.run.breakpoints.Breakpoints`.
    """

    rehearse: bool = False
    tiers: Mapping[str, str] = field(default_factory=dict)
    budget_usd: float | None = None
    budget_tokens: int | None = None
    journal: bool = True
    pace: float | None = None
    answers: Mapping[str, Value] = field(default_factory=dict)
    cache: bool = False
    attended: bool = False
    allow_writes: Sequence[str] = ()
    breakpoints: Collection[str] = ()
    cassette: Cassette | None = None
    caller: Mapping[str, Value] = field(default_factory=dict)

    def told(self) -> dict[str, Value]:
        """What `run.created` tells of them: all that `of` needs to go on with the run later."""
        return {
            "rehearsal": self.rehearse, "tiers": dict(self.tiers), "pace": self.pace, "cache": self.cache,
            "answers": dict(self.answers), "allow_writes": list(self.allow_writes),
            **({"caller": dict(self.caller)} if self.caller else {}),
        }  # fmt: skip

    @classmethod
    def of(
        cls, past: Past, *, answers: Mapping[str, Value], budget_usd: float | None, budget_tokens: int | None,
        attended: bool, allow_writes: Sequence[str],
    ) -> RunOptions:  # fmt: skip
        """Those of a stored run, with what is new in the session to come."""
        told: Mapping[str, Any] = past.started_with
        usd, tokens = past.budget
        return cls(
            rehearse=past.rehearsal, tiers=told.get("tiers", {}), pace=told.get("pace"), cache=told.get("cache", False),
            budget_usd=usd if budget_usd is None else budget_usd, attended=attended,
            budget_tokens=tokens if budget_tokens is None else budget_tokens,
            answers={**told.get("answers", {}), **answers},
            allow_writes=(*told.get("allow_writes", ()), *allow_writes),
        )  # fmt: skip


def checked_settings(graph: Graph) -> GraphSettings:
    """The settings of a graph.

    Raises:
        WrongUse: one of them means nothing.
    """
    settings = graph.settings
    if settings.on_failure not in ON_FAILURE:
        raise WrongUse(f"The setting on_failure cannot be “{settings.on_failure}”.", f"Use {', '.join(ON_FAILURE)}.")
    if settings.on_budget not in ON_BUDGET:
        raise WrongUse(f"The setting on_budget cannot be “{settings.on_budget}”.", f"Use {', '.join(ON_BUDGET)}.")
    for name in ("budget_usd", "budget_tokens"):
        cap: object = getattr(settings, name)  # as the file says, whatever that is
        if cap is not None and (isinstance(cap, bool) or not isinstance(cap, int | float) or not 0 <= cap < INFINITY):
            raise WrongUse(f"The setting {name} must be a number of 0 or more.")
    concurrency: object = settings.concurrency  # likewise
    if not isinstance(concurrency, int) or concurrency < 1:
        raise WrongUse("The setting concurrency must be a whole number of at least 1.")
    return settings
