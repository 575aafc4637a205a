"""Any moment of a run is the fold of its events up to there, however one comes to it (S15)."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.archive.replay import Replay
from engine.files.open import open_graph
from engine.run.control import RunOptions
from engine.run.events import ONE_CLOCK, Event, on_one_clock
from engine.run.services import Services
from engine.run.view import View
from engine.testing import build, play

BODY = {
    "nodes": [{"id": "item", "kind": "input"}, {"id": "draft", "kind": "agent", "config": {"prompt": "Say {{ item }}"}},
              {"id": "out", "kind": "output"}],
    "edges": [{"from": "item.value", "to": "draft.item"}, {"from": "draft.text", "to": "out.value"}],
}  # fmt: skip
GRAPH = build(
    {"list": ("input", {"type": "list"}), "each": ("map", {"body": BODY}), "end": "output"},
    "list.value -> each.items", "each.items -> end.value",
)  # fmt: skip


def folded(events: Sequence[Event]) -> View:
    view = View()
    for event in events:
        view.apply(event)
    return view


TEAM = Path(__file__).parents[3] / "saved_graphs" / "development_team.baton.json"


@pytest.fixture(params=["map", "team"])
async def events(services: Services, request: pytest.FixtureRequest) -> list[Event]:
    if request.param == "team":
        options = RunOptions(rehearse=True, pace=0, journal=False)
        return (await play(open_graph(TEAM), services=services, options=options)).events
    values = {"list": [f"fact number {n}" for n in range(60)]}
    played = await play(GRAPH, values, services=services, options=RunOptions(rehearse=True, pace=0, journal=False))
    return played.events


async def test_every_moment_is_the_fold_of_what_came_before(
    events: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.archive.replay.STRIDE", len(events) // 7)
    replay, truth = Replay(events), View()
    for moment in range(len(events) + 1):
        if moment:
            truth.apply(events[moment - 1])
        if moment % 5 == 0 or moment > len(events) - 3:
            assert replay.view_at(moment) == truth


@pytest.mark.slow
async def test_moments_in_any_order_and_views_that_go_on(events: list[Event], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.archive.replay.STRIDE", 97)
    replay = Replay(events)

    @settings(max_examples=30)
    @given(st.lists(st.tuples(st.integers(-3, len(events) + 3), st.integers(0, 150)), max_size=6))
    def agrees(visits: list[tuple[int, int]]) -> None:
        for moment, on in visits:
            view = replay.view_at(moment)
            there = max(0, min(moment, len(events)))
            assert view == folded(events[:there])
            before = copy.deepcopy(view)
            for event in events[there : there + on]:  # a view that goes on changes no other
                view.apply(event)
            assert view == folded(events[: there + on])
            assert replay.view_at(there) == before

    agrees()


async def test_a_run_that_goes_on_can_be_looked_at_already(events: list[Event]) -> None:
    whole, live = Replay(events), Replay()
    for start in range(0, len(events), 61):
        live.extend(events[start : start + 61])
        assert live.view_at(len(live)) == folded(events[: start + 61])
    assert live.seconds == pytest.approx(whole.seconds)
    assert [live.time_of(m) for m in range(0, len(live), 50)] == pytest.approx(
        [whole.time_of(m) for m in range(0, len(whole), 50)]
    )


def said(kind: str, seq: int, mono: float) -> Event:
    return Event(1, "r", seq, 1000.0 + mono, mono, kind, "", "", "", 0, {})


@given(st.lists(st.lists(st.floats(0, 1e6), min_size=1, max_size=5), min_size=1, max_size=4))
def test_no_time_passes_between_two_sessions_of_old_runs(sessions: list[list[float]]) -> None:
    events: list[Event] = []
    for number, times in enumerate(sessions):
        for place, mono in enumerate(sorted(times)):
            events.append(said("run.resumed" if number and not place else "text", len(events) + 1, mono))
    timed = on_one_clock(events)
    assert [each.seq for each in timed] == [each.seq for each in events]
    passed = [b.mono - a.mono for a, b in pairwise(timed)]
    expected = [0.0 if b.kind == "run.resumed" else b.mono - a.mono for a, b in pairwise(events)]
    assert passed == pytest.approx(expected, abs=1e-6)
    newer = [each._replace(data={ONE_CLOCK: True}) for each in timed]
    assert on_one_clock(newer) == newer


def test_times_are_told_from_the_first_event_on() -> None:
    kinds = [("run.created", 5.0), ("run.started", 6.0), ("run.paused", 8.0), ("run.resumed", 8.0), ("text", 9.5)]
    replay = Replay([said(kind, seq, mono) for seq, (kind, mono) in enumerate(kinds, 1)])
    assert [replay.time_of(moment) for moment in range(6)] == [0.0, 0.0, 1.0, 3.0, 3.0, 4.5]
    assert [replay.moment_at(seconds) for seconds in (-1.0, 0.0, 0.9, 1.0, 3.0, 99.0)] == [0, 1, 1, 2, 4, 5]
    assert replay.seconds == 4.5
    assert Replay().view_at(9) == View()
    assert Replay().seconds == 0.0
