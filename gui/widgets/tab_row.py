"""The head of a dock: its tabs, and beside them the tools of what is in front, or below them where room is short."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QWidget

from gui.widgets.tabs import UnderlineTabs

BESIDE, BELOW = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
GAP = 4
"""Pixels kept free between the last tab and the tools beside it."""


class TabRow(QWidget):
    """Tabs that no tool ever covers."""

    def __init__(self, tabs: UnderlineTabs, around: QWidget) -> None:
        super().__init__(around)
        self._tabs, self._tools = tabs, QHBoxLayout()
        self._row = QBoxLayout(BESIDE, self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self._row.addWidget(tabs, 1)
        self._row.addLayout(self._tools)

    def add_tools(self, tools: QWidget) -> None:
        """Takes the tools of a panel; they are seen while they are shown."""
        self._tools.addWidget(tools)

    @property
    def in_two_rows(self) -> bool:
        """Whether the tools stand below the tabs."""
        return self._row.direction() == BELOW

    def minimumSizeHint(self) -> QSize:
        """As wide as its widest part: what does not fit beside the other one goes below it."""
        margins = self.contentsMargins()
        widest = max(self._tabs.minimumSizeHint().width(), self._tools.minimumSize().width())
        return QSize(widest + margins.left() + margins.right(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def event(self, event: QEvent) -> bool:
        """Other tools, other counts beside the tabs: the room is shared anew."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().event(event)

    def _fit(self) -> None:
        tabs = sum(self._tabs.tabSizeHint(index).width() for index in range(self._tabs.count()))
        tools = self._tools.sizeHint().width()
        fits = not tools or tabs + GAP + tools <= self._row.contentsRect().width()
        self._row.setDirection(BESIDE if fits else BELOW)
