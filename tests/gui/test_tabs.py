"""Tabs: each its own document and undo; they close as windows do, and become windows of their own."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.files.save import save_graph
from engine.graph.graph import Graph
from gui.frame import Frame
from gui.studio import Studio
from gui.studios import Studios
from tests.gui.hands import LEFT, Hands


@pytest.fixture
def pair(studio: Studio, studios: Studios, qtbot: QtBot) -> tuple[Studio, Studio]:
    """Two tabs of one window, the second in front."""
    studio.canvas.setFocus()
    Hands(studio, qtbot).ctrl(Qt.Key.Key_T)
    second = studios.studios[-1]
    qtbot.waitUntil(second.window.isVisible)
    return studio, second


def frame(studio: Studio) -> Frame:
    found = studio.window.frame
    assert found is not None
    return found


def test_every_tab_has_its_name_and_a_plus_adds_another(
    pair: tuple[Studio, Studio], studios: Studios, qtbot: QtBot
) -> None:
    tabs = frame(pair[0]).tabs
    assert [tabs.tabText(index) for index in range(tabs.count())] == ["Untitled", "Untitled"]
    qtbot.mouseClick(frame(pair[0]).more, LEFT)
    qtbot.waitUntil(lambda: tabs.count() == 3)
    assert tabs.currentIndex() == 2 and studios.studios[-1].window.frame is frame(pair[0])


def test_each_tab_has_its_own_document_and_undo(pair: tuple[Studio, Studio], qtbot: QtBot) -> None:
    first, second = pair
    assert not first.window.isVisible() and second.window.isVisible()
    second.canvas.add_kind("agent", second.canvas.scene_centre())
    frame(first).tabs.setCurrentIndex(0)
    qtbot.waitUntil(first.window.isVisible)
    first.canvas.add_kind("input", first.canvas.scene_centre())
    frame(first).activateWindow()
    qtbot.waitUntil(first.window.isActiveWindow)
    first.canvas.setFocus()
    qtbot.keyClick(first.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not first.session.graph.nodes and second.session.graph.nodes, "keys reach the tab in front alone"


def test_tabs_are_named_after_their_graphs_and_walked_by_keys(pair: tuple[Studio, Studio]) -> None:
    first, second = pair
    second.canvas.add_kind("agent", second.canvas.scene_centre())
    assert frame(first).tabs.tabText(1).endswith("•") and not frame(first).tabs.tabText(0).endswith("•")
    first.actions["file.next_tab"].trigger(second)
    assert first.window.isVisible() and frame(first).windowTitle() == first.window.windowTitle()
    assert first.actions["file.close"].words(first) == "Close tab"


def test_a_tab_with_unsaved_work_asks_and_keeps_the_window(pair: tuple[Studio, Studio], qtbot: QtBot) -> None:
    first, second = pair
    second.canvas.add_kind("agent", second.canvas.scene_centre())
    outer = frame(first)
    assert not outer.close()
    assert outer.pages == [second.window], "the saved one closed, the other asks"
    Hands(second, qtbot).answer("Discard")
    qtbot.waitUntil(lambda: not outer.pages)


def test_a_tab_becomes_a_window_of_its_own(pair: tuple[Studio, Studio], studios: Studios, qtbot: QtBot) -> None:
    first, second = pair
    outer = frame(first)
    second.actions["file.part_tab"].trigger(second)
    assert second.window.isWindow() and second.window.isVisible() and second.window.frame is None
    assert outer.pages == [first.window]
    hands = Hands(second, qtbot)
    assert hands.add("agent", 0, 0) in second.session.graph.nodes
    second.session.undo()
    qtbot.mouseClick(second.window.left, LEFT)
    second.window.close()
    assert studios.studios == [first]


def test_a_graph_opens_beside_the_one_that_is_there(
    studio: Studio, studios: Studios, qtbot: QtBot, tmp_path: Path
) -> None:
    files = [tmp_path / f"{name}.baton.json" for name in ("one", "two")]
    for file in files:
        save_graph(Graph(head={"name": file.stem}), file)
    studio.filing.open(files[0])
    assert studio.session.path == files[0] and len(studios.studios) == 1, "an empty window is made use of"
    (recent,) = (each for each in studio.actions["file.recent"].choices(studio))  # type: ignore[misc]  # it has choices
    studio.filing.open(files[1])
    beside = studios.studios[-1]
    assert studio.session.path == files[0] and beside.session.path == files[1]
    assert beside.window.frame is not None and beside.window.frame is studio.window.frame
    recent.trigger(beside)
    qtbot.waitUntil(studio.window.isVisible)
    assert len(studios.studios) == 2, "what is open is brought forward"
    (tmp_path / "broken.baton.json").write_text("{")
    studio.filing.open(tmp_path / "broken.baton.json")
    assert len(studios.studios) == 2 and any("broken" in text for text in studio.window.toasts.texts)
