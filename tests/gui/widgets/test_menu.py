"""Popups have round corners: what is behind them shows there."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractItemView
from pytestqt.qtbot import QtBot

from gui.theme.theme import Theme
from gui.widgets.menu import Menu
from gui.widgets.number_field import Choice


def test_the_corner_of_a_menu_is_clear_and_its_middle_is_not(qtbot: QtBot, theme: Theme) -> None:
    menu = Menu("File")
    qtbot.addWidget(menu)
    menu.addAction("Open")
    menu.ensurePolished()
    menu.resize(menu.sizeHint())
    image = menu.grab().toImage()
    assert image.pixelColor(0, 0).alpha() == 0
    assert image.pixelColor(image.width() // 2, 3).name() == theme.tokens.node


def test_the_list_of_a_choice_drops_with_clear_corners(qtbot: QtBot, theme: Theme) -> None:
    field = Choice()
    qtbot.addWidget(field)
    field.addItems(["cheap", "medium", "best"])
    field.show()
    field.showPopup()
    view = field.findChild(QAbstractItemView)
    assert view is not None
    shown = view.window().grab().toImage()
    field.hidePopup()
    assert shown.pixelColor(0, 0).alpha() == 0
    field.setCurrentIndex(2)
    assert field.currentText() == "best"
