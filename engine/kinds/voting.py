"""Votes of branches counted: which value won, by how much, and whether it is a tie (semantics.md S4). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Literal

from engine.base.values import Value, canonical
from engine.kinds.merging import Conflict, Merged, Part, Resolve, Resolved


@dataclass(frozen=True, slots=True)
class Count:
    """What a vote came to.

    Attributes:
        value: what most branches gave, as its first voter wrote it; in a tie, of the first in edge order.
        voters: labels of the branches that gave it.
        tie: another value has as many votes.
        agreed: all branches gave the same.
    """

    value: Value
    voters: tuple[str, ...]
    tie: bool
    agreed: bool


def count(parts: Sequence[Part], weights: Mapping[str, float]) -> Count:
    """Counts votes. Texts that differ only in case, or in blanks around them, are one vote; else values must be equal.

    Args:
        parts: at least one branch.
        weights: by label or by the node's id alone; a branch that is not named has the weight 1.
    """
    ballots: dict[str, list[Part]] = {}
    for part in parts:
        value = part[1]
        said = value.strip().casefold() if isinstance(value, str) else value
        ballots.setdefault(canonical(said), []).append(part)
    # Sums of fractions such as 0.1 and 0.2 must tie with 0.3.
    sums = [round(fsum(weight(label, weights) for label, _ in ballot), 9) for ballot in ballots.values()]
    best = max(sums)
    winners = list(ballots.values())[sums.index(best)]
    return Count(winners[0][1], tuple(label for label, _ in winners), sums.count(best) > 1, len(ballots) == 1)


def weight(label: str, weights: Mapping[str, float]) -> float:
    """What the vote of a branch counts; of several edges from one node each is a branch."""
    return weights.get(label, weights.get(label.partition(".")[0], 1.0))


def vote(
    parts: Sequence[Part], resolve: Resolve, *, unanimous: bool = False, weights: Mapping[str, float] | None = None,
    tie: Literal["first", "conflict"] = "first",
) -> Merged:  # fmt: skip
    """The value that most branches gave. What the others said stands in the conflicts.

    Args:
        resolve: asked when there is no winner: in any disagreement where all must agree, in a tie when told.
        tie: the first branch in edge order wins, or the tie is a conflict.
    """
    counted, conflict = count(parts, weights or {}), Conflict("", dict(parts))
    if counted.agreed:
        return Merged(counted.value, [], {"": list(counted.voters)})
    if unanimous or (counted.tie and tie == "conflict"):
        resolved = resolve(conflict)
        origins = [resolved.chosen] if resolved.chosen else list(conflict.values)
        return Merged(resolved.value, [conflict.record(resolved)], {"": origins})
    won = Resolved(counted.value, counted.voters[0], "vote", "a tie: the first in edge order" if counted.tie else "")
    return Merged(counted.value, [conflict.record(won)], {"": list(counted.voters)})
