"""What branches bring to a merge, each under its label (semantics.md S4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from engine.agents import parts
from engine.base.values import as_text
from engine.kinds.contract import Call
from engine.kinds.merging import Part


def parts_of(call: Call[Any]) -> list[Part]:
    """The live values of `items` in edge order, each under its label.

    A label is the source's id; with the port behind it where a source has several edges here, also when only one of
    them brought something: a label never depends on what the others did.
    """
    arrivals = call.arrivals("items")
    times = Counter(arrival.source for arrival in arrivals)
    times.update(label.partition(".")[0] for label in call.missing("items"))
    return [(a.source if times[a.source] == 1 else f"{a.source}.{a.port}", a.value) for a in arrivals]


def texts(found: Sequence[Part]) -> list[parts.Part]:
    """The values as texts that a model is shown, with their labels."""
    return [parts.Part(label, as_text(value)) for label, value in found]
