"""Which of several answers fits a text best: by the words that text and descriptions share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.models.rehearsal.language import stems

_UNSURE = 0.2
_NEAR = 0.6


@dataclass(frozen=True, slots=True)
class Choice:
    """The answer, how sure it is (0 to 1), why, and all answers that come near it, best first."""

    route: str
    confidence: float
    reason: str
    near: tuple[str, ...]


def choose(text: str, choices: Mapping[str, str]) -> Choice:
    """Picks one of `choices` (answer -> description) for `text`. A tie or no match is answered with low confidence."""
    given = stems(text)
    counts = {root: given.count(root) for root in dict.fromkeys(given)}
    scores: dict[str, float] = {}
    shared: dict[str, list[str]] = {}
    for name, description in choices.items():
        wanted = list(dict.fromkeys(stems(f"{name.replace('_', ' ')} {description}")))
        shared[name] = [root for root in wanted if root in counts]
        scores[name] = sum(1 + min(counts[root], 4) / 4 for root in shared[name])
    order = sorted(choices, key=lambda name: -scores[name])
    if not order:
        return Choice("", 0.0, "There is nothing to choose from.", ())
    best = scores[order[0]]
    second = scores[order[1]] if len(order) > 1 else 0.0
    if not best:
        return Choice(order[0], _UNSURE, "No word of the text matches a description.", ())
    confidence = round(0.5 + 0.5 * (best - second) / best, 2)
    reason = f"Matching words: {', '.join(shared[order[0]][:5])}."
    near = tuple(name for name in order if scores[name] >= _NEAR * best)
    return Choice(order[0], confidence, reason, near)
