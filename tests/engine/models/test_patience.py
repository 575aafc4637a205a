"""The limit on silence: signs of life move it on, and it ends what waits for longer."""

import asyncio

import pytest

from engine.models.patience import Patience


async def test_it_ends_what_waits_for_longer() -> None:
    with pytest.raises(TimeoutError):
        async with Patience(0.01, 3600):
            await asyncio.Event().wait()


async def test_signs_of_life_move_its_end_on_and_then_it_still_ends() -> None:
    alive = False
    with pytest.raises(TimeoutError):
        async with Patience(0.01, 3600) as patience:
            patience.anew(3600)
            await asyncio.sleep(0.02)
            alive = True
            patience.anew(0.01)
            await asyncio.Event().wait()
    assert alive


async def test_no_sign_of_life_moves_it_beyond_its_longest() -> None:
    with pytest.raises(TimeoutError):
        async with Patience(0.01, longest=0.02) as patience:
            patience.anew(3600)
            await asyncio.Event().wait()


async def test_a_sooner_end_holds_and_a_later_one_does_not_prolong() -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(TimeoutError):
        async with Patience(3600, 3600) as patience:
            patience.at_most(0.01)
            patience.at_most(3600)
            await asyncio.Event().wait()
    assert loop.time() - begun < 3600


async def test_leaving_in_time_leaves_nothing_behind() -> None:
    async with Patience(0.01, 3600):
        pass
    await asyncio.sleep(0.02)
    assert asyncio.current_task().cancelling() == 0  # type: ignore[union-attr]  # a test runs in a task
