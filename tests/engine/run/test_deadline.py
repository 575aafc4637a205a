"""Time limits that stand still while a node waits for what is not its fault (S8), on a clock that the test owns."""

from __future__ import annotations

import asyncio

import pytest

from engine.run.deadline import Deadline
from engine.testing import HandClock


async def test_what_was_used_before_a_wait_stays_used() -> None:
    clock, reached = HandClock(), []
    with pytest.raises(TimeoutError):
        async with Deadline(clock, 5.0, []) as limit:
            clock.move(3.0)
            limit.pause()
            clock.move(100.0)
            limit.resume()
            clock.move(1.5)
            await asyncio.sleep(0)
            reached.append(clock.mono())
            clock.move(0.5)
            await asyncio.Event().wait()
    assert reached == [104.5]


async def test_of_several_waits_the_last_to_end_starts_it_again() -> None:
    clock = HandClock()
    async with Deadline(clock, 5.0, []) as limit:
        limit.pause()
        limit.pause()
        limit.resume()
        clock.move(100.0)
        await asyncio.sleep(0)
        limit.resume()
        assert clock.waiting == [5.0]
    assert clock.waiting == []


async def test_a_stop_that_comes_as_the_time_is_over_stays_a_stop() -> None:
    clock = HandClock()

    async def work() -> None:
        async with Deadline(clock, 5.0, []):
            await asyncio.Event().wait()

    working = asyncio.create_task(work())
    await asyncio.sleep(0)
    clock.move(5.0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
