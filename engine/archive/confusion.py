"""How often a router's choice was the one that a person had written beside the row: its confusion matrix. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Confusion:
    """Counts of (label, route) pairs.

    Attributes:
        labels: what was right, in the order of the rows; `routes` what was chosen, those that are labels first.
    """

    labels: tuple[str, ...]
    routes: tuple[str, ...]
    counts: dict[tuple[str, str], int]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> Confusion:
        """Counts pairs of the right route and the chosen one."""
        counts = Counter(pairs)
        labels = tuple(dict.fromkeys(label for label, _ in counts))
        chosen = dict.fromkeys(route for _, route in counts)
        return cls(labels, (*(each for each in labels if each in chosen), *(each for each in chosen if each not in
                   labels)), dict(counts))  # fmt: skip

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def right(self) -> int:
        """Rows whose route is their label."""
        return sum(count for (label, route), count in self.counts.items() if label == route)

    def lines(self) -> list[str]:
        """A table for people: a row for each label, a column for each route, and the share that is right."""
        head = ["label \\ route", *self.routes]
        rows = [[label, *(str(self.counts.get((label, route), 0)) for route in self.routes)] for label in self.labels]
        widths = [max(len(row[place]) for row in [head, *rows]) for place in range(len(head))]
        lines = [
            "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]
        ]
        share = self.right / self.total if self.total else 0.0
        return [line.rstrip() for line in lines] + [f"{self.right} of {self.total} right ({share:.0%})"]

    def as_json(self) -> dict[str, Any]:
        """It as JSON: label -> route -> count."""
        counts = {label: {route: self.counts.get((label, route), 0) for route in self.routes} for label in self.labels}
        return {"right": self.right, "total": self.total, "counts": counts}
