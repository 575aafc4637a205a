"""The run's slots: how many leaf nodes and calls work at once. Who waits for anything gives its slot back (S5, S9)."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.run.admission.claim import Holder
from engine.run.admission.line import Line


@dataclass(slots=True, eq=False)
class Slots:
    """Slots that are free, and who waits for one. Containers hold none; each call that one makes itself does.

    The scheduler takes a slot for each leaf node that it starts. The node works with it and makes its first call with
    it; each further call at the same time takes one of its own, together with all else that it needs. A node whose
    calls all wait gives its slot back. So nobody holds a slot while waiting, and those who wait cannot keep others
    from working.
    """

    free: int
    line: Line = field(default_factory=Line)

    def take(self, holder: Holder) -> None:
        """Gives a free slot to a node, or to one more call of it."""
        self.free -= 1
        holder.slots += 1

    def leave(self, holder: Holder, keep: int = 0) -> bool:
        """Takes back all that a node holds, but for those that it keeps. Returns whether there were any."""
        if holder.slots <= keep:
            return False
        self.free += holder.slots - keep
        holder.slots = keep
        return True
