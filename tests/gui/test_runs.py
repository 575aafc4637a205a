"""The list of stored runs: marks, looking again, opening the graph of one, deleting after a question."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from pytestqt.qtbot import QtBot

from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.run.journal import Journal
from gui.dialogs.ask import Question
from gui.panels.runs import Runs
from gui.studio import Studio
from gui.widgets.empty_state import EmptyState
from tests.gui.hands import LEFT, Hands
from tests.gui.test_running import ended, never_answering, pipeline


@pytest.fixture
def runs(studio: Studio, qtbot: QtBot) -> Runs:
    """Two runs of a pipeline, and the list in front."""
    studio.session.show(pipeline())
    for _ in range(2):
        studio.launch.start()
        ended(studio, qtbot)
    studio.window.show_panel("runs")
    panel = studio.panels.widget("runs")
    assert isinstance(panel, Runs)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 2)
    return panel


def verb(panel: Runs, words: str) -> QAction:
    return next(each for each in panel.menu().actions() if each.text().startswith(words))


def choose(panel: Runs, qtbot: QtBot, row: int, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.mouseClick(panel.list.viewport(), LEFT, held, panel.list.visualRect(panel.model.index(row, 1)).center())


def test_runs_are_deleted_after_a_question(studio: Studio, runs: Runs, qtbot: QtBot) -> None:
    choose(runs, qtbot, 0)
    shown = studio.session.run_view
    assert shown is not None and [run.id for run in runs.chosen] == [shown.run]
    qtbot.keyClick(runs.list, Qt.Key.Key_Delete)
    Hands(studio, qtbot).answer("Cancel")
    assert runs.model.rowCount() == 2
    qtbot.keyClick(runs.list, Qt.Key.Key_Delete)
    Hands(studio, qtbot).answer("Delete")
    qtbot.waitUntil(lambda: runs.model.rowCount() == 1)
    assert studio.session.run_view is None
    assert [run.id for run in Journal(studio.services.home.runs).runs()] == [runs.model.runs[0].id] != [shown.run]


def test_several_runs_are_chosen_without_being_looked_at(studio: Studio, runs: Runs, qtbot: QtBot) -> None:
    choose(runs, qtbot, 0)
    first = studio.session.run_view
    choose(runs, qtbot, 1, Qt.KeyboardModifier.ControlModifier)
    assert len(runs.chosen) == 2 and studio.session.run_view is first
    assert not verb(runs, "Look").isEnabled() and verb(runs, "Delete 2 runs").isEnabled()


def test_what_one_does_most_with_runs_has_a_button(studio: Studio, runs: Runs, qtbot: QtBot) -> None:
    assert not runs.again.isEnabled() and not runs.compare.isEnabled() and not runs.more.isEnabled()
    choose(runs, qtbot, 0)
    assert runs.again.isEnabled() and runs.more.isEnabled() and not runs.compare.isEnabled()
    choose(runs, qtbot, 1, Qt.KeyboardModifier.ControlModifier)
    assert not runs.again.isEnabled()
    qtbot.mouseClick(runs.compare, LEFT)
    qtbot.waitUntil(lambda: studio.session.comparison is not None)
    assert studio.session.comparison and not studio.session.comparison.nodes
    studio.window.show_panel("runs")
    choose(runs, qtbot, 0)
    qtbot.mouseClick(runs.again, LEFT)
    qtbot.waitUntil(lambda: runs.model.rowCount() == 3)
    ended(studio, qtbot)


def test_a_rehearsal_that_is_run_again_is_one_again(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(commands.set_config(pipeline(), "agent", {"model": "openai/gpt-5"}))
    studio.launch.start(rehearse=True)
    ended(studio, qtbot)
    first = session.run_view
    studio.window.show_panel("runs")
    panel = studio.panels.widget("runs")
    assert isinstance(panel, Runs)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    choose(panel, qtbot, 0)
    qtbot.mouseClick(panel.again, LEFT)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 2)
    ended(studio, qtbot)
    second = session.run_view
    assert first is not None and second is not None and second.run != first.run
    assert second.rehearsal and second.status == "completed", "no model was asked that costs something"


def test_a_run_that_goes_on_is_not_deleted(studio: Studio, qtbot: QtBot) -> None:
    never_answering(studio)
    studio.session.show(pipeline())
    studio.session.run()
    qtbot.waitUntil(lambda: bool(studio.session.run_view and studio.session.run_view.nodes))
    studio.window.show_panel("runs")
    panel = studio.panels.widget("runs")
    assert isinstance(panel, Runs)
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1)
    choose(panel, qtbot, 0, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(panel.list, Qt.Key.Key_Delete)
    assert any("is going on" in text for text in studio.window.toasts.texts)
    assert not [each for each in studio.window.findChildren(Question) if each.isVisible()]
    studio.session.stop()
    ended(studio, qtbot)


def test_an_empty_comparison_leads_to_the_runs(studio: Studio, qtbot: QtBot) -> None:
    studio.window.show_panel("compared")
    (empty,) = studio.panels.widget("compared").findChildren(EmptyState)
    qtbot.mouseClick(empty.button, LEFT)
    assert studio.panels.widget("runs").isVisible()


def test_the_offer_is_of_the_run_looked_at_last_and_goes_with_it(studio: Studio, runs: Runs, qtbot: QtBot) -> None:
    studio.window.bar.shut()  # that this is a rehearsal
    kin = studio.session.graph
    other, _ = commands.add_node(Graph({"name": "Other"}), "input", (0, 0), wanted="own", config={"default": "x"})
    other, _ = commands.add_node(other, "template", (250, 0), wanted="agent", config={"text": "like the agent by id"})
    other, _ = commands.add_node(other, "output", (500, 0), wanted="end")
    other = commands.connect(other, Edge("own", "value", "end", "value"))
    studio.session.show(other)
    studio.launch.start()
    ended(studio, qtbot)
    qtbot.waitUntil(lambda: runs.model.rowCount() == 3)
    studio.session.show(Graph())
    choose(runs, qtbot, 1)
    choose(runs, qtbot, 0)
    assert "another graph" in studio.window.bar.text
    qtbot.mouseClick(studio.window.bar.buttons[0], LEFT)
    assert studio.filing.name == "Other"
    studio.session.show(kin)
    choose(runs, qtbot, 0)
    assert "another graph" in studio.window.bar.text and not studio.window.bar.isHidden()
    choose(runs, qtbot, 1)
    assert studio.window.bar.isHidden()


def test_the_graph_of_a_run_opens_as_a_copy(studio: Studio, runs: Runs, qtbot: QtBot) -> None:
    studio.window.bar.shut()  # that this is a rehearsal
    studio.session.show(Graph({"name": "Another"}))
    choose(runs, qtbot, 1)
    assert "another graph" in studio.window.bar.text
    qtbot.mouseClick(studio.window.bar.buttons[0], LEFT)
    session = studio.session
    assert session.whole.nodes.keys() == pipeline().nodes.keys() and session.path is None and not session.clean
    assert session.run_view is not None and session.run_view.run == runs.model.runs[1].id
    verb(runs, "Copy its id").trigger()
    assert QGuiApplication.clipboard().text() == runs.model.runs[1].id
