"""One clock for all sessions of a run: the time between them passes for nobody, whatever clock each of them had."""

from __future__ import annotations

import time
from collections.abc import Iterable

from engine.run.events import Event


class RunClock:
    """Puts the events of a run on the clock of its first session."""

    def __init__(self) -> None:
        self.ahead = 0.0
        """Seconds to add to the clock of the present session."""
        self._last: float | None = None

    def take(self, events: Iterable[Event]) -> list[Event]:
        """The same events, in order, with their `mono` on that clock."""
        found = []
        for event in events:
            if event.kind == "run.resumed" and self._last is not None:
                self.ahead = self._last - event.mono
            put = event._replace(mono=event.mono + self.ahead) if self.ahead else event
            self._last = put.mono
            found.append(put)
        return found

    def now(self) -> float:
        """The present moment of a run that goes on."""
        return time.monotonic() + self.ahead
