"""The way into a graph as words to click: "› Map each file › Draft"."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from gui.theme.wear import wear
from gui.widgets.elided_label import ElidedLabel

WIDEST = 24
"""Letters of a name that are shown; all of it stands in the tooltip."""


class NameLabel(ElidedLabel):
    """A name that can be clicked.

    Signals: `clicked`.
    """

    clicked = Signal()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()


class Crumbs(QWidget):
    """A row of names, the last one being where one is.

    Signals: `chosen` with how many names lead to what was clicked: 1 is the first.
    """

    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.buttons: list[QPushButton] = []
        self._parts: list[QWidget] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(2)
        self.hide()

    def set_names(self, names: Sequence[str]) -> None:
        """Shows a way; none hides it."""
        for part in self._parts:
            self._row.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts, self.buttons, self.names = [], [], list(names)
        for depth, name in enumerate(names, start=1):
            self._add(name, depth, last=depth == len(names))
        self.setVisible(bool(names))

    def _add(self, name: str, depth: int, *, last: bool) -> None:
        arrow = QLabel("›")
        wear(arrow, role="muted")
        button = QPushButton(name if len(name) <= WIDEST else f"{name[: WIDEST - 1]}…")
        button.setAccessibleName(name)
        button.setCursor(Qt.CursorShape.ArrowCursor if last else Qt.CursorShape.PointingHandCursor)
        wear(button, look="crumb", here=last)
        button.clicked.connect(lambda: self.chosen.emit(depth))
        for part in (arrow, button):
            self._row.addWidget(part)
            self._parts.append(part)
        self.buttons.append(button)
