"""Numbers the events of a run and hands them out: to the journal first, then to whoever watches (S11, S15)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, Protocol

from engine.base.clock import Clock
from engine.base.errors import NodeError
from engine.base.secrets import Redactor
from engine.base.tuples import maker
from engine.run.events import VERSION, Event

Shown = Callable[[Sequence[Event]], None]
"""Takes events that are stored already. Called on the writer's thread, or on the run's when nothing is stored."""

GATHER_S: Final = 0.016
"""How long events gather at most before they leave, in seconds: a frame. Each leaving costs changes of thread."""
QUIET: Final = 3
"""Turns of the loop without an event by which a run that waits is known."""
GATHER: Final = 4096
"""Events that leave at once."""
_NOTHING: Mapping[str, Any] = {}
_event: Final = maker(Event)


class Store(Protocol):
    """Where events are kept: `engine.run.writer.Entry`. `broken` says that it takes nothing any more."""

    broken: bool

    def put(self, batch: Sequence[Event]) -> None:
        """Stores a batch in the background and then shows it."""

    def at_once(self, batch: Sequence[Event]) -> bool:
        """Stores and shows a batch before it returns, if that can be now; else does nothing and returns False."""

    def barrier(self, done: Callable[[], None]) -> None:
        """Calls `done`, on another thread, when all that was put is stored."""

    def close(self) -> None:
        """Nothing more will be put."""


class Recorder:
    """The only way out of a run. Must be used on the run's own loop.

    Args:
        run: the run's id.
        store: where events go first; None shows them without storing.
        shown: who watches.
        redactor: takes secrets out of every text (T3).
        seq: the last number given in an earlier session of this run.
        ahead: seconds by which the clock of the run is ahead of ours, since earlier sessions ran on others.
    """

    def __init__(
        self,
        run: str,
        clock: Clock,
        store: Store | None,
        shown: Shown,
        redactor: Redactor,
        seq: int = 0,
        ahead: float = 0.0,
    ) -> None:
        self._run = run
        self._wall, self._mono = clock.wall, clock.mono if not ahead else lambda: clock.mono() + ahead
        self._store, self._shown, self.redactor = store, shown, redactor
        self._seq = seq
        self._batch: list[Event] = []
        self._due: asyncio.Handle | None = None
        self._loop = asyncio.get_running_loop()
        self._left = -GATHER_S

    def emit(
        self, kind: str, key: str = "", node: str = "", scope: str = "", attempt: int = 0,
        data: Mapping[str, Any] = _NOTHING,
    ) -> None:  # fmt: skip
        """Records one event; it leaves with all others of the frame."""
        self._seq = seq = self._seq + 1
        batch = self._batch
        fields = (VERSION, self._run, seq, self._wall(), self._mono(), kind, key, node, scope, attempt, data)
        batch.append(_event(fields))
        waiting = len(batch)
        if waiting == 1:
            self._leave_soon()
        elif waiting >= GATHER:
            self.flush()

    def _leave_soon(self) -> None:
        """As soon as the run waits, or a frame from now; in a run that does much, a frame after the last leaving.

        A run that does little has no timer: each waking of the loop makes what else sleeps there oversleep.
        """
        now, due = self._loop.time(), self._left + GATHER_S
        if now < due:
            self._due = self._loop.call_at(due, self.flush)
        else:
            self._due = self._loop.call_soon(self._when_quiet, now + GATHER_S, self._seq, QUIET)

    def _when_quiet(self, due: float, seq: int, turns: int) -> None:
        left = turns - 1 if seq == self._seq else QUIET
        if left and self._loop.time() < due:
            self._due = self._loop.call_soon(self._when_quiet, due, self._seq, left)
        else:
            self.flush()

    def flush(self) -> None:
        """Hands out what was recorded so far."""
        self._left = self._loop.time()
        batch = self._gathered()
        if not batch:
            return
        if self._store is None:
            self._shown(batch)
        else:
            self._store.put(batch)

    def _gathered(self) -> Sequence[Event]:
        """What was recorded so far, fit to leave."""
        batch, self._batch = self._batch, []
        if batch and self._due is not None:
            self._due.cancel()
        if self.redactor.active:
            return [event._replace(data=self.redactor.value(event.data)) if event.data else event for event in batch]
        return batch

    async def aclose(self) -> None:
        """`drained` for the end of a run, which has nothing else to do meanwhile; then the store is let go."""
        if self._store is None:
            self.flush()
            return
        try:
            batch = self._gathered()
            if not batch or not self._store.at_once(batch):
                self._store.put(batch)
                await self.drained()
        finally:
            self._store.close()

    async def barrier(self) -> None:
        """Waits until all that was recorded is stored: to be awaited before anything outside is touched (S11).

        Raises:
            NodeError: it cannot be stored, so nothing outside may be touched.
        """
        await self.drained()
        if self._store is not None and self._store.broken:
            raise NodeError("internal", "The run cannot be stored.", "Free some space, then resume it.")

    async def drained(self) -> None:
        """Waits until all that was recorded is stored, as far as it can be, and shown."""
        self.flush()
        if self._store is None:
            return
        stored = self._loop.create_future()

        def release() -> None:
            if not stored.done():
                stored.set_result(None)

        def done() -> None:
            with suppress(RuntimeError):  # the loop was closed meanwhile: nobody waits any more
                self._loop.call_soon_threadsafe(release)

        self._store.barrier(done)
        await stored
