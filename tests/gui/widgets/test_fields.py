"""Fields do what hands expect: hints step aside, a wheel that passes changes nothing, Escape empties first."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QComboBox, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui.theme.icons import Icons
from gui.widgets.number_field import Choice, WholeNumber
from gui.widgets.search_field import SearchField


def wheel(widget: QWidget) -> None:
    no_button, no_key = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    place = QPointF(5, 5)
    event = QWheelEvent(place, place, QPoint(), QPoint(0, 120), no_button, no_key, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(widget, event)


@pytest.fixture
def page(qtbot: QtBot) -> QWidget:
    made = QWidget()
    QVBoxLayout(made)
    qtbot.addWidget(made)
    return made


def test_the_hint_is_there_until_something_is_typed(qtbot: QtBot, icons: Icons) -> None:
    field = SearchField(icons, "Add a node…", "Tab")
    qtbot.addWidget(field)
    assert field.hint_shown
    assert field.accessibleName() == "Add a node"
    qtbot.keyClicks(field, "router")
    assert not field.hint_shown
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == ""
    assert field.hint_shown


def test_no_hint_is_shown_when_there_is_none(qtbot: QtBot, icons: Icons) -> None:
    field = SearchField(icons, "Search")
    qtbot.addWidget(field)
    assert not field.hint_shown


@pytest.mark.parametrize(("key", "step"), [(Qt.Key.Key_Down, 1), (Qt.Key.Key_Up, -1)])
def test_arrows_leave_for_the_results(qtbot: QtBot, icons: Icons, key: Qt.Key, step: int) -> None:
    field = SearchField(icons, "Search")
    qtbot.addWidget(field)
    with qtbot.waitSignal(field.left_down) as heard:
        qtbot.keyClick(field, key)
    assert heard.args == [step]


def test_a_second_escape_is_left_to_the_window(qtbot: QtBot, icons: Icons, page: QWidget) -> None:
    field = SearchField(icons, "Search")
    page.layout().addWidget(field)
    seen: list[int] = []
    page.keyPressEvent = lambda event: seen.append(event.key())  # type: ignore[method-assign]  # stands in for it
    field.setText("a")
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert seen == []
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert seen == [Qt.Key.Key_Escape]


def test_a_number_is_not_changed_by_a_passing_wheel(qtbot: QtBot, page: QWidget) -> None:
    field = WholeNumber()
    page.layout().addWidget(field)
    field.setValue(3)
    page.show()
    other = QWidget()
    other.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    page.layout().addWidget(other)
    page.activateWindow()
    other.setFocus()
    wheel(field)
    assert field.value() == 3
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    wheel(field)
    assert field.value() == 4


def test_a_choice_is_not_changed_by_a_passing_wheel(qtbot: QtBot, page: QWidget) -> None:
    field: QComboBox = Choice()
    field.addItems(["cheap", "medium", "best"])
    field.setCurrentIndex(1)
    qtbot.addWidget(field)
    wheel(field)
    assert field.currentText() == "medium"
