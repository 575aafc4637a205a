"""How a model is expected to write: how much, how soon, how fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from engine.plan.amount import Amount


@dataclass(frozen=True, slots=True)
class Manner:
    """How a model is expected to write.

    Attributes:
        answer, data, route: tokens of an answer, of JSON, of a route.
        first_s: seconds until the first token.
        per_s: tokens a second.
        call_s: seconds of a whole call, where that is known.
        context_tokens: how many tokens it can read at once, where that is known.
    """

    answer: Amount
    data: Amount
    route: Amount
    first_s: Amount
    per_s: Amount
    call_s: Amount | None = None
    context_tokens: int | None = None

    def learnt(self, tokens: Amount | None, seconds: Amount | None) -> Manner:
        """The same after calls that took so many tokens and seconds."""
        known = self if tokens is None else replace(self, answer=tokens, data=tokens, route=tokens)
        return known if seconds is None else replace(known, call_s=seconds)

    def seconds(self, answer: Amount) -> Amount:
        """How long an answer of so many tokens takes."""
        if self.call_s is not None:
            return self.call_s
        return Amount(answer.low / self.per_s.high, answer.high / self.per_s.low) + self.first_s


VENDOR: Final = Manner(Amount(30, 1000), Amount(20, 500), Amount(10, 60), Amount(0.3, 2.0), Amount(40, 150))
REHEARSAL: Final = Manner(Amount(5, 500), Amount(2, 500), Amount(2, 60), Amount(0, 0.3), Amount(50, 300))
"""Extracts of what the model was given, at a natural pace."""

Manners = Callable[[str, str], Manner]
"""How the model of a name (a tier, or provider/model) writes for a node (`outer/inner` inside containers)."""
