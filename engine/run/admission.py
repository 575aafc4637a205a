"""Admits calls of models: within the run's budget and no wider than each provider allows (semantics.md S9)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.base.errors import NodeError
from engine.models.catalog import Models
from engine.models.contract import ModelRef, ModelRequest, Usage
from engine.models.tokens import estimate_input

OUTPUT_RESERVE: Final = 4096
"""Tokens of output reserved for a call whose request sets no limit."""


@dataclass(slots=True)
class Reserve:
    """What one call may cost at most, held until it is over. `usd` is None when the price is unknown."""

    provider: str
    usd: float | None
    tokens: int


class Admission:
    """The one keeper of a run's budget and of its providers' widths. Used on the run's loop only: a grant is atomic.

    Args:
        models: tells prices, and how many calls of a provider may run at once.
        budget_usd: most US dollars of the run; None is no limit.
        budget_tokens: most tokens, in and out; None is no limit.
        reached: called each time a call finds no room and nothing in flight could make some.
    """

    def __init__(
        self, models: Models, budget_usd: float | None, budget_tokens: int | None, reached: Callable[[], None]
    ) -> None:
        self._models = models
        self._cap_usd, self._cap_tokens = budget_usd, budget_tokens
        self._reached = reached
        self._spent_usd, self._spent_tokens = 0.0, 0
        self._held: list[Reserve] = []
        self._widths: dict[str, int | None] = {}
        self._room = asyncio.Condition()
        self.parked = 0
        """Calls that wait for room in the budget."""

    def reserve(self, ref: ModelRef, request: ModelRequest, when: float) -> Reserve:
        """What a call may cost at most.

        Raises:
            NodeError: `budget`: the price is unknown, and only a cap in money stands.
        """
        usage = Usage(estimate_input(request), request.max_tokens or OUTPUT_RESERVE)
        usd = self._models.price(ref, usage, when).usd
        if usd is None and self._cap_usd is not None and self._cap_tokens is None:
            raise NodeError(
                "budget", f"The price of {ref} is unknown, so a budget in dollars cannot hold it.",
                "Set budget_tokens as well, or take the budget away.",
            )  # fmt: skip
        return Reserve(ref.provider, usd, usage.input_tokens + usage.output_tokens)

    async def grant(self, ref: ModelRef, reserve: Reserve, waiting: Callable[[str], None]) -> None:
        """Waits until the call fits into what is left and its provider has room, and holds its reserve.

        Args:
            waiting: called once, with what it waits for, when it does not fit at once.
        """
        self._widths.setdefault(ref.provider, self._models.width(ref))
        if self._fits(reserve):
            self._held.append(reserve)
            return
        waiting("budget" if self._has_room(reserve) else f"room at {ref.provider}")
        self.parked += 1
        try:
            async with self._room:
                while not self._fits(reserve):
                    if not self._held:
                        self._reached()
                    await self._room.wait()
                self._held.append(reserve)
        finally:
            self.parked -= 1

    async def settle(self, reserve: Reserve, usd: float | None, tokens: int) -> None:
        """A call is over: its reserve becomes what it really cost (0 for one that failed unpaid)."""
        self._held.remove(reserve)
        self._spent_usd += usd or 0.0
        self._spent_tokens += tokens
        async with self._room:
            self._room.notify_all()

    def _has_room(self, reserve: Reserve) -> bool:
        width = self._widths[reserve.provider]
        return width is None or sum(held.provider == reserve.provider for held in self._held) < width

    def _fits(self, reserve: Reserve) -> bool:
        if not self._has_room(reserve):
            return False
        usd = self._spent_usd + sum(held.usd or 0.0 for held in self._held) + (reserve.usd or 0.0)
        tokens = self._spent_tokens + sum(held.tokens for held in self._held) + reserve.tokens
        fits_usd = self._cap_usd is None or usd <= self._cap_usd
        return fits_usd and (self._cap_tokens is None or tokens <= self._cap_tokens)
