"""Where panels stand: at the left, at the right and below, one at a time behind a row of tabs. Any goes anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from gui.panel import SIDES, Side
from gui.theme.wear import wear
from gui.widgets.menu import Menu
from gui.widgets.tab_row import TabRow
from gui.widgets.tabs import UnderlineTabs

if TYPE_CHECKING:
    from gui.studio import Studio

NARROWEST = {"left": 180, "right": 304, "bottom": 0}
LOWEST = 120
MARGINS = {"left": (16, 4, 8, 0), "right": (18, 4, 12, 0), "bottom": (16, 2, 16, 0)}


class Dock(QWidget):
    """The panels of one side. A side with one panel needs no tabs, except below, where they name what is there."""

    def __init__(self, studio: Studio, side: Side, around: QWidget) -> None:
        super().__init__(around)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        wear(self, ground="panel")
        self._studio, self.side = studio, side
        self._names: list[str] = []
        self.tabs = UnderlineTabs(studio.theme, parent=self)
        self.tabs.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tabs.customContextMenuRequested.connect(self._menu)
        self._stack = QStackedWidget(self)
        studio.panels.grounds[side] = self._stack
        self.head = TabRow(self.tabs, self)
        self.head.setContentsMargins(*MARGINS[side])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._stack, 1)
        self.setMinimumWidth(NARROWEST[side])
        self.setMinimumHeight(LOWEST if side == "bottom" else 0)
        studio.panels.made.connect(self._take)
        self.fill()
        self.tabs.currentChanged.connect(self._show)
        studio.panels.counts_changed.connect(self._count)

    @property
    def empty(self) -> bool:
        return not self._names

    def fill(self) -> None:
        """Takes the panels that stand here now; what stood in front stays there."""
        panels, state = self._studio.panels, self._studio.state
        self.tabs.blockSignals(True)
        while self.tabs.count():
            self.tabs.removeTab(0)
        here = list(panels.on(self.side))
        self._names = [panel.name for panel in here]
        for panel in here:
            self.tabs.addTab(panel.title)
            if panels.is_made(panel.name):
                self._take(panel.name)
        self.tabs.blockSignals(False)
        self.head.setVisible(self.side == "bottom" or len(here) > 1)
        self._count()
        stored = state.get(f"front.{self.side}")
        if here:
            self.show_panel(stored if stored in self._names else self._names[0])

    def _take(self, name: str) -> None:
        """Gives a panel that stands here its place."""
        if name not in self._names:
            return
        widget, tools = self._studio.panels.widget(name), self._studio.panels.tools(name)
        if self._stack.indexOf(widget) < 0:  # else it was never away
            self._stack.addWidget(widget)
        if tools is not None:
            self.head.add_tools(tools)
            tools.setVisible(self._stack.currentWidget() is widget)

    def widget(self, name: str) -> Any:
        """A panel, wherever it stands."""
        return self._studio.panels.widget(name)

    def show_panel(self, name: str) -> None:
        """Brings a panel to the front; one that is not here changes nothing."""
        if name in self._names:
            self.tabs.setCurrentIndex(self._names.index(name))
            self._show(self.tabs.currentIndex())

    def _show(self, index: int) -> None:
        if not 0 <= index < len(self._names):
            return
        panels, front = self._studio.panels, self._names[index]
        self._stack.setCurrentWidget(panels.widget(front))
        for name in self._names:
            tools = panels.tools(name)
            if tools is not None:
                tools.setVisible(name == front)
        self._studio.state.put(f"front.{self.side}", front)

    def _count(self) -> None:
        panels = self._studio.panels
        for panel in panels.on(self.side):
            self.tabs.set_count(panel.title, *panels.counts.get(panel.name, (0, "muted")))

    def _menu(self, at: QPoint) -> None:
        index = self.tabs.tabAt(at)
        if not 0 <= index < len(self._names):
            return
        menu, name = Menu(parent=self), self._names[index]
        menu.aboutToHide.connect(menu.deleteLater)
        for side, words in SIDES.items():
            if side != self.side:
                menu.addAction(f"Move {words}").triggered.connect(
                    lambda _=False, side=side: self._studio.window.move_panel(name, side)
                )
        menu.popup(self.tabs.mapToGlobal(at))
