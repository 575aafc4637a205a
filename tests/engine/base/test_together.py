"""Work side by side leaves nothing behind, whichever way it ends."""

from __future__ import annotations

import asyncio

import pytest

from engine.base.together import together


async def test_results_stand_in_the_order_of_the_jobs() -> None:
    first = asyncio.Event()

    async def slow() -> str:
        await first.wait()
        return "slow"

    async def quick() -> str:
        first.set()
        return "quick"

    assert await together([slow(), quick()]) == ["slow", "quick"]
    assert await together([]) == []


class Left:
    """A job that goes on until it is cancelled, and takes a while to end."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.ended: tuple[object, ...] | None = None

    async def work(self) -> None:
        self.began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as stopped:
            self.ended = stopped.args
            raise


async def test_a_failure_ends_the_others_before_it_is_told() -> None:
    left = Left()

    async def fail() -> None:
        await left.began.wait()
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await together([left.work(), fail()])
    assert left.ended is not None


async def test_whoever_is_cancelled_tells_the_jobs_why() -> None:
    left = Left()
    whole = asyncio.create_task(together([left.work()]))
    await left.began.wait()
    whole.cancel("race_lost")
    with pytest.raises(asyncio.CancelledError):
        await whole
    assert left.ended == ("race_lost",)
