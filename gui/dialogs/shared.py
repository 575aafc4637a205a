"""Says what was written, what a teammate needs to run it, and what is not exactly as in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_layout
from gui.widgets.plain_label import plain_label
from gui.widgets.scrolled import Scrolled
from gui.widgets.section_label import SectionLabel

if TYPE_CHECKING:
    from gui.studio import Studio

NEEDS, INEXACT = "Whoever runs it needs", "Not exactly as in the graph"


class SharedDialog(QDialog):
    """The report of an export. `text` is all of it, as it goes to the clipboard."""

    def __init__(self, studio: Studio, path: Path, needs: Sequence[str], inexact: Sequence[str]) -> None:
        super().__init__(studio.window)
        self.setWindowTitle("Shared")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        parts = [(title, lines) for title, lines in ((NEEDS, needs), (INEXACT, inexact)) if lines]
        self.text = "\n\n".join("\n".join([f"{title}:", *(f"- {line}" for line in lines)]) for title, lines in parts)
        column = dialog_layout(self, 8)
        column.addWidget(_label(f"Written to {path.name}", "heading"))
        column.addWidget(_label(str(path.parent), "muted"))
        column.addWidget(self._page(studio, parts), 1)
        column.addLayout(self._row())
        self.resize(studio.theme.px(520), min(studio.theme.px(560), self.sizeHint().height() + studio.theme.px(40)))

    def _page(self, studio: Studio, parts: Sequence[tuple[str, Sequence[str]]]) -> QWidget:
        page = QWidget()
        wear(page, role="page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 4, 8, 4)
        column.setSpacing(6)
        for title, lines in parts:
            column.addWidget(SectionLabel(title))
            for line in lines:
                column.addWidget(_label(f"•  {line}", "body"))
            column.addSpacing(8)
        column.addStretch(1)
        area = Scrolled(page)
        area.setMinimumHeight(min(studio.theme.px(320), page.sizeHint().height() + 4))
        return area

    def _row(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.copy_button, self.close_button = QPushButton("Copy"), QPushButton("Close")
        wear(self.copy_button, look="secondary")
        wear(self.close_button, look="primary")
        self.copy_button.setAutoDefault(False)
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        self.close_button.clicked.connect(self.accept)
        self.close_button.setDefault(True)
        row.addStretch(1)
        row.addWidget(self.copy_button)
        row.addWidget(self.close_button)
        return row


def show_shared(studio: Studio, path: Path, needs: Sequence[str], inexact: Sequence[str]) -> SharedDialog:
    """Opens it and returns at once."""
    dialog = SharedDialog(studio, path, needs, inexact)
    dialog.open()
    return dialog


def _label(words: str, role: str) -> QLabel:
    label = plain_label(words, role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
