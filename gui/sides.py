"""Where panels stand: one column at the left and at the right, and a row of tabs below the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from gui.panel import Side as SideName
from gui.theme.wear import wear
from gui.widgets.tabs import UnderlineTabs

if TYPE_CHECKING:
    from gui.studio import Studio

NARROWEST = {"left": 180, "right": 260}
LOWEST = 120


class Side(QWidget):
    """The panels of the left or the right, one below the other."""

    def __init__(self, studio: Studio, side: SideName) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        wear(self, ground="panel")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._widgets = {panel.name: studio.panels.widget(panel.name) for panel in studio.panels.on(side)}
        for widget in self._widgets.values():
            column.addWidget(widget)
        self.setMinimumWidth(NARROWEST[side])

    def widget(self, name: str) -> Any:
        """A panel of this side."""
        return self._widgets[name]


class Below(QWidget):
    """The panels below the canvas, one at a time, with counts beside their names."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        wear(self, ground="panel")
        self._studio = studio
        self._panels = list(studio.panels.on("bottom"))
        self.tabs = UnderlineTabs(studio.theme, tuple(panel.title for panel in self._panels))
        self._stack = QStackedWidget()
        self._tools: list[QWidget] = []
        for panel in self._panels:
            widget = studio.panels.widget(panel.name)
            self._stack.addWidget(widget)
            self._tools.append(widget.tools() or QWidget())
            widget.counted.connect(lambda count, tone, title=panel.title: self.tabs.set_count(title, count, tone))
        head = QHBoxLayout()
        head.setContentsMargins(16, 2, 16, 0)
        head.addWidget(self.tabs, 1)
        for tools in self._tools:
            head.addWidget(tools)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._stack, 1)
        self.setMinimumHeight(LOWEST)
        self.tabs.currentChanged.connect(self._show)
        stored = studio.state.get("below")
        self.show_panel(stored if isinstance(stored, str) else self._panels[0].name)

    def show_panel(self, name: str) -> None:
        """Brings a panel to the front; an unknown name changes nothing."""
        for index, panel in enumerate(self._panels):
            if panel.name == name:
                self.tabs.setCurrentIndex(index)
                self._show(index)

    def _show(self, index: int) -> None:
        self._stack.setCurrentIndex(index)
        for number, tools in enumerate(self._tools):
            tools.setVisible(number == index)
        self._studio.state.put("below", self._panels[index].name)
