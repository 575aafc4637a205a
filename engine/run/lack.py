"""What a run lacks that came up against a budget: which one, how much it is, and what would be enough (S9). Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

FROM_NOTHING: Final = 1.0
"""US dollars that a budget of nothing is raised to where less would do; any other one is doubled."""


@dataclass(frozen=True, slots=True)
class Lack:
    """The budget that has no room for the next call, in US dollars or else in tokens.

    Attributes:
        account: whose budget: `the run`, `the node “a”`, `today`; `key` is the node's, "" for the others.
        cap: the budget as it is.
        needed: the least with which that call fits.
    """

    account: str
    key: str
    cap: float
    needed: float
    dollars: bool

    @classmethod
    def of(cls, told: Mapping[str, Any] | None) -> Lack | None:
        """What lacks, as `View.cap` tells it; of two budgets the one in tokens first."""
        for unit in ("tokens", "usd") if told else ():
            assert told is not None
            cap, needed = told.get(f"cap_{unit}"), told.get(f"spent_{unit}", 0) + told.get(f"needs_{unit}", 0)
            if cap is not None and needed > cap:
                return cls(str(told.get("account", "")), str(told.get("key", "")), cap, needed, unit == "usd")
        return None

    @property
    def enough(self) -> float:
        """What it may be raised to: twice as much, or what the next call needs, on two figures; tokens are whole."""
        wished = 2 * self.cap if self.cap else FROM_NOTHING if self.dollars else 0.0
        unit: float = 10.0 ** (math.floor(math.log10(self.needed)) - 1)
        least = math.ceil(self.needed / unit) * unit
        return max(wished, round(least, 12)) if self.dollars else math.ceil(max(wished, least))
