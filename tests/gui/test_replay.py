"""Any past moment of a run: the fold up to it, the playhead that goes there, playing, and what is seen then."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from engine.graph import commands
from engine.run.events import Event
from engine.run.view import View
from gui.panels.timeline import Timeline
from gui.replay import Replay
from gui.studio import Studio
from gui.views.timeline_chart import HEAD
from tests.gui.hands import LEFT
from tests.gui.test_running import ended, pipeline

KINDS: dict[str, dict[str, Any]] = {
    "node.queued": {},
    "node.started": {"attempts": 3},
    "text": {"text": "word "},
    "model.request": {"model": "x/y"},
    "model.response": {"usage": {"input_tokens": 3, "output_tokens": 4}, "cost_usd": 0.25},
    "node.retry": {"message": "again", "wait_s": 1.0},
    "node.ok": {"outputs": {"text": "done"}},
    "edge.live": {"edge": "a:text>b:in"},
    "human.requested": {"key": "q", "kind": "merge", "question": "?", "schema": None},
    "human.resolved": {"key": "q"},
}
Step = tuple[str, str, int]
steps = st.tuples(st.sampled_from(sorted(KINDS)), st.sampled_from(["a", "b", "m[0]/c", "m[1]/c"]), st.integers(0, 2))


def made(drawn: list[Step]) -> list[Event]:
    """A run of these events, each some seconds after the one before."""
    events = [Event(1, "r", 1, 0.0, 10.0, "run.started", "", "", "", 0, {})]
    for kind, key, wait in drawn:
        scope, _, node = key.rpartition("/")
        seq, mono = len(events) + 1, events[-1].mono + wait
        events.append(Event(1, "r", seq, mono, mono, kind, key, node, scope, 1, KINDS[kind]))
    return events


def shown(view: View) -> dict[str, Any]:
    found = asdict(view)
    return {key: value for key, value in found.items() if key not in ("shared", "now")}


@given(st.lists(steps, max_size=40), st.lists(st.floats(9.0, 100.0), min_size=1, max_size=8), st.integers(1, 7))
def test_every_moment_is_the_fold_up_to_it(drawn: list[Step], moments: list[float], stride: int) -> None:
    events = made(drawn)
    tape = Replay(events, stride)
    for moment in moments:
        plain = View()
        for event in events:
            if event.mono <= moment:
                plain.apply(event)
        seen, _ = tape.at(moment)
        assert shown(seen) == shown(plain) and seen.now == moment


def test_steps_go_to_what_happened() -> None:
    tape = Replay(made([("node.started", "a", 1), ("text", "a", 1), ("node.ok", "a", 1)]))
    assert [tape.beside(10.0, 1), tape.beside(11.0, 1), tape.beside(13.0, 1)] == [11.0, 13.0, None]
    assert [tape.beside(13.0, -1), tape.beside(11.5, -1), tape.beside(10.0, -1)] == [11.0, 11.0, None]


@pytest.fixture
def timeline(studio: Studio, qtbot: QtBot) -> Timeline:
    """A run that is over, with the timeline in front."""
    studio.session.show(pipeline())
    studio.launch.pace = 60
    studio.launch.start()
    ended(studio, qtbot)
    studio.window.show_panel("timeline")
    panel = studio.panels.widget("timeline")
    assert isinstance(panel, Timeline)
    return panel


def at(timeline: Timeline, seconds: float) -> QPoint:
    return QPoint(round(timeline.chart.x_of(seconds)), HEAD // 2)


def began(studio: Studio, node: str) -> float:
    """Seconds at which a node began to work."""
    view = studio.session.run_view
    assert view is not None and view.started is not None
    started = view.nodes[node].started
    assert started is not None
    return started - view.started


def test_the_canvas_shows_the_moment_under_the_playhead(studio: Studio, timeline: Timeline, qtbot: QtBot) -> None:
    session, display, chart = studio.session, studio.canvas.display, timeline.chart
    session.select(["agent"])
    middle = (began(studio, "agent") + began(studio, "output")) / 2
    qtbot.mousePress(chart.viewport(), LEFT, pos=at(timeline, session.run_length() * 0.9))
    qtbot.mouseMove(chart.viewport(), at(timeline, middle))
    qtbot.mouseRelease(chart.viewport(), LEFT, pos=at(timeline, middle))
    assert session.moment == pytest.approx(middle, abs=0.05) and chart.past
    assert display.face("agent").status == "running" and display.face("output").status != "ok"
    assert studio.window.right.widget("inspector").badge.text.startswith("running")
    assert not display.live and session.run_view is not None and session.run_view.nodes["agent"].status == "ok"
    qtbot.mouseClick(timeline.back, LEFT)
    assert session.moment is None and display.face("agent").status == "ok" and not timeline.back.isVisible()


def test_keys_step_from_event_to_event(studio: Studio, timeline: Timeline, qtbot: QtBot) -> None:
    session, chart = studio.session, timeline.chart
    chart.setFocus()
    qtbot.keyClick(chart, Qt.Key.Key_Home)
    assert session.moment == 0.0 and studio.canvas.display.face("agent").status in ("", "queued")
    moments = []
    while session.moment is not None and len(moments) < 200:
        moments.append(session.moment)
        qtbot.keyClick(chart, Qt.Key.Key_Right)
    assert moments == sorted(set(moments)) and any(each == began(studio, "agent") for each in moments)
    qtbot.keyClick(chart, Qt.Key.Key_Left)
    assert session.moment == moments[-1]
    qtbot.keyClick(chart, Qt.Key.Key_End)
    assert session.moment is None


def test_a_run_plays_to_its_end_and_nothing_ticks_then(studio: Studio, timeline: Timeline, qtbot: QtBot) -> None:
    session, player = studio.session, timeline.player
    qtbot.mouseClick(timeline.speed, LEFT)
    assert player.speed == 4 and timeline.speed.text() == "4x"
    qtbot.mouseClick(timeline.play, LEFT)
    assert player.playing and session.moment is not None
    qtbot.mouseClick(timeline.play, LEFT)
    assert not player.playing
    session.go_to(0.0)
    player.advance(0.01)
    assert session.moment == pytest.approx(0.04)
    qtbot.mouseClick(timeline.play, LEFT)
    qtbot.waitUntil(lambda: not player.playing, timeout=20_000)
    assert session.moment is None


def test_the_past_of_a_run_that_goes_on_can_be_looked_at(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(pipeline("A sentence about pools that is long enough. " * 40))
    studio.launch.pace = 2
    studio.launch.start()
    qtbot.waitUntil(lambda: bool(session.run_view and "agent" in session.run_view.nodes), timeout=20_000)
    session.go_to(0.0)
    assert studio.canvas.display.face("agent").status != "running"
    seen = session.run_view.seq if session.run_view else 0
    qtbot.waitUntil(lambda: bool(session.run_view and session.run_view.seq > seen), timeout=20_000)
    assert studio.canvas.display.face("agent").status != "running" and session.moment == 0.0
    session.go_to(None)
    assert studio.canvas.display.face("agent").status == "running" and studio.canvas.display.live
    session.stop()
    ended(studio, qtbot)


def test_another_run_begins_in_the_present(studio: Studio, timeline: Timeline, qtbot: QtBot) -> None:
    studio.session.go_to(0.0)
    studio.session.commit(commands.set_title(studio.session.graph, "agent", "Other"), "Rename")
    studio.launch.start()
    assert studio.session.moment is None and not timeline.back.isVisible()
    ended(studio, qtbot)
