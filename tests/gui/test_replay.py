"""Any past moment of a run: the playhead that goes there, playing, what is seen then."""

from __future__ import annotations

import asyncio

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from engine.graph import commands
from engine.models.contract import ModelRequest, Reply
from engine.testing import build
from gui.panels.timeline import Timeline
from gui.studio import Studio
from gui.views.timeline_places import HEAD
from tests.engine.run.pricing import Priced
from tests.gui.hands import LEFT
from tests.gui.test_running import ended, loop_of, pipeline


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
    return QPoint(round(timeline.chart.places.x_of(seconds)), HEAD // 2)


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
    speeds = []
    for _ in range(3):
        qtbot.mouseClick(timeline.speed, LEFT)
        speeds.append(player.speed)
    assert speeds == [16, 1, 4]
    qtbot.mouseClick(timeline.play, LEFT)
    assert player.playing and session.moment is not None
    qtbot.mouseClick(timeline.play, LEFT)
    assert not player.playing
    qtbot.mouseClick(timeline.play, LEFT)
    qtbot.mouseClick(timeline.chart.viewport(), LEFT, pos=at(timeline, session.run_length() / 2))
    assert not player.playing and session.moment is not None, "a hand on the playhead holds it"
    session.go_to(0.0)
    player.advance(0.01)
    assert session.moment == pytest.approx(0.04)
    qtbot.mouseClick(timeline.play, LEFT)
    qtbot.waitUntil(lambda: not player.playing)
    assert session.moment is None


def test_the_past_of_a_run_that_goes_on_can_be_looked_at(studio: Studio, qtbot: QtBot) -> None:
    session, models, released = studio.session, Priced(studio.services), asyncio.Event()
    usual = models.answer

    async def answer(name: str, request: ModelRequest) -> Reply:
        if models.calls > 1:
            return await asyncio.get_running_loop().create_future()
        await released.wait()
        return await usual(name, request)

    models.answer = answer
    session.use(models.serve(studio.services))
    session.show(build({"a": ("agent", {"prompt": "hello"}), "b": ("agent", {"prompt": "{{ x }}"})}, "a.text -> b.x"))
    session.run()
    qtbot.waitUntil(lambda: bool(session.run_view and "a" in session.run_view.nodes))
    session.go_to(0.0)
    assert studio.canvas.display.face("a").status != "running"
    loop_of(studio).call_soon_threadsafe(released.set)
    qtbot.waitUntil(lambda: bool(session.run_view and "b" in session.run_view.nodes))
    assert studio.canvas.display.face("b").status != "running" and session.moment == 0.0
    session.go_to(None)
    assert studio.canvas.display.face("b").status == "running" and studio.canvas.display.live
    session.put_run_away()
    assert session.run_view is not None and studio.canvas.display.live, "what goes on stays on the screen"
    session.stop()
    ended(studio, qtbot)


def test_facts_of_a_run_go_with_it(studio: Studio, timeline: Timeline) -> None:
    assert timeline.facts.text() and not timeline.facts.isHidden()
    studio.session.put_run_away()
    assert timeline.facts.isHidden()


def test_another_run_begins_in_the_present(studio: Studio, timeline: Timeline, qtbot: QtBot) -> None:
    studio.session.go_to(0.0)
    studio.session.commit(commands.set_title(studio.session.graph, "agent", "Other"), "Rename")
    studio.launch.start()
    assert studio.session.moment is None and not timeline.back.isVisible()
    ended(studio, qtbot)
