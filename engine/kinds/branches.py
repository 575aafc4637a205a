"""What branches bring to a merge, each under its label (semantics.md S4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from engine.agents import parts
from engine.base.values import as_text
from engine.kinds.contract import Arrival
from engine.kinds.merging import Part


def labels(arrivals: Sequence[Arrival]) -> list[str]:
    """Labels of what arrived: the source's id, with the port behind it where a source has several edges here (S4)."""
    times = Counter(arrival.source for arrival in arrivals)
    return [a.source if times[a.source] == 1 else f"{a.source}.{a.port}" for a in arrivals]


def parts_of(arrivals: Sequence[Arrival]) -> list[Part]:
    """The values with their labels."""
    return list(zip(labels(arrivals), (arrival.value for arrival in arrivals), strict=True))


def texts(arrivals: Sequence[Arrival]) -> list[parts.Part]:
    """The values as texts that a model is shown, with their labels."""
    return [parts.Part(label, as_text(value)) for label, value in parts_of(arrivals)]
