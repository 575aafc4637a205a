"""The run's slots: how many leaf nodes work at once. A node that waits for anything gives its slot back (S5, S9)."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.run.admission.claim import Holder
from engine.run.admission.line import Line


@dataclass(slots=True, eq=False)
class Slots:
    """Slots that are free, and who waits for one. Containers hold none; a call that one makes itself does.

    The scheduler takes a slot for each leaf node that it starts. The node holds it while it works, whatever number of
    calls it makes, and gives it back while it waits; admission hands it a slot again together with all else that its
    call needs. So nobody holds a slot while waiting, and those who wait cannot keep others from working.
    """

    free: int
    line: Line = field(default_factory=Line)

    def take(self, holder: Holder) -> None:
        """Gives a free slot to a node that holds none."""
        self.free -= 1
        holder.holds_slot = True

    def leave(self, holder: Holder) -> None:
        """Takes it back, if the node holds one."""
        if holder.holds_slot:
            holder.holds_slot = False
            self.free += 1
