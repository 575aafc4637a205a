"""How many calls of one provider may run at once: as set, halved by a rate limit, widened by success (S9). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.run.admission.line import Line


@dataclass(slots=True, eq=False)
class Width:
    """The width of one provider.

    Attributes:
        set: as the settings or the provider say; None is no limit.
        learnt: what a rate limit left of it; None until there was one.
        running: calls in flight.
        halved: number of the last grant before it was halved: older calls do not halve it again.
        line: calls that wait for room.
    """

    provider: str
    set: int | None = None
    learnt: float | None = None
    running: int = 0
    halved: int = 0
    line: Line = field(default_factory=Line)

    @property
    def limit(self) -> int | None:
        """Calls at once; None is no limit."""
        learnt = None if self.learnt is None else int(self.learnt)
        return self.set if learnt is None else learnt if self.set is None else min(self.set, learnt)

    @property
    def has_room(self) -> bool:
        limit = self.limit
        return limit is None or self.running < limit

    def halve(self, serial: int, granted: int) -> bool:
        """A call was refused with a 429 while `running` were in flight, itself among them.

        Returns:
            whether the width was halved: calls that were in flight together halve it once.
        """
        if serial <= self.halved:
            return False
        self.halved = granted
        at_once = self.running if self.learnt is None else min(self.running, int(self.learnt))
        self.learnt = float(max(1, at_once // 2))
        return True

    def widen(self) -> None:
        """A call went well: one more at once for each round of calls that did."""
        if self.learnt is not None:
            self.learnt += 1.0 / self.learnt
