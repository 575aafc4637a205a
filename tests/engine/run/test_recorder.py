"""When events leave a run: at once when it waits, else together, and never later than a frame."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from engine.base.clock import SystemClock
from engine.base.secrets import Redactor
from engine.run.events import Event
from engine.run.recorder import GATHER, GATHER_S, QUIET, Recorder


class Shown(list[list[str]]):
    """The kinds of events by the batch in which they left."""

    def __call__(self, batch: Sequence[Event]) -> None:
        self.append([event.kind for event in batch])


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Time:
    """The loop's own clock, which stands still until it is told to go on: no test hangs on how quick a machine is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: self.now)

    async def frame(self) -> None:
        """A frame goes by without a turn of the loop; then what was due is done."""
        self.now += GATHER_S
        await turns(2)  # timers come after what is ready already


def recorder(shown: Shown) -> Recorder:
    return Recorder("r", SystemClock(), None, shown, Redactor())


async def test_what_a_run_said_before_it_waits_leaves_without_a_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, _ = Shown(), Time(monkeypatch)
    one = recorder(shown)
    one.emit("a")
    await turns(QUIET - 1)
    one.emit("b")
    await turns(QUIET)
    assert shown == [], "it may go on at once"
    await turns(1)
    assert shown == [["a", "b"]]


async def test_a_run_that_never_waits_shows_what_it_does_each_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, time = Shown(), Time(monkeypatch)
    one = recorder(shown)
    one.emit("a")
    await turns(QUIET - 1)
    one.emit("b")
    await time.frame()
    assert shown == [["a", "b"]]


async def test_what_follows_soon_leaves_together_a_frame_later(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, time = Shown(), Time(monkeypatch)
    one = recorder(shown)
    one.emit("a")
    await turns(QUIET + 1)
    one.emit("b")
    await turns(2 * QUIET)
    one.emit("c")
    assert shown == [["a"]]
    await time.frame()
    assert shown == [["a"], ["b", "c"]]


async def test_many_events_leave_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, _ = Shown(), Time(monkeypatch)
    one = recorder(shown)
    for _ in range(GATHER):
        one.emit("a")
    assert [len(batch) for batch in shown] == [GATHER]
    await turns(QUIET + 1)
    assert len(shown) == 1
