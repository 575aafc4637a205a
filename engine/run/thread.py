"""A run on a thread and loop of its own: what the studio and the command line use (architecture.md)."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress

from engine.run.control import Run
from engine.run.events import Event
from engine.run.result import Result


class RunThread:
    """A run on a thread and loop of its own, for the studio and the command line (architecture.md).

    Args:
        run: what to run.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.result: Result | None = None
        self.error: BaseException | None = None
        self._events: queue.SimpleQueue[Sequence[Event]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._main, name=f"run {run.id}", daemon=True)

    def start(self) -> None:
        """Starts the run."""
        self._thread.start()

    def poll(self) -> list[Event]:
        """All events since the last poll; never waits."""
        found: list[Event] = []
        with suppress(queue.Empty):
            while True:
                found.extend(self._events.get_nowait())
        return found

    def stop(self, force: bool = False) -> None:
        """Stops the run; a second call, or `force`, does not wait."""
        self.run.stop(force)

    @property
    def done(self) -> bool:
        """Whether it has ended, and every event can be polled."""
        return self.result is not None or self.error is not None

    def join(self, timeout: float | None = None) -> None:
        """Waits for the end, at most `timeout` seconds."""
        self._thread.join(timeout)

    def _main(self) -> None:
        try:
            with asyncio.Runner() as runner:
                result = runner.run(self.run.execute(self._events.put))
        except BaseException as error:
            self.error = error
        else:
            self.result = result
