"""A range: from so much to so much. What forecasts count in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple


class Amount(NamedTuple):
    """From so much to so much."""

    low: float
    high: float

    def __add__(self, other: Any) -> Amount:  # a tuple's own + would join them
        return Amount(self.low + other.low, self.high + other.high)

    def __mul__(self, other: Any) -> Amount:  # as above
        return Amount(self.low * other.low, self.high * other.high)

    def as_json(self) -> dict[str, float]:
        """The range as a JSON object."""
        return {"low": _short(self.low), "high": _short(self.high)}


NOTHING: Final = Amount(0, 0)


def exactly(number: float) -> Amount:
    """A range of one number."""
    return Amount(number, number)


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum of ranges."""
    found = NOTHING
    for amount in amounts:
        found = found + amount
    return found


def seen(samples: Sequence[float]) -> Amount:
    """The range in which the next number is expected after these: wide after one of them, narrow after many."""
    slack = 1 + len(samples) ** -0.5
    return Amount(min(samples) / slack, max(samples) * slack)


def _short(number: float) -> float:
    return int(number) if number == int(number) else round(number, 6)
