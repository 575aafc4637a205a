"""A window in which an output is changed by hand before a run goes on from it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gui.theme.wear import wear


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
        self.run, self.cancel = QPushButton("Run from here"), QPushButton("Cancel")
        wear(self.run, look="primary")
        self.run.clicked.connect(self._accept)
        self.cancel.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.run)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        for part in (head, about, self.area):
            column.addWidget(part)
        column.addLayout(row)
        self.resize(640, 440)

    def _accept(self) -> None:
        text = self.area.toPlainText()
        self.accept()
        self._changed(text)
