"""A window in which an output is changed by hand before a run goes on from it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_foot


class EditValue(QDialog):
    """Calls `changed` with the text when it is to be run with."""

    def __init__(self, parent: QWidget, title: str, text: str, changed: Callable[[str], None]) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Change and run from here")
        self._changed = changed
        head = QLabel(title)
        head.setTextFormat(Qt.TextFormat.PlainText)
        wear(head, role="title")
        about = QLabel("A new run takes this as what the node gave. What stands before it is used again.")
        about.setWordWrap(True)
        wear(about, role="muted")
        self.area = QPlainTextEdit(text)
        self.area.setAccessibleName(title)
        self.run = QPushButton("Run from here")
        self.run.clicked.connect(self._accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        for part in (head, about, self.area):
            column.addWidget(part)
        column.addLayout(dialog_foot(self, self.run))
        self.resize(640, 440)

    def _accept(self) -> None:
        text = self.area.toPlainText()
        self.accept()
        self._changed(text)
