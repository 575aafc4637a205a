"""Runs that go on: after their program was killed, after a failure, and anew from a node with the results before it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine.base.errors import NodeError
from engine.base.settings import Home
from engine.files.save import save_graph
from engine.graph import commands
from engine.models.contract import ModelRequest, Reply
from engine.run.control import RunOptions
from engine.run.journal import Journal
from engine.testing import build
from gui.panels.questions import Questions
from gui.panels.runs import Runs
from gui.resuming import offer, resume
from gui.studio import Studio
from gui.views.question_cards import QuestionCard
from tests.engine.run.pricing import Priced
from tests.gui.hands import LEFT
from tests.gui.test_questions import disputed
from tests.gui.test_running import ended, pipeline
from tests.surroundings import running

SLOW = """
import sys
from engine import Run, RunOptions, RunThread, open_graph
from pathlib import Path
file = Path(sys.argv[1])
thread = RunThread(Run(open_graph(file), options=RunOptions(rehearse=True, pace=1), folder=file.parent, file=str(file)))
thread.start()
while True:
    for event in thread.poll():
        if event.kind == "text":
            print(event.run, flush=True)
"""


@pytest.fixture
def killed(home: Home, tmp_path: Path) -> str:
    """The id of a run whose program was killed while its agent wrote; its file is `two.baton.json`."""
    file = tmp_path / "two.baton.json"
    save_graph(pipeline(), file, home=home)
    with running([sys.executable, "-c", SLOW, str(file)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        run = child.stdout.readline().strip()
    assert Journal(home.runs).find(run).status == "interrupted"
    return run


@pytest.mark.slow
def test_a_run_that_was_cut_off_goes_on_from_the_bar(killed: str, studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    session, bar = studio.session, studio.window.bar
    offer(studio)
    assert "Two steps" in bar.text and [each.text() for each in bar.buttons] == ["Resume", "Look", "Dismiss"]
    qtbot.mouseClick(bar.buttons[0], LEFT)
    assert session.running and session.path == tmp_path / "two.baton.json"
    qtbot.waitUntil(lambda: session.run_view is not None and session.run_view.run != "")
    session.go_to(0.0)
    assert studio.canvas.display.face("task").status != "ok"
    session.go_to(None)
    assert studio.canvas.display.face("task").status == "ok"
    qtbot.waitUntil(lambda: any(each.kind == "run.resumed" for each in session.run_events))
    session.stop()
    ended(studio, qtbot)
    view = session.run_view
    assert view is not None and view.run == killed and view.status == "cancelled"
    assert [each.seq for each in session.run_events] == list(range(1, view.seq + 1))
    assert studio.actions["run.resume"].when(studio)
    offer(studio)
    assert bar.isHidden()


@pytest.mark.slow
def test_nobody_is_asked_about_a_run_that_goes_on_already(killed: str, studio: Studio, qtbot: QtBot) -> None:
    offer(studio)
    assert studio.window.bar.isVisible()
    resume(studio, killed)  # as an answer to a question of it does
    qtbot.waitUntil(lambda: studio.session.run_view is not None and studio.session.run_view.run == killed)
    assert studio.window.bar.isHidden()
    studio.session.stop()
    ended(studio, qtbot)


@pytest.mark.slow
def test_a_run_that_was_cut_off_is_marked_looked_at_and_asked_about_once(
    killed: str, studio: Studio, qtbot: QtBot
) -> None:
    offer(studio)
    qtbot.mouseClick(studio.window.bar.buttons[1], LEFT)
    view = studio.session.run_view
    assert view is not None and view.run == killed and not studio.session.running
    assert "another graph" in studio.window.bar.text
    studio.window.bar.shut()
    offer(studio)
    assert studio.window.bar.isHidden()
    studio.window.show_panel("runs")
    panel = studio.panels.widget("runs")
    assert isinstance(panel, Runs)
    assert panel.model.index(0, 0).data() == "interrupted"
    qtbot.mouseClick(panel.list.viewport(), LEFT, pos=panel.list.visualRect(panel.model.index(0, 1)).center())
    assert next(each for each in panel.menu().actions() if each.text() == "Go on with it").isEnabled()


def test_a_run_begins_at_a_node_with_the_results_before_it(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    studio.launch.set_cache(False)
    session.show(pipeline())
    assert not studio.actions["run.from_here"].when(studio)
    studio.launch.start()
    ended(studio, qtbot)
    first = session.run_view
    session.select(["output"])
    studio.actions["run.from_here"].trigger(studio)
    ended(studio, qtbot)
    second = session.run_view
    assert first is not None and second is not None and second.run != first.run and second.outputs == first.outputs
    assert {name: node.source for name, node in second.nodes.items()} == {
        "task": "reused", "agent": "reused", "output": "ran",
    }  # fmt: skip
    assert studio.canvas.display.face("agent").glyph == "reused"
    session.commit(commands.set_config(session.graph, "agent", {"prompt": "Else: {{ task }}"}), "Edit")
    studio.actions["run.from_here"].trigger(studio)
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.nodes["agent"].source == "ran"
    assert not studio.actions["run.resume"].when(studio)


def test_a_node_is_run_without_what_follows(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    studio.launch.set_cache(False)
    session.show(pipeline())
    studio.launch.start()
    ended(studio, qtbot)
    session.select(["agent"])
    studio.actions["run.only"].trigger(studio)
    ended(studio, qtbot)
    view = session.run_view
    assert view is not None
    assert {name: (node.status, node.source) for name, node in view.nodes.items()} == {
        "task": ("ok", "reused"), "agent": ("ok", "ran"), "output": ("skipped", ""),
    }  # fmt: skip
    assert not any(node.aside for node in session.graph.nodes.values())


def test_what_failed_is_run_again_under_the_same_id(studio: Studio, qtbot: QtBot) -> None:
    session, models = studio.session, Priced(studio.services)
    usual, broken = models.answer, [True]

    async def answer(name: str, request: ModelRequest) -> Reply:
        if name == "slow" and broken:
            raise NodeError("bad_request", "no")
        return await usual(name, request)

    models.answer = answer
    session.services = models.serve(studio.services)
    config = {"prompt": "task", "max_tokens": 100}
    session.show(build({"good": ("agent", {**config, "model": "large"}),
                        "bad": ("agent", {**config, "model": "other/slow"})}))  # fmt: skip
    session.run()
    ended(studio, qtbot)
    first, again = session.run_view, studio.actions["run.resume"]
    assert first is not None and first.status == "failed" and first.nodes["good"].status == "ok"
    assert again.words(studio) == "Run again what failed"
    broken.clear()
    again.trigger(studio)
    ended(studio, qtbot)
    second = session.run_view
    assert second is not None and second.run == first.run and second.status == "completed"
    assert models.asked.count("large") == 1 and second.nodes["bad"].status == "ok"
    assert [status for status, _ in studio.past.of_node("bad")] == ["ok"]


def test_a_question_is_answered_after_the_run_was_paused_for_it(studio: Studio, qtbot: QtBot) -> None:
    session, panel = studio.session, studio.panels.widget("questions")
    assert isinstance(panel, Questions)
    session.show(disputed())
    session.run(options=RunOptions())
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.status == "paused" and not panel.cards
    assert studio.actions["run.resume"].words(studio) == "Go on with this run"
    studio.actions["run.resume"].trigger(studio)
    qtbot.waitUntil(lambda: any(each.kind == "run.resumed" for each in session.run_events))
    qtbot.waitUntil(lambda: bool(panel.cards))
    (card,) = panel.cards.values()
    qtbot.waitUntil(lambda: not session.running or _answered(qtbot, card))
    ended(studio, qtbot)
    assert session.run_view.status == "completed"


def _answered(qtbot: QtBot, card: QuestionCard) -> bool:
    """Approves; the run may not have come to its question yet, which is said then."""
    if card.isEnabled():
        qtbot.mouseClick(card.approve, LEFT)
    return not card.isEnabled()
