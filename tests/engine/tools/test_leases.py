"""Turns at shared resources: who may be there together, that everybody gets a turn, that nothing stays behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.tools.leases import Claim, Leases, Table, overlap

RESOURCES = ("fs /a/b", "fs /a/c", "fs /a/", "fs ", "db /a/b")
claims = st.builds(Claim, st.sampled_from(["x", "y", "z"]), st.sampled_from(RESOURCES), st.booleans())


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [("fs /a/b", "fs /a/b", True), ("fs /a/", "fs /a/b", True), ("fs ", "fs /a/b", True), ("fs /a", "fs /a/b", False),
     ("fs /a/", "fs /ab", False), ("db ", "fs /a/b", False)],
)  # fmt: skip
def test_a_folder_and_a_server_stand_for_all_below(one: str, other: str, expected: bool) -> None:
    assert overlap(one, other) is overlap(other, one) is expected


@pytest.mark.slow
@given(st.lists(claims, max_size=12), st.data())
def test_writes_exclude_and_everybody_gets_a_turn(wanted: list[Claim], data: st.DataObject) -> None:
    table, numbered, held = Table(), dict[int, Claim](), set[int]()
    over = set[int]()
    for claim in wanted:
        numbered[table.ask(claim)] = claim
        held |= set(table.grant())
        if held and data.draw(st.booleans()):
            ended = data.draw(st.sampled_from(sorted(held)))
            table.drop(ended)
            held.remove(ended)
            over.add(ended)
            held |= set(table.grant())
        mine = [numbered[number] for number in held]
        for place, one in enumerate(mine):
            for other in mine[:place]:
                assert not (one.writes or other.writes) or not overlap(one.resource, other.resource)
        for number in numbered:
            assert bool(table.waits_for(number)) is (number in numbered.keys() - held - over)
    served = set(held)
    while held:  # no deadlock: whoever ends lets others begin, until nobody waits
        table.drop(held.pop())
        now = set(table.grant())
        held |= now
        served |= now
    assert len(table) == 0


@given(st.lists(st.booleans(), min_size=1, max_size=8))
def test_a_write_that_waits_is_not_overtaken_by_reads(reads: list[bool]) -> None:
    table = Table()
    first = table.ask(Claim("r", "fs /a", writes=False))
    assert table.grant() == [first]
    write = table.ask(Claim("w", "fs /a", writes=True))
    later = [table.ask(Claim(f"l{place}", "fs /a", writes=not read)) for place, read in enumerate(reads)]
    assert table.grant() == []
    table.drop(first)
    assert table.grant() == [write]
    assert set(later) == {number for number in later if table.waits_for(number)}


async def test_a_wait_names_the_holder_and_ends_with_the_turn() -> None:
    leases, events = Leases(), list[str]()
    inside, leave = asyncio.Event(), asyncio.Event()

    @contextmanager
    def told(holders: Sequence[str]) -> Iterator[None]:
        events.append(f"waits for {', '.join(holders)}")
        leave.set()
        yield
        events.append("goes on")

    async def first() -> None:
        async with leases.hold(Claim("writer", "fs /a", writes=True)):
            inside.set()
            await leave.wait()
            events.append("writer is done")

    async def second() -> None:
        await inside.wait()
        async with leases.hold(Claim("reader", "fs /a", writes=False), told):
            events.append("reader is there")

    await asyncio.gather(first(), second())
    assert events == ["waits for writer", "writer is done", "goes on", "reader is there"]
    assert len(leases) == 0


async def test_who_gives_up_or_fails_leaves_nothing_behind() -> None:
    leases = Leases()
    claim = Claim("a", "fs /a", writes=True)
    async with leases.hold(claim):
        waiting = asyncio.create_task(_hold(leases, claim))
        behind = asyncio.create_task(_hold(leases, claim))
        await asyncio.sleep(0)
        assert len(leases) == 3
        waiting.cancel()
        await asyncio.wait({waiting})
        assert len(leases) == 2
    await behind
    with pytest.raises(ValueError, match="broke"):
        async with leases.hold(claim):
            raise ValueError("broke")
    assert len(leases) == 0


async def test_a_turn_given_in_the_moment_of_a_cancel_goes_to_the_next() -> None:
    leases = Leases()
    claim = Claim("a", "fs /a", writes=True)
    async with leases.hold(claim):
        given_up, behind = (asyncio.create_task(_hold(leases, claim)) for _ in range(2))
        await asyncio.sleep(0)
    given_up.cancel()  # its turn has come, but it has not run since
    await asyncio.wait({given_up})
    await behind
    assert given_up.cancelled() and len(leases) == 0


async def _hold(leases: Leases, claim: Claim) -> None:
    async with leases.hold(claim):
        pass
