"""A page that scrolls is as wide as one that does not."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from gui.theme.icons import Icons
from gui.widgets.scrolled import BAR, Scrolled


def test_nothing_moves_aside_when_the_bar_comes(qtbot: QtBot, icons: Icons) -> None:
    page = QLabel("words")
    area = Scrolled(page)
    qtbot.addWidget(area)
    area.resize(300, 200)
    area.show()
    bar, wide = area.verticalScrollBar(), page.width()
    assert wide == 300 - BAR - 2 * area.frameWidth() and not bar.isEnabled()
    page.setMinimumHeight(900)
    qtbot.waitUntil(bar.isEnabled)
    assert page.width() == wide
    page.setMinimumHeight(10)
    qtbot.waitUntil(lambda: not bar.isEnabled())
    assert page.width() == wide
