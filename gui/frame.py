"""Several windows as tabs of one: made when a second tab is opened; each keeps its own document, undo and panels."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QTabBar, QToolButton, QVBoxLayout, QWidget

from gui.theme.wear import wear
from gui.widgets.menu import Menu

if TYPE_CHECKING:
    from gui.window import Window

ENDING = " — Baton"
LONGEST = 40


class Frame(QWidget):
    """The outer window. A page is a whole `Window`; one that is closed or moved away leaves, the last one takes the
    frame along.

    Signals: `more_asked` when another tab is wanted.
    """

    more_asked = Signal()

    def __init__(self, first: Window) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        wear(self, ground="panel")
        self.pages: list[Window] = []
        self.tabs, self._stack, self.more = QTabBar(), QStackedWidget(), QToolButton()
        self.tabs.setTabsClosable(True)
        self.tabs.setMovable(True)
        self.tabs.setExpanding(False)
        self.tabs.setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.tabs.setAccessibleName("Open graphs")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        wear(self.tabs, role="windows")
        first.icons.dress(self.more, "add", size=14)
        self.more.setToolTip("New tab")
        self.more.setAccessibleName("New tab")
        self.more.clicked.connect(self.more_asked)
        row = QHBoxLayout()
        row.setContentsMargins(0, 3, 8, 0)
        row.setSpacing(10)
        row.addWidget(self.tabs)
        row.addWidget(self.more)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self._stack, 1)
        self.tabs.currentChanged.connect(self._shown)
        self.tabs.tabMoved.connect(self._moved)
        self.tabs.tabCloseRequested.connect(lambda index: self.pages[index].close())
        self.tabs.customContextMenuRequested.connect(self._menu)
        self.setGeometry(first.geometry())
        self.add(first)

    def add(self, window: Window) -> None:
        """Takes a window in as the last tab, and shows it."""
        window.frame = self
        self.pages.append(window)
        self._stack.addWidget(window)
        self.tabs.addTab("")
        window.windowTitleChanged.connect(self._name)
        window.closed.connect(self._closed)
        self._name()
        self.bring(window)

    def bring(self, window: Window) -> None:
        """Shows a tab, and the frame above others."""
        self.tabs.setCurrentIndex(self.pages.index(window))
        self._shown(self.tabs.currentIndex())
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.show()
        self.raise_()
        self.activateWindow()

    def step(self, by: int) -> None:
        """Goes to the next tab, or to the one before."""
        self.bring(self.pages[(self.tabs.currentIndex() + by) % len(self.pages)])

    def part(self, window: Window) -> None:
        """Makes a tab a window of its own."""
        corner = self.pos() + QPoint(32, 32)
        self._leave(window)
        window.setParent(None)
        window.resize(self.size())
        window.move(corner)
        window.show()
        self._end_if_empty()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Closes each tab as if alone; one that asks first keeps the frame."""
        for window in list(self.pages):
            self.bring(window)
            if not window.close():
                event.ignore()
                return
        event.accept()

    def _closed(self) -> None:
        window = self.sender()
        if window in self.pages:
            self._leave(window)
            self._end_if_empty()

    def _leave(self, window: Window) -> None:
        index = self.pages.index(window)
        del self.pages[index]
        self.tabs.removeTab(index)
        self._stack.removeWidget(window)
        window.frame = None
        with contextlib.suppress(RuntimeError, TypeError):  # it is going, and its signals with it
            window.windowTitleChanged.disconnect(self._name)
            window.closed.disconnect(self._closed)
        self._shown(self.tabs.currentIndex())

    def _end_if_empty(self) -> None:
        if not self.pages:
            self.close()

    def _shown(self, index: int) -> None:
        if 0 <= index < len(self.pages):
            self._stack.setCurrentWidget(self.pages[index])
            self.setWindowTitle(self.pages[index].windowTitle())
            self.pages[index].take_keyboard()

    def _moved(self, start: int, end: int) -> None:
        self.pages.insert(end, self.pages.pop(start))

    def _name(self) -> None:
        for index, window in enumerate(self.pages):
            words = window.windowTitle().removesuffix(ENDING)
            short = words if len(words) <= LONGEST else f"{words[: LONGEST - 1]}…"
            self.tabs.setTabText(index, short.replace("&", "&&"))
        if self.pages:
            self.setWindowTitle(self.pages[self.tabs.currentIndex()].windowTitle())

    def _menu(self, at: QPoint) -> None:
        index = self.tabs.tabAt(at)
        if 0 <= index < len(self.pages):
            menu, window = Menu(parent=self), self.pages[index]
            menu.aboutToHide.connect(menu.deleteLater)
            menu.addAction("Move to a window of its own").triggered.connect(lambda: self.part(window))
            menu.addAction("Close").triggered.connect(window.close)
            menu.popup(self.tabs.mapToGlobal(at))
