"""An area that scrolls upwards and downwards, and keeps the room of its bar free: nothing moves aside when it comes."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea, QWidget

BAR: Final = 10
"""Pixels that the bar takes (`studio.qss`); what stands beside an area keeps as many free at its right."""


class Scrolled(QScrollArea):
    """A page as wide as the area less the bar, whether or not there is something to scroll."""

    def __init__(self, page: QWidget | None = None, around: QWidget | None = None) -> None:
        super().__init__(around)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        bar = self.verticalScrollBar()
        bar.setEnabled(False)  # the look of a bar that is not needed is none
        bar.rangeChanged.connect(lambda low, high: bar.setEnabled(high > low))
        if page is not None:
            self.setWidget(page)
