"""Asks for the address of a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton

from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_column

if TYPE_CHECKING:
    from gui.studio import Studio

LONGEST = 4_000


class AddressDialog(QDialog):
    """One line and a button; an address on the clipboard stands there already."""

    def __init__(self, studio: Studio, then: Callable[[str], object]) -> None:
        super().__init__(studio.window)
        self._then = then
        self.setWindowTitle("Open address")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        said = "A graph file, a picture of a graph, or a file of another tool. It is shown before it is opened."
        column = dialog_column(self, "Open a graph from an address", said)
        self.field = QLineEdit()
        self.field.setPlaceholderText("https://…")
        self.field.setMaxLength(LONGEST)
        self.field.setAccessibleName("Address")
        self.field.setMinimumWidth(studio.theme.px(480))
        copied = QGuiApplication.clipboard().text().strip()
        if copied.startswith("https://") and len(copied) < LONGEST and not any(sign.isspace() for sign in copied):
            self.field.setText(copied)
            self.field.selectAll()
        self.button = QPushButton("Look at it")
        self.button.setDefault(True)
        wear(self.button, look="primary")
        self.button.clicked.connect(self._go)
        column.addWidget(self.field)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignRight)

    def _go(self) -> None:
        url = self.field.text().strip()
        if url:
            self.accept()
            self._then(url if "://" in url else f"https://{url}")


def ask_address(studio: Studio) -> AddressDialog:
    """Opens it and returns at once."""
    dialog = AddressDialog(studio, studio.opening.address)
    dialog.open()
    return dialog
