"""A menu with round corners: the system's window behind it has to be see-through for them to show."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QMenu, QWidget


class Menu(QMenu):
    """A QMenu whose corners are round; its sub-menus are made with `addMenu(Menu(...))`."""

    def __init__(self, title: str = "", parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        make_see_through(self)


def make_see_through(window: QWidget) -> None:
    """Let the corners of a menu or another popup show what is behind them; to be called before it is first shown."""
    window.setWindowFlag(Qt.WindowType.FramelessWindowHint)
    window.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
    window.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)


def round_popup(field: QComboBox) -> None:
    """Give the list that `field` drops down round corners."""
    container = field.view().parentWidget()
    if container is not None:
        make_see_through(container)
