"""A batch on a thread and loop of its own, as a run of the studio has one."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Sequence
from contextlib import suppress

from engine.batch.job import Job
from engine.batch.perform import Row
from engine.batch.results import Line
from engine.files.rows import held


class BatchThread:
    """Performs a job from the first row to the table in order.

    Args:
        resume: goes on with the results that are there.
    """

    def __init__(self, job: Job, *, resume: bool) -> None:
        self.job, self._resume = job, resume
        self.error: BaseException | None = None
        self._lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._main, name="batch", daemon=True)

    def start(self) -> None:
        """Starts it."""
        self._thread.start()

    def poll(self) -> list[Line]:
        """What the table says of rows since the last poll, the newest last; never waits."""
        found: list[Line] = []
        with suppress(queue.Empty):
            while True:
                found.append(self._lines.get_nowait())
        return found

    def stop(self) -> None:
        """Starts no more rows and stops the runs that go on. From any thread."""
        self._stopping = True
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop closed in this moment: it is over
                self._loop.call_soon_threadsafe(self.job.stop)

    @property
    def done(self) -> bool:
        """Whether it has ended, and every line can be polled."""
        return not self._thread.is_alive()

    def join(self, timeout: float | None = None) -> None:
        """Waits for the end, at most `timeout` seconds."""
        self._thread.join(timeout)

    def _main(self) -> None:
        results = self.job.results
        try:
            with held(results.place):
                rows = results.begin(self.job.inputs, self._resume)
                self._tell_all()
                try:
                    with asyncio.Runner() as runner:
                        runner.run(self._perform(rows))
                finally:
                    results.end()
                    self._tell_all()
        except BaseException as error:
            self.error = error

    async def _perform(self, rows: Sequence[Row]) -> None:
        self._loop = asyncio.get_running_loop()
        if self._stopping:
            self.job.stop()
        await self.job.perform(rows, self._lines.put)

    def _tell_all(self) -> None:
        for line in self.job.results.lines.values():
            self._lines.put(line)
