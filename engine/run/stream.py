"""A run as an async iterator of its events, for Python users who watch one in their own loop (formats.md, Library)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from engine.run.control import Run
from engine.run.events import Event
from engine.run.result import Result


class Stream:
    """Runs a run while its events are iterated over, each once it is stored (S15).

    Leaving the iteration early, or cancelling the task that iterates, stops the run as Stop does (S10).

    Args:
        run: what to run; it starts with the iteration, which can be done once.

    Attributes:
        result: what the run came to, once the iteration has ended.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.result: Result | None = None

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Gives every event in order. Raises what `Run.execute` raises."""
        loop = asyncio.get_running_loop()
        batches: asyncio.Queue[Sequence[Event] | None] = asyncio.Queue()

        def take(batch: Sequence[Event]) -> None:
            loop.call_soon_threadsafe(batches.put_nowait, batch)

        task = asyncio.create_task(self.run.execute(take))
        task.add_done_callback(lambda _: batches.put_nowait(None))
        try:
            while (batch := await batches.get()) is not None:
                for event in batch:
                    yield event
        finally:
            self.run.stop()
            self.result = await task
