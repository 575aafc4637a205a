"""Where the time of a run went, and how long it goes on: critical path, idle times, what earlier runs teach."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from engine.archive.critical import critical_path, idle_times
from engine.archive.durations import durations, earlier_views, held_by, seconds_left, share_done
from engine.run import checkpoint
from engine.run.control import Run, RunOptions
from engine.run.events import Event
from engine.run.journal import Journal
from engine.run.services import Services
from engine.run.view import View
from engine.testing import build

GRAPH = build(
    {"a": ("template", {"template": "x"}), "b": ("template", {"template": "{{ t }}"}),
     "c": ("template", {"template": "{{ t }}"}), "d": ("template", {"template": "{{ t }}{{ u }}"})},
    "a.text -> b.t", "a.text -> c.t", "b.text -> d.t", "c.text -> d.u",
)  # fmt: skip


def told(*rows: tuple[float, str, str, dict[str, Any]]) -> View:
    view = View()
    view.take([Event(1, "r", seq, at, at, kind, node, node, "", 1, data)
               for seq, (at, kind, node, data) in enumerate(rows, 1)])  # fmt: skip
    return view


def worked(node: str, start: float, end: float, *edges: str) -> list[tuple[float, str, str, dict[str, Any]]]:
    ended = [(end, "edge.live", "", {"edge": edge}) for edge in edges]
    return [(start, "node.started", node, {}), (end, "node.ok", node, {"source": "ran", "outputs": {}}), *ended]


def test_the_end_waited_for_the_longer_branch_and_idle_times_are_seen() -> None:
    rows = [(0.0, "run.started", "", {}), *worked("a", 0, 1, "a.text->b.t", "a.text->c.t"),
            *worked("b", 1.7, 2, "b.text->d.t"), *worked("c", 1.5, 4, "c.text->d.u"), *worked("d", 6, 7)]  # fmt: skip
    view = told(*sorted(rows, key=lambda row: row[0]))
    path = critical_path(view, GRAPH)
    assert [link.node for link in path] == ["a", "c", "d"]
    assert [link.idle for link in path] == [0.0, 0.5, 2.0]
    assert idle_times(view) == [(1, 1.5), (4, 6)]


def test_what_waits_is_not_at_work() -> None:
    view = told((0.0, "run.started", "", {}), (0.0, "node.started", "a", {}), (1.0, "node.waiting", "a", {}),
                (5.0, "human.resolved", "a", {"key": "a"}), (6.0, "node.ok", "a", {"source": "ran"}))  # fmt: skip
    assert view.nodes["a"].attempts[0].waits == ((1.0, 5.0),)
    assert idle_times(view) == [(1.0, 5.0)]


def test_a_manager_is_at_work_while_nobody_works_for_it() -> None:
    part = {"scope": "m[1]", "specialist": "x", "attempt": 1, "brief": "b"}
    inside = [Event(1, "r", 9, at, at, kind, "m[1]/x", "x", "m[1]", 1, data) for at, kind, data in (
        (2.0, "node.started", {}), (3.0, "node.waiting", {"reason": "waits for a person"}),
        (5.0, "human.resolved", {"key": "m[1]/x"}), (6.0, "node.ok", {"source": "ran", "outputs": {}}))]  # fmt: skip
    view = told((0.0, "run.started", "", {}), (0.0, "node.started", "m", {}), (2.0, "delegation.started", "m", part))
    view.take(inside)
    view.take([Event(1, "r", 10, 6.0, 6.0, "delegation.finished", "m", "m", "", 1, {**part, "status": "ok"}),
               Event(1, "r", 11, 8.0, 8.0, "node.ok", "m", "m", "", 1, {"source": "ran", "outputs": {}})])  # fmt: skip
    assert idle_times(view) == [(3.0, 5.0)]


def test_what_was_taken_from_storage_says_nothing_of_how_long_it_takes() -> None:
    views = [told(*worked("a", 0, seconds)) for seconds in (2, 4, 9)]
    quick = told((0.0, "node.started", "a", {}), (0.01, "node.ok", "a", {"source": "cache", "outputs": {}}))
    assert durations([*views, quick, quick]) == {"a": 4.0}


def test_the_time_left_follows_from_earlier_runs_and_from_items() -> None:
    known = {"a": 2.0, "b": 4.0, "c": 1.0, "d": 3.0}
    fresh = told((0.0, "run.started", "", {}))
    assert seconds_left(fresh, GRAPH, known, 0.0) == 9.0 and seconds_left(fresh, GRAPH, {}, 0.0) is None
    begun = told((0.0, "run.started", "", {}), *worked("a", 0, 2), (2.0, "node.started", "b", {}))
    assert seconds_left(begun, GRAPH, known, 3.0) == 6.0 and share_done(begun, GRAPH) == 0.25
    items = told((0.0, "node.started", "a", {}), (8.0, "node.progress", "a", {"done": 4, "total": 6}))
    assert seconds_left(items, GRAPH, {}, 8.0) == 4.0
    rows = [(0.0, "node.started", "a", {}), (0.0, "map.opened", "a", {"total": 9})]
    wide = told(*rows)
    for number in range(3):
        wide.take([Event(1, "r", 9, 0.0, 0.0, "node.queued", f"a[{number}]/x", "x", f"a[{number}]", 0, {})])
    wide.take([Event(1, "r", 10, 3.0, 3.0, "map.item", "a", "a", "", 1, {"index": 0, "status": "ok"})])
    assert seconds_left(wide, GRAPH, {}, 3.0) == 12.0  # eight left of 3 s each, two at once


def test_a_run_is_held_by_what_all_of_it_waits_for() -> None:
    rows: list[tuple[float, str, str, dict[str, Any]]] = [
        (0.0, "run.started", "", {}), (0.0, "node.started", "m", {}), (0.0, "node.started", "b", {}),
        (1.0, "node.waiting", "b", {"reason": "a higher budget"}),
    ]  # fmt: skip
    view = told(*rows)
    inside = [Event(1, "r", 9, 1.0, 1.0, kind, "m[0]/x", "x", "m[0]", 1, {"reason": "waits for a person"})
              for kind in ("node.queued", "node.started", "node.waiting")]  # fmt: skip
    assert held_by(view) == ()
    view.take(inside[:2])
    assert held_by(view) == (), "an item goes on"
    view.take(inside[2:])
    assert held_by(view) == ("a higher budget", "waits for a person")
    limit = {"reason": "rate limit, 9 s"}
    view.take([Event(1, "r", 11, 2.0, 2.0, "rate.wait", "b", "b", "", 1, {"wait_s": 9.0}),
               Event(1, "r", 12, 2.0, 2.0, "node.waiting", "b", "b", "", 1, limit)])  # fmt: skip
    assert held_by(view) == (), "a limit opens by itself"


async def test_runs_of_the_same_graph_are_learnt_from(services: Services) -> None:
    for _ in range(2):
        await Run(GRAPH, services=services, options=RunOptions(), file="/a.json").execute()
    journal = Journal(services.home.runs)
    views = earlier_views(journal, "/a.json", "", rehearsal=False)
    assert len(views) == 2 and set(durations(views)) == {"a", "b", "c", "d"}
    assert earlier_views(journal, "/b.json", "", rehearsal=False) == []
    assert earlier_views(journal, "/a.json", "", rehearsal=True) == []


async def test_long_runs_teach_by_what_is_kept_of_them(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(GRAPH, services=services, file="/a.json")
    view = (await run.execute()).view
    journal = Journal(services.home.runs)
    monkeypatch.setattr(checkpoint, "LONG", 0)
    checkpoint.keep(journal, view)
    with closing(journal.connect()) as database:
        database.execute("UPDATE events SET batch='[]' WHERE run=?", (run.id,))
    learnt = earlier_views(journal, "/a.json", "", rehearsal=False)
    assert durations(learnt) == durations([view]) and len(durations(learnt)) == 4
    assert earlier_views(journal, "/a.json", "", rehearsal=True) == []


@pytest.mark.slow
async def test_what_is_learnt_needs_no_texts_and_nothing_of_what_went_on_inside(services: Services) -> None:
    body = {"nodes": [{"id": "item", "kind": "input"}, {"id": "out", "kind": "output"}],
            "edges": [{"from": "item.value", "to": "out.value"}]}  # fmt: skip
    graph = build({"i": ("input", {"type": "list", "default": ["long " * 2_000, "b"]}), "m": ("map", {"body": body}),
                   "ask": ("agent", {"model": "rehearsal", "prompt": "{{ x }}"})},
                  "i.value -> m.items", "m.items -> ask.x")  # fmt: skip
    run = Run(graph, services=services)
    assert (await run.execute()).status == "completed"
    journal = Journal(services.home.runs)
    events, course = journal.events(run.id), journal.course(run.id)
    assert {event.scope for event in course} == {""} and {event.key for event in course} == {"", "i", "m", "ask"}
    assert any(event.kind == "model.request" for event in events)
    assert not any(event.kind == "model.request" for event in course)
    whole, short = View(), View()
    whole.take(events)
    short.take(course)
    assert durations([short]) == durations([whole]) and len(durations([short])) == 3
