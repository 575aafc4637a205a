"""A window with little room: no part covers, cuts or pushes away what one looks at."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QTreeView, QTreeWidget, QTreeWidgetItem
from pytestqt.qtbot import QtBot

from engine.graph.graph import Graph
from engine.graph.records import Node
from engine.testing import build
from gui.dialogs.keys import show_keys
from gui.panels.log import Log
from gui.panels.problems import Problems
from gui.studio import Studio
from gui.views.growing_text import GrowingText
from gui.views.plain_text import PlainText
from gui.widgets.columns import Columns
from gui.widgets.search_field import SearchField

SAMPLE = Path(__file__).parents[2] / "saved_graphs" / "fan_out_research.baton.json"
NARROW, WIDE = (1000, 650), (1900, 1000)


def resized(studio: Studio, size: tuple[int, int], bot: QtBot) -> None:
    studio.window.resize(*size)
    bot.waitUntil(lambda: (studio.window.width(), studio.window.height()) == size)
    QApplication.processEvents()


def test_the_filters_of_the_log_stand_below_the_tabs_where_both_do_not_fit(studio: Studio, qtbot: QtBot) -> None:
    studio.window.show_panel("log")
    head, tabs, tools = studio.window.below.head, studio.window.below.tabs, studio.panels.tools("log")

    def in_two_rows() -> bool:
        return head.in_two_rows

    assert tools is not None
    resized(studio, WIDE, qtbot)
    assert not in_two_rows() and tools.x() >= tabs.tabRect(tabs.count() - 1).right()
    resized(studio, NARROW, qtbot)
    assert in_two_rows() and tools.y() >= tabs.geometry().bottom() and tools.width() <= head.width()
    with_log = studio.window.right.width()
    studio.window.show_panel("problems")
    qtbot.waitUntil(lambda: not in_two_rows())
    assert studio.window.right.width() == with_log, "the filters took no room from the inspector"


def seen_at(studio: Studio, node: str) -> QPointF:
    """Where a node is in the window."""
    canvas, item = studio.canvas, studio.canvas.scene.nodes[node]
    return canvas.mapTo(studio.window, QPointF(*canvas.camera.to_view((item.x, item.y))))


@pytest.mark.parametrize(("words", "size"), [(1, WIDE), (3, NARROW)])
def test_a_message_moves_nothing_that_one_looks_at(
    studio: Studio, qtbot: QtBot, words: int, size: tuple[int, int]
) -> None:
    resized(studio, size, qtbot)
    assert studio.filing.load(SAMPLE)
    studio.canvas.frame_all()
    qtbot.waitUntil(lambda: not studio.window.restricted.isVisible())
    QApplication.processEvents()
    studio.canvas.set_camera(studio.canvas.camera.panned(0.0, 1.0))  # by hand: what was framed is framed anew
    before, bar, height = seen_at(studio, "findings"), studio.window.bar, studio.canvas.height()
    bar.ask("warning", "The file was changed by another program. " * words, ("Compare", "Open it again"))
    qtbot.waitUntil(lambda: studio.canvas.height() < height)
    (label,) = (each for each in bar.findChildren(QLabel) if each.text())
    assert label.height() >= label.heightForWidth(label.width()) and bar.parentWidget().height() == bar.height()
    assert (seen_at(studio, "findings") - before).manhattanLength() < 0.01
    bar.shut()
    qtbot.waitUntil(lambda: studio.canvas.height() == height)
    assert (seen_at(studio, "findings") - before).manhattanLength() < 0.01


def test_the_minimap_covers_no_node_while_the_whole_graph_is_in_sight(studio: Studio, qtbot: QtBot) -> None:
    nodes = {name: Node(name, "template") for name in ("first", "last")}
    studio.session.show(Graph(nodes=nodes, places={"first": (0, 0), "last": (900, 700)}))
    canvas = studio.canvas
    canvas.frame_all()
    assert canvas.minimap.box(canvas.view_size) is None
    canvas.zoom_by(2)
    box = canvas.minimap.box(canvas.view_size)
    assert box is not None
    resized(studio, NARROW, qtbot)
    studio.window.show_side("bottom", False)
    studio.window.show_side("left", False)
    QApplication.processEvents()
    small = canvas.minimap.box(canvas.view_size)
    assert small is not None and small.w < box.w


def test_columns_that_can_be_missed_go_before_one_must_scroll(qtbot: QtBot) -> None:
    tree = QTreeView()
    qtbot.addWidget(tree)
    held = QTreeWidget()
    held.setHeaderLabels(["Name", "Share", "Money"])
    tree.setModel(held.model())
    Columns(tree, 0, 100, {1: 60, 2: 60}, (1,))
    tree.resize(300, 100)
    tree.show()
    assert not tree.isColumnHidden(1)
    tree.resize(200, 100)
    assert tree.isColumnHidden(1) and not tree.isColumnHidden(2)
    tree.resize(300, 100)
    assert not tree.isColumnHidden(1)


@pytest.mark.usefixtures("theme")
def test_a_selected_row_is_one_bar_over_all_columns_and_its_branch(qtbot: QtBot) -> None:
    tree = QTreeWidget()
    qtbot.addWidget(tree)
    tree.setHeaderLabels(["Name", "Money"])
    above = QTreeWidgetItem(tree, ["", ""])
    row = QTreeWidgetItem(above, ["", ""])
    tree.expandAll()
    tree.resize(300, 120)
    tree.show()
    tree.setCurrentItem(row)
    box = tree.visualItemRect(row)
    y = tree.viewport().mapTo(tree, QPoint(0, box.center().y())).y()
    picture = tree.grab().toImage()
    right = tree.header().sectionViewportPosition(1) + tree.header().sectionSize(1)
    inks = {picture.pixelColor(x, y).name() for x in range(2, right - 2)}
    assert len(inks) == 1 and inks != {picture.pixelColor(right // 2, tree.height() - 4).name()}


def test_the_log_tells_its_levels_by_colour_too(studio: Studio, qtbot: QtBot) -> None:
    assert studio.filing.load(SAMPLE)
    studio.launch.start_with({"question": "Why?"}, rehearse=True)
    qtbot.waitUntil(lambda: not studio.session.running and studio.session.run_view is not None)
    studio.window.show_panel("log")
    log = studio.panels.widget("log")
    assert isinstance(log, Log)
    table = log.table
    rows = range(table.model().rowCount())
    done = next(row for row in rows if table.model().index(row, 1).data(Qt.ItemDataRole.DisplayRole) == "✓")
    table.scrollTo(table.model().index(done, 1))
    box = table.visualRect(table.model().index(done, 1))
    picture = table.viewport().grab(box).toImage()
    inks = (picture.pixelColor(x, y) for x in range(picture.width()) for y in range(picture.height()))
    assert any(ink.green() > ink.red() + 60 for ink in inks), "what went well is green"


def test_words_of_a_row_are_never_cut(studio: Studio, qtbot: QtBot) -> None:
    studio.session.show(Graph(nodes={"draft": Node("draft", "agent", config={"prompt": f"{{{{ {'nothing' * 9} }}}}"})}))
    resized(studio, NARROW, qtbot)
    studio.window.show_panel("problems")
    panel = studio.panels.widget("problems")
    assert isinstance(panel, Problems)
    qtbot.waitUntil(lambda: bool(panel.rows) and panel.rows[0].isVisible())
    QApplication.processEvents()
    labels = [label for row in panel.rows for label in row.findChildren(QLabel) if label.wordWrap()]
    assert any(label.heightForWidth(label.width()) > 2 * label.fontMetrics().lineSpacing() for label in labels)
    assert all(label.height() >= label.heightForWidth(label.width()) for label in labels)


@pytest.mark.parametrize("text", ["short", "word " * 60, "line\n" * 5])
def test_a_block_of_text_is_as_tall_as_its_text(studio: Studio, qtbot: QtBot, text: str) -> None:
    block = PlainText(studio.icons, "Answer", lines=24)
    qtbot.addWidget(block)
    block.set_text(text)
    block.resize(300, 800)
    block.show()
    qtbot.waitUntil(block.area.isVisible)
    QApplication.processEvents()
    assert not block.area.verticalScrollBar().isVisible()
    assert isinstance(block.area, GrowingText)
    assert block.area.text_height(1e6) <= block.area.height() < block.area.text_height(1e6) + 30


def test_the_page_of_all_keys_shows_each_of_them_whole(studio: Studio, qtbot: QtBot) -> None:
    studio.session.show(Graph(nodes={"draft": Node("draft", "agent", "A title " * 400)}))
    studio.session.select(["draft"])
    studio.actions["edit.delete"].trigger(studio)  # "Undo Delete …" is a long name then
    dialog = show_keys(studio)
    qtbot.waitUntil(dialog.isVisible)
    area = dialog.findChild(QScrollArea)
    assert isinstance(area, QScrollArea)
    page = area.widget()
    assert page.width() <= area.viewport().width() <= studio.window.width()
    keys = [each for each in page.findChildren(QLabel) if each.property("role") == "mono"]
    assert len(keys) > 30 and all(each.width() >= each.sizeHint().width() for each in keys)
    search = dialog.findChild(SearchField)
    assert isinstance(search, SearchField)
    qtbot.keyClicks(search, "duplicate")
    assert [each.text() for each in keys if each.isVisible()] == ["Ctrl+D"]


def test_the_end_of_a_run_pushes_no_tool_of_the_timeline_into_another_row(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    resized(studio, (1440, 900), qtbot)
    session.show(build({"task": ("input", {"default": "tea"}), "end": "output"}, "task.value -> end.value"))
    session.break_at(["end"])
    panel = studio.panels.widget("timeline")
    studio.launch.start()
    qtbot.waitUntil(lambda: bool(session.held))
    studio.window.show_panel("timeline")
    qtbot.waitUntil(panel.speed.isVisible)
    QApplication.processEvents()
    height = panel.mapTo(studio.window, QPoint(0, 0)).y()
    session.let_go("end")
    qtbot.waitUntil(lambda: not session.running and panel.clear.isVisible())
    QApplication.processEvents()
    assert not studio.window.below.head.in_two_rows
    assert panel.mapTo(studio.window, QPoint(0, 0)).y() == height
