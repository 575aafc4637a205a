"""Notices that a run waits for people only: nothing goes on in it before one of them acts (semantics.md S9, S13)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

ROUNDS: Final = 25
"""Rounds of the loop for which nothing may have gone on before a run counts as waiting for people only."""


class Quiet:
    """Watches a run from its own loop.

    Args:
        anyone: whether something waits for a person at all.
        at_rest: whether nothing goes on.
        stuck: called when it was so for long enough.
    """

    def __init__(self, anyone: Callable[[], bool], at_rest: Callable[[], bool], stuck: Callable[[], None]) -> None:
        self._anyone, self._at_rest, self._stuck = anyone, at_rest, stuck
        self._loop, self._looking = asyncio.get_running_loop(), False

    def look_soon(self) -> None:
        """Looks in the next rounds; something of a node has just ended, or begun to wait."""
        if not self._looking and self._anyone():
            self._looking = True
            self._loop.call_soon(self._look, ROUNDS)

    def _look(self, rounds: int) -> None:
        """A container takes a few rounds of the loop to open its next scope: only a longer quiet is a rest."""
        if not self._at_rest():
            self._looking = False
        elif rounds:
            self._loop.call_soon(self._look, rounds - 1)
        else:
            self._looking = False
            self._stuck()
