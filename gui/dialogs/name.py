"""Asks for a name."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QWidget

from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_column

LONGEST = 200


class NameDialog(QDialog):
    """One line and a button. Nothing is taken while the line is empty."""

    def __init__(self, parent: QWidget, title: str, text: str, name: str, button: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.line, self.button = QLineEdit(name), QPushButton(button)
        self.line.setMaxLength(LONGEST)
        self.line.setAccessibleName("Name")
        self.line.selectAll()
        self.button.setDefault(True)
        wear(self.button, look="primary")
        self.line.textChanged.connect(lambda now: self.button.setEnabled(bool(now.strip())))
        self.button.setEnabled(bool(name.strip()))
        self.button.clicked.connect(self.accept)
        column = dialog_column(self, title, text)
        column.addWidget(self.line)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)


def ask_name(
    parent: QWidget, title: str, text: str, name: str, button: str, then: Callable[[str], object]
) -> NameDialog:
    """Asks and returns at once; `then` is called with the name, never an empty one."""
    dialog = NameDialog(parent, title, text, name, button)
    dialog.accepted.connect(lambda: then(dialog.line.text().strip()))
    dialog.open()
    return dialog
