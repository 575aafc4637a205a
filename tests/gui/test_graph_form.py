"""The page of the graph itself: each setting explains itself, takes numbers only, and goes back to its default."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine.graph.graph import Graph
from gui.studio import Studio
from gui.views.graph_form import SETTINGS, GraphForm
from gui.views.plain_text import PlainText, TextHead
from tests.gui.hands import LEFT, Hands


@pytest.fixture
def form(studio: Studio) -> GraphForm:
    found = studio.window.findChild(GraphForm)
    assert isinstance(found, GraphForm)
    return found


def test_each_setting_explains_itself_and_goes_back_to_its_default(
    studio: Studio, form: GraphForm, qtbot: QtBot
) -> None:
    given = {"on_failure": "drain", "budget_usd": 2, "budget_tokens": 9, "concurrency": 3, "on_budget": "ask", "x": 1}
    studio.session.show(Graph(head={"settings": given}))
    assert form.numbers["concurrency"].text() == "3" and form.choices["on_budget"].currentData() == "ask"
    for key in SETTINGS:
        head = form.heads[key]
        qtbot.mouseClick(head.explain, LEFT)
        assert head.help.isVisible() and head.help.text() == SETTINGS[key].help
        qtbot.mouseClick(head.reset, LEFT)
        assert key not in studio.session.whole.head["settings"] and not head.reset.isVisible()
    assert studio.session.whole.head["settings"] == {"x": 1}, "what this version does not know stays"
    assert form.numbers["concurrency"].text() == "" and form.numbers["concurrency"].placeholderText() == "16"
    studio.session.undo()
    assert form.choices["on_budget"].currentData() == "ask" and form.heads["on_budget"].reset.isVisible()


def test_what_is_no_number_is_marked_and_not_taken(studio: Studio, form: GraphForm, qtbot: QtBot) -> None:
    line = form.numbers["budget_usd"]
    for wrong in ("x", "-1", "inf", "nan"):
        Hands(studio, qtbot).retype(line, wrong)
        assert line.property("invalid") and studio.session.whole.settings.budget_usd is None
    Hands(studio, qtbot).retype(line, "0.25")
    assert not line.property("invalid") and studio.session.whole.settings.budget_usd == 0.25


def test_a_setting_of_a_wrong_type_is_shown_as_it_is(studio: Studio, form: GraphForm) -> None:
    studio.session.show(Graph(head={"settings": {"budget_usd": "lots"}}))
    assert form.numbers["budget_usd"].text() == "lots"


def test_saving_a_text_begins_beside_the_graph(studio: Studio, tmp_path: Path, qtbot: QtBot) -> None:
    studio.session.show(Graph(), tmp_path / "mine.baton.json")
    text = PlainText(studio.icons, "Text")
    text.setParent(studio.window)
    head = text.findChild(TextHead)
    head.ask_save()
    dialog = next(each for each in head.window().findChildren(QFileDialog) if each.isVisible())
    assert Path(dialog.directory().absolutePath()) == tmp_path
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
