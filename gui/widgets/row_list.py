"""A column of rows that scrolls below a heading, and what stands in its place while there are none."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtWidgets import QLabel, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from gui.theme.wear import wear
from gui.widgets.empty_state import EmptyState


class RowList(QStackedWidget):
    """Shows rows; one that is among those of before stays as it is.

    Args:
        empty: shown while there is nothing.
        head: stands above the rows, and scrolls with them.
    """

    def __init__(self, empty: EmptyState, head: QLabel | None = None) -> None:
        super().__init__()
        self._rows: list[QWidget] = []
        page = QWidget()
        wear(page, role="page")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(16 if head else 12, 6, 12, 8)
        self._column.setSpacing(4)
        if head:
            self._column.addWidget(head)
        self._column.addStretch(1)  # an alignment instead would give wrapped words too little height
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(page)
        self.addWidget(empty)
        self.addWidget(area)

    def fill(self, rows: Iterable[QWidget], *, anything: bool) -> None:
        """Shows these rows instead of those before; `anything` says whether there is something to show."""
        before, self._rows = self._rows, list(rows)
        staying = set(self._rows)
        for row in before:
            if row not in staying:
                self._column.removeWidget(row)
                row.hide()
                row.deleteLater()
        first = self._column.count() - 1 - len(staying.intersection(before))
        for place, row in enumerate(self._rows, first):
            if self._column.indexOf(row) != place:
                self._column.insertWidget(place, row)
        self.setCurrentIndex(1 if anything else 0)
