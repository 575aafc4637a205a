"""Starting from a pattern, and keeping one's own."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.base.settings import Home
from engine.graph import commands
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.check import check
from gui.dialogs.ask import Question
from gui.dialogs.name import NameDialog
from gui.dialogs.templates import TemplatesDialog
from gui.studio import Studio
from gui.templates import folder, keep, started, templates
from tests.gui.hands import LEFT, Hands


def dialog(studio: Studio) -> TemplatesDialog:
    studio.actions["file.pattern"].trigger(studio)
    return next(each for each in studio.window.findChildren(TemplatesDialog) if each.isVisible())


def test_the_patterns_that_ship_are_right_and_say_what_they_are(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = templates(Home(tmp_path_factory.mktemp("home")))
    assert [each.title for each in found] == [
        "Sequential", "Fan-out", "Manager and specialists", "Review loop", "Map over files",
    ]  # fmt: skip
    for each in found:
        assert each.graph.description and not started(each).name
        assert check(each.graph, Kinds.load()) == []


def test_a_pattern_becomes_a_new_graph(studio: Studio, qtbot: QtBot) -> None:
    shown = dialog(studio)
    assert not shown.picture.pixmap().isNull() and shown.delete.isHidden()
    qtbot.keyClick(shown.list, Qt.Key.Key_Down)
    qtbot.mouseClick(shown.new, LEFT)
    assert {"view_1", "view_2", "view_3", "join"} <= studio.session.graph.nodes.keys()
    assert studio.session.path is None and studio.session.whole.name == ""


def test_a_pattern_is_put_in_beside_what_is_there(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    hands.add("agent", 0, 0)
    shown = dialog(studio)
    qtbot.mouseClick(shown.here, LEFT)
    session = studio.session
    assert len(session.graph.nodes) == 6 and len(session.selection) == 5
    assert session.document.undo_stack.undo_label == "Add “Sequential”"


def test_a_selection_is_kept_started_from_and_deleted(studio: Studio, qtbot: QtBot, home: Home) -> None:
    session = studio.session
    graph, first = commands.add_node(Graph(), "input", (500, 500), title="Question")
    graph, second = commands.add_node(graph, "agent", (800, 500))
    graph, _ = commands.add_node(graph, "output", (1100, 500))
    session.show(graph)
    session.select([first, second])
    studio.actions["file.keep_template"].trigger(studio)
    asked = next(each for each in studio.window.findChildren(NameDialog) if each.isVisible())
    assert asked.line.text() == "Question"
    asked.line.setText("Ask and answer")
    asked.button.click()
    own = templates(home)[-1]
    assert own.own and own.title == "Ask and answer" and set(own.graph.nodes) == {first, second}
    assert own.graph.places[first] == (0, 0)
    shown = dialog(studio)
    shown.list.setCurrentRow(shown.list.count() - 1)
    qtbot.mouseClick(shown.delete, LEFT)
    question = next(each for each in shown.findChildren(Question) if each.isVisible())
    next(button for button in question.buttons if button.text() == "Delete").click()
    assert not any(each.own for each in templates(home))
    shown.reject()


def test_a_damaged_file_of_ones_own_hides_no_other(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    graph, node = commands.add_node(Graph(), "agent", (0, 0))
    keep(home, graph, frozenset([node]), "Good")
    (folder(home) / "bad.baton.json").write_text("{")
    assert [each.title for each in templates(home) if each.own] == ["Good"]
