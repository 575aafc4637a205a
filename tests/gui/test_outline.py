"""The outline follows the document and leads to it; panels go to any side and are found there again."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from pytestqt.qtbot import QtBot

from engine.graph.graph import Graph
from engine.graph.records import Node
from gui.panels.outline import Outline
from gui.studio import Studio
from gui.studios import Studios

BODY = {"nodes": [{"id": "draft", "kind": "agent", "title": "Draft"}, {"id": "out", "kind": "output"}], "edges": []}


@pytest.fixture
def outline(studio: Studio, qtbot: QtBot) -> Outline:
    nodes = {"in": Node("in", "input", "Topic"), "each": Node("each", "map", config={"body": BODY})}
    studio.session.show(Graph(nodes=nodes, places={"each": (0, 0), "in": (-300, 0)}))
    studio.window.show_panel("outline")
    panel = studio.panels.widget("outline")
    assert isinstance(panel, Outline)
    qtbot.waitUntil(panel.isVisible)
    return panel


def choose(outline: Outline, key: str) -> None:
    """Makes a row the only one chosen, whatever keys an earlier test left held."""
    outline.tree.setCurrentItem(outline.rows[key], 0, QItemSelectionModel.SelectionFlag.ClearAndSelect)


def keys(outline: Outline) -> list[str]:
    return list(outline.rows)


def test_it_lists_the_canvas_as_one_reads_it_with_bodies_below(outline: Outline) -> None:
    assert keys(outline) == ["in", "each", "each/draft", "each/out"]
    assert outline.rows["each/draft"].parent() is outline.rows["each"]
    spoken = outline.rows["in"].data(0, Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Topic, Input"


def test_it_selects_here_and_follows_there(outline: Outline, studio: Studio, qtbot: QtBot) -> None:
    studio.session.select(["each"])
    qtbot.waitUntil(lambda: outline.rows["each"].isSelected())
    choose(outline, "each/draft")
    assert studio.session.inside == ("each",) and studio.session.selection == {"draft"}
    choose(outline, "in")
    assert studio.session.inside == () and studio.session.selection == {"in"}


def test_keys_walk_rename_and_delete(outline: Outline, studio: Studio, qtbot: QtBot) -> None:
    outline.tree.setFocus()
    choose(outline, "in")
    qtbot.keyClick(outline.tree, Qt.Key.Key_Down)
    assert studio.session.selection == {"each"}
    qtbot.keyClick(outline.tree, Qt.Key.Key_Delete)
    assert "each" not in studio.session.graph.nodes
    qtbot.waitUntil(lambda: keys(outline) == ["in"])
    studio.session.undo()
    qtbot.waitUntil(lambda: "each/draft" in outline.rows)


def test_a_panel_moves_to_another_side_and_is_found_there_next_time(studio: Studio, studios: Studios) -> None:
    studio.window.move_panel("problems", "right")
    assert studio.window.right.tabs.count() == 2 and not studio.window.right.tabs.isHidden()
    assert studio.panels.widget("problems").isVisible()
    again = studios.open_window()
    assert [panel.name for panel in again.panels.on("right")] == ["problems", "inspector"]
    studio.actions["view.move_panel"].choices(studio)[-1].trigger(studio)  # type: ignore[misc]  # it has choices
    assert [panel.name for panel in studio.panels.on("right")] == ["inspector"]
    studio.window.move_panel("inspector", "left")
    assert studio.window.right.isHidden(), "an empty side takes no room"
    studio.window.edit_selected()
    assert studio.panels.widget("inspector").isVisible()
