"""What earlier runs of a graph took: a forecast goes by it where it can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.plan.amount import Amount


@dataclass(frozen=True, slots=True)
class Learnt:
    """Ranges seen in earlier runs.

    Attributes:
        runs: how many runs this was learnt from.
        answers: (node, model) -> tokens of an answer; the node as `outer/inner` inside containers.
        seconds: (node, model) -> seconds of one call.
        prompts: node -> tokens that a call of it reads, on average over a run: one long item counts as it costs.
        repeats: container -> how often it runs its body, each time that it runs.
    """

    runs: int = 0
    answers: Mapping[tuple[str, str], Amount] = field(default_factory=dict)
    seconds: Mapping[tuple[str, str], Amount] = field(default_factory=dict)
    prompts: Mapping[str, Amount] = field(default_factory=dict)
    repeats: Mapping[str, Amount] = field(default_factory=dict)


UNTAUGHT = Learnt()
"""Nothing is known from earlier runs."""
