"""What all runs of a day may cost together: other runs' share is read from the journal (semantics.md S9)."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Final

from engine.base.clock import Clock
from engine.run.admission.accounts import Account, to_pico
from engine.run.journal import Journal

FRESH_S: Final = 10.0
"""How long what was read holds, in seconds."""


class Day:
    """Keeps the account of the present day, by the local calendar.

    A run counts for the day on which it ended, with all that is known of its cost; what runs at the same time counts
    once it has ended.

    Args:
        cap_usd: most US dollars of a day; None is no limit, and nothing is ever read.
        journal: where the runs are stored.
    """

    def __init__(self, cap_usd: float | None, journal: Journal, clock: Clock) -> None:
        self.account = Account.opened("the day", cap_usd, None)
        self._journal, self._clock = journal, clock
        self._others = 0
        self._read_at = float("-inf")
        self._began = 0.0

    @property
    def due(self) -> bool:
        """Whether it is time to read again."""
        return self.account is not None and self._clock.mono() - self._read_at >= FRESH_S

    async def look(self) -> None:
        """Reads what other runs have cost today. At midnight, what this run has spent before is yesterday's.

        Raises:
            FileProblem: the journal cannot be opened.
        """
        if self.account is None:
            return
        self._read_at = self._clock.mono()
        began = midnight(self._clock.wall())
        others = to_pico(await asyncio.to_thread(self._journal.spent_since, began))
        if began != self._began:
            self._began, self._others = began, 0
            self.account.usd.spent, self.account.warned = 0, False
        self.account.usd.spent += others - self._others
        self._others = others


def midnight(wall: float) -> float:
    """When the day of a moment began here, in seconds since 1970."""
    return datetime.fromtimestamp(wall).astimezone().replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
