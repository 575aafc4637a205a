"""Adding nodes with the keyboard: the search, nodes joined to what is selected, and ground that is free."""

from __future__ import annotations

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.studio import Studio
from tests.gui.hands import LEFT, Hands

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
Key = Qt.Key


@pytest.fixture
def hands(studio: Studio, qtbot: QtBot) -> Hands:
    studio.canvas.setFocus()
    return Hands(studio, qtbot)


def tab(hands: Hands, letters: str, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    hands.key(Key.Key_Tab)
    hands.type(letters)
    hands.key(Key.Key_Return, held)


def test_a_fan_out_is_built_by_keys_without_a_wire_drawn(studio: Studio, hands: Hands) -> None:
    tab(hands, "input")
    for _ in range(3):
        tab(hands, "agent", SHIFT)
        hands.key(Key.Key_Left)
    hands.key(Key.Key_Right, SHIFT)
    tab(hands, "merge", SHIFT)
    tab(hands, "output", SHIFT)
    graph = studio.session.graph
    joined = {(edge.source, edge.target) for edge in graph.edges.values()}
    agents = ("agent", "agent_2", "agent_3")
    assert joined == {*(("input", a) for a in agents), *((a, "merge") for a in agents), ("merge", "output")}
    boxes = [item.rect for item in studio.canvas.scene.nodes.values()]
    assert not any(a.meets(b) for number, a in enumerate(boxes) for b in boxes[:number])
    assert max(box.x for box in boxes) == studio.canvas.scene.nodes["output"].rect.x
    hands.ctrl(Key.Key_Z)
    assert "output" not in studio.session.graph.nodes and len(studio.session.graph.edges) == 6


def test_tab_puts_a_node_on_free_ground_and_a_double_click_where_it_points(studio: Studio, hands: Hands) -> None:
    for _ in range(3):
        tab(hands, "agent")
    boxes = [item.rect for item in studio.canvas.scene.nodes.values()]
    assert len(boxes) == 3 and not studio.session.graph.edges
    assert not any(a.meets(b) for number, a in enumerate(boxes) for b in boxes[:number])
    node = studio.canvas.add_kind("merge", QPointF(*boxes[0].centre))
    assert studio.canvas.scene.nodes[node].rect.meets(boxes[0])


class Windows(QObject):
    """Notes each window that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[QObject] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.shown.append(watched)
        return False


def test_nothing_that_opens_in_the_window_is_a_window_of_its_own(
    studio: Studio, hands: Hands, qapp: QApplication
) -> None:
    """One would take the keyboard for a moment, and be seen."""
    windows, inspector = Windows(), hands.inspector()
    qapp.installEventFilter(windows)
    for kind in studio.session.kinds:
        before = inspector.form
        studio.session.select([studio.canvas.add_kind(kind.name, QPointF(0, 0))])
        hands.bot.waitUntil(lambda before=before: inspector.form is not before)
        studio.canvas.setFocus()
        hands.key(Key.Key_Tab)  # with a node selected there are words below the rows of the search
        hands.key(Key.Key_Escape)
    qapp.removeEventFilter(windows)
    assert windows.shown == []


def test_what_cannot_be_joined_is_said_and_adds_nothing(studio: Studio, hands: Hands) -> None:
    tab(hands, "output")
    tab(hands, "agent", SHIFT)
    assert list(studio.session.graph.nodes) == ["output"]
    assert "No port of" in studio.window.toasts.texts[-1]


def test_a_search_is_as_high_as_what_it_found_and_says_when_that_is_nothing(studio: Studio, hands: Hands) -> None:
    hands.key(Key.Key_Tab)
    finder = hands.finder()
    top, whole = finder.y(), finder.height()
    hands.type("merge")
    hands.bot.waitUntil(lambda: finder.height() < whole)
    some = finder.height()
    assert not finder._none.isVisible()
    hands.type("qqqq")
    assert finder._none.isVisible() and not finder.list.isVisible() and not finder.titles
    hands.bot.waitUntil(lambda: finder.height() < some)
    assert finder.y() == top
    hands.key(Key.Key_Return)
    assert finder.isVisible() and not studio.session.graph.nodes
    assert not finder._below.isVisible()  # nothing is selected that could be joined


def test_a_press_anywhere_else_closes_a_search_even_where_nothing_takes_the_keyboard(
    studio: Studio, hands: Hands
) -> None:
    hands.key(Key.Key_Tab)
    finder, tabs = hands.finder(), studio.window.below.tabs
    whole = studio.window.window()
    inside = finder.list.mapTo(whole, finder.list.rect().center())
    QTest.mousePress(whole.windowHandle(), LEFT, pos=inside)
    assert finder.isVisible()
    QTest.mouseRelease(whole.windowHandle(), LEFT, pos=QPoint(2, 2))
    QTest.mousePress(whole.windowHandle(), LEFT, pos=tabs.mapTo(whole, tabs.tabRect(2).center()))
    assert not shiboken6.isValid(finder) or not finder.isVisible()
