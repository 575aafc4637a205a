"""One run for one caller: its events as they come, its end, and a stop when the caller goes away (S10)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.base.errors import BatonError
from engine.run.control import Run
from engine.run.events import Event
from engine.run.result import Result


@dataclass(frozen=True, slots=True)
class Waiting:
    """A stored run that waits for people; `questions` by key, as `View.waiting` has them."""

    id: str
    questions: Mapping[str, Mapping[str, Any]]


class ServedRun:
    """Runs a run in a task of its own, which outlives whoever watches. Must be made on the server's loop.

    Attributes:
        result: what it came to, once the events have ended; None before, and when it broke.
        error: why it could not be carried out at all.
        cancelled: set by who lets its caller know of the end himself.
    """

    def __init__(self, run: Run) -> None:
        self._run = run
        self.id = run.id
        self.result: Result | None = None
        self.error: BatonError | None = None
        self.cancelled = False
        self._loop = asyncio.get_running_loop()
        self._batches: asyncio.Queue[Sequence[Event] | None] = asyncio.Queue()
        self._task = self._loop.create_task(self._perform(), name=f"served run {run.id}")

    async def events(self) -> AsyncGenerator[Sequence[Event], None]:
        """Gives the events in batches, each as soon as it is stored. Leaving early stops the run.

        Raises:
            BatonError: the run could not be carried out at all.
        """
        try:
            while (batch := await self._batches.get()) is not None:
                yield batch
        finally:
            self.stop()
        await asyncio.shield(self._task)
        if self.error is not None:
            raise self.error

    @property
    def questions(self) -> Mapping[str, Mapping[str, Any]]:
        """What waits for a person, by key, as `View.waiting` has it."""
        return self.result.view.waiting if self.result is not None else {}

    def stop(self) -> None:
        """Stops it as Stop does; without effect once it is over."""
        if not self._task.done():
            self._run.stop()

    async def ended(self) -> None:
        """Waits until it is over, however that came."""
        await asyncio.wait({self._task})

    def when_over(self, act: Callable[[ServedRun], object]) -> None:
        """Calls `act` once it is over."""
        self._task.add_done_callback(lambda _: act(self))

    async def _perform(self) -> None:
        try:
            self.result = await self._run.execute(self._take)
        except BatonError as error:
            self.error = error
        finally:
            self._loop.call_soon(self._batches.put_nowait, None)  # behind the last batch, which comes the same way

    def _take(self, batch: Sequence[Event]) -> None:
        self._loop.call_soon_threadsafe(self._batches.put_nowait, batch)
