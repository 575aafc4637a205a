"""Grants and what else happens in the same moment: nothing that was held is lost, nobody waits for ever (S9, S10)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import pytest

from engine.base.errors import NodeError
from engine.models.contract import Message, ModelRef, ModelRequest
from engine.run.admission.accounts import Account, Purse, to_pico
from engine.run.admission.claim import Claim
from engine.run.admission.controller import Admission
from engine.run.admission.day import Day
from engine.run.admission.queues import CapReached
from engine.run.services import Services
from engine.testing import HandClock
from tests.engine.run.pricing import Priced


def told(left: int) -> dict[str, str]:
    """Headers that leave so many requests for the next hundred seconds."""
    return {f"x-ratelimit-{name}-requests": text for name, text in
            {"limit": "9", "remaining": str(left), "reset": "100s"}.items()}  # fmt: skip


@dataclass
class Node:
    """Who calls models: see `engine.run.admission.claim.Holder`."""

    slots: int = 0
    calls_out: int = 0
    calls_waiting: int = 0
    stalled: int = 0
    keeps_slot: bool = False


class Calls:
    """Calls that cost a dollar for a hundred tokens, within a budget of some, on a clock that stands still."""

    def __init__(
        self, services: Services, *, slots: int = 9, usd: float = 9.0, width: int | None = None,
        day_usd: float | None = None, on_budget: str = "pause",
    ) -> None:  # fmt: skip
        models = Priced(services)
        models.widths |= {"test": width} if width else {}
        self.clock, self.told = HandClock(), list[str]()
        self.day = Day(day_usd, services.journal.journal, self.clock)
        self.admission = Admission(
            models, self.clock, slots, on_budget=on_budget, tell=lambda kind, *_: self.told.append(kind), day=self.day
        )
        self.run = Account("the run", parent=self.day.account, usd=Purse(to_pico(usd)))

    def claim(self, node: Node | None = None, usd: float = 1.0, patience_s: float = 0.0) -> Claim:
        request = ModelRequest((Message("user", "x"),), max_tokens=round(100 * usd))
        return self.admission.claim(node or Node(), ModelRef("test", "m"), request, self.run, patience_s)

    async def wait(self, claim: Claim) -> asyncio.Task[Any]:
        """Asks for what a call needs, and goes as far as it can at once."""
        task = asyncio.create_task(self.admission.grant(claim, lambda _what, _seconds: None))
        await asyncio.sleep(0)
        return task

    async def out(self, *claims: Claim) -> None:
        """Calls that are granted at once."""
        for claim in claims:
            await (await self.wait(claim))


async def cancelled(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_what_is_granted_to_a_call_in_the_moment_of_its_cancel_is_given_back(services: Services) -> None:
    calls = Calls(services, slots=1, usd=1.0, width=1)
    going, given_up, last = (calls.claim() for _ in range(3))
    await calls.out(going)
    waiting, after = await calls.wait(given_up), await calls.wait(last)
    calls.admission.settle(going, 0, 0, headers=told(1))
    assert given_up.holder.calls_out == 1, "it was granted"
    await cancelled(waiting)
    await asyncio.wait_for(after, 60)
    assert (given_up.holder.calls_out, given_up.holder.slots) == (0, 0)
    calls.admission.settle(last, 0, 0)
    assert (calls.run.usd.reserved, calls.run.held, calls.admission.slots.free) == (0, 0, 1)


async def test_nothing_is_granted_to_a_call_that_was_cancelled_while_it_waited(services: Services) -> None:
    calls = Calls(services, slots=1)
    going, given_up = calls.claim(), calls.claim()
    await calls.out(going)
    await cancelled(await calls.wait(given_up))
    calls.admission.settle(going, 0, 0)
    assert (given_up.serial, calls.run.held, calls.admission.slots.free) == (0, 0, 1)


async def test_who_was_cancelled_at_a_cap_does_not_count_among_those_that_only_a_person_can_help(
    services: Services,
) -> None:
    calls = Calls(services, usd=0.5)
    claim = calls.claim()
    waiting = await calls.wait(claim)
    assert (calls.admission.queues.stalled, claim.holder.stalled) == (1, 1)
    await cancelled(waiting)
    assert (calls.admission.queues.stalled, claim.holder.stalled) == (0, 0)


async def test_a_node_whose_calls_all_wait_leaves_its_slot_to_others(services: Services) -> None:
    calls = Calls(services, slots=1, usd=1.0)
    node, other = Node(keeps_slot=True), Node()
    first, second = calls.claim(node), calls.claim(node)
    await calls.out(first)
    waiting = await calls.wait(second)
    assert (node.slots, node.calls_waiting) == (1, 1)
    calls.admission.settle(first, first.usd, 0)
    assert (node.slots, calls.admission.slots.free) == (0, 1), "the budget is spent, so the second waits on"
    await asyncio.wait_for(calls.admission.seat(other), 60)
    calls.admission.raise_cap(calls.run, 2.0, None)
    assert calls.admission.queues.stalled == 0, "it waits for a slot now, and for nobody to raise anything"
    calls.admission.leave(other)
    await asyncio.wait_for(waiting, 60)


async def test_a_raised_cap_lets_go_on_and_is_told_anew_when_it_is_reached(services: Services) -> None:
    calls = Calls(services, usd=1.0)
    first, second, third = (calls.claim() for _ in range(3))
    await calls.out(first)
    waiting = await calls.wait(second)
    calls.admission.settle(first, first.usd, 0)
    calls.run.final = True
    calls.admission.raise_cap(calls.run, 2.0, None)
    await asyncio.wait_for(waiting, 60)
    assert not calls.run.final, "a person may be asked again"
    calls.admission.settle(second, second.usd, 0)
    await cancelled(await calls.wait(third))
    assert calls.told == ["budget.warn", "budget.stop", "budget.raised", "budget.warn", "budget.stop"]


async def test_when_whoever_was_to_ask_is_gone_the_next_one_asks(services: Services) -> None:
    calls = Calls(services, usd=0.5, on_budget="ask")
    asks = await calls.wait(calls.claim())
    waiting = await calls.wait(calls.claim())
    with pytest.raises(CapReached):
        await asks
    assert not waiting.done(), "one question is enough"
    calls.admission.asked(calls.run, final=False)
    with pytest.raises(CapReached):
        await asyncio.wait_for(waiting, 60)


async def test_a_new_day_lets_go_on_who_waits_for_its_budget(services: Services) -> None:
    calls = Calls(services, day_usd=1.0)
    await calls.day.look()
    first, second = calls.claim(), calls.claim()
    await calls.out(first)
    waiting = await calls.wait(second)
    calls.admission.settle(first, first.usd, 0)
    await calls.admission.refresh()
    assert not waiting.done()
    calls.clock.move(24 * 3600.0)
    await calls.admission.refresh()
    await asyncio.wait_for(waiting, 60)


async def test_nobody_overtakes_an_older_call_that_waits_for_more(services: Services) -> None:
    calls = Calls(services, usd=1.0)
    going, large, small = calls.claim(usd=0.5), calls.claim(usd=1.0), calls.claim(usd=0.25)
    await calls.out(going)
    first, second = await calls.wait(large), await calls.wait(small)
    assert not second.done(), "there is room for it, but not its turn"
    calls.admission.settle(going, 0, 0)
    await asyncio.wait_for(first, 60)
    assert not second.done()
    await cancelled(second)


async def test_nobody_overtakes_an_older_call_at_a_limit_either(services: Services) -> None:
    calls = Calls(services)
    tokens = {"limit": "200", "remaining": "120", "reset": "100s"}
    going = calls.claim()
    await calls.out(going)
    calls.admission.settle(going, 0, 0, headers={f"x-ratelimit-{name}-tokens": text for name, text in tokens.items()})
    first, second = [await calls.wait(calls.claim(usd=usd, patience_s=300.0)) for usd in (1.5, 0.5)]
    assert not first.done() and not second.done()
    for task in (second, first):
        await cancelled(task)


async def test_at_a_cap_that_only_a_person_can_raise_what_still_fits_goes_on(services: Services) -> None:
    calls = Calls(services, usd=1.0)
    going = calls.claim(usd=0.5)
    await calls.out(going)
    large, small = await calls.wait(calls.claim()), await calls.wait(calls.claim(usd=0.25))
    calls.admission.settle(going, going.usd, 0)
    await asyncio.wait_for(small, 60)
    await calls.out(calls.claim(usd=0.25))
    await cancelled(large)


async def test_who_waits_for_a_limit_fails_when_another_call_hears_that_it_lasts_too_long(services: Services) -> None:
    calls = Calls(services)
    first, second, third = (calls.claim(patience_s=20.0) for _ in range(3))
    await calls.out(first, second)
    calls.admission.refused(first, 7.0)
    calls.admission.settle(first, 0, 0)
    waiting = await calls.wait(third)
    assert not waiting.done(), "7 s are not too long"
    assert not calls.admission.refused(second, 1000.0)
    with pytest.raises(NodeError, match="1000 s"):
        await asyncio.wait_for(waiting, 60)


async def test_an_answer_that_tells_of_room_lets_go_on_who_waits_for_it(services: Services) -> None:
    calls = Calls(services)
    first, second, third = (calls.claim(patience_s=300.0) for _ in range(3))
    await calls.out(first, second)
    calls.admission.settle(first, 0, 0, headers=told(0))
    waiting = await calls.wait(third)
    assert not waiting.done(), "even a call that failed told of it"
    calls.admission.settle(second, 0, 0, headers=told(5))
    await asyncio.wait_for(waiting, 60)


async def test_an_answer_that_went_well_ends_the_row_of_refusals(services: Services) -> None:
    calls = Calls(services)
    refused, well = calls.claim(), calls.claim()
    await calls.out(refused, well)
    assert refused.bucket is not None and refused.width is not None
    calls.admission.refused(refused, None)
    assert (refused.bucket.strikes, refused.width.limit) == (1, 1)
    calls.admission.settle(refused, 0, 0)
    calls.admission.settle(well, 0, 0, well=True)
    assert (refused.bucket.strikes, refused.width.limit) == (0, 2), "the next pause is short again, the way wider"


async def test_a_slot_that_a_call_gives_back_may_start_a_node(services: Services) -> None:
    calls = Calls(services, slots=1)
    started: list[int] = []
    calls.admission.more = lambda: started.append(calls.admission.slots.free)
    claim = calls.claim()
    await calls.out(claim)
    calls.admission.settle(claim, 0, 0)
    assert started == [1]


async def test_a_seat_that_is_granted_in_the_moment_of_a_cancel_is_no_call(services: Services) -> None:
    calls = Calls(services, slots=1)
    busy, node = Node(), Node(keeps_slot=True)
    await calls.admission.seat(busy)
    waiting = asyncio.create_task(calls.admission.seat(node))
    await asyncio.sleep(0)
    calls.admission.leave(busy)
    await cancelled(waiting)
    calls.admission.leave(node)
    assert (node.calls_out, node.slots, calls.admission.slots.free) == (0, 0, 1)
