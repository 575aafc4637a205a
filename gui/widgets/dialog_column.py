"""How a dialog begins: its margins, and of a small one a heading and a sentence or two below it; and how it ends."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout

from gui.theme.wear import wear
from gui.widgets.plain_label import plain_label

WIDTH = 380


def dialog_layout(dialog: QDialog, spacing: int) -> QVBoxLayout:
    """The dialog's layout, empty, with the margins of all dialogs and `spacing` pixels between its parts."""
    column = QVBoxLayout(dialog)
    column.setContentsMargins(24, 20, 24, 20)
    column.setSpacing(spacing)
    return column


def dialog_column(dialog: QDialog, heading: str, text: str) -> QVBoxLayout:
    """The dialog's layout, with the words in it already: the rest goes below."""
    column = dialog_layout(dialog, 8)
    for words, role in ((heading, "heading"), (text, "muted")):
        label = plain_label(words, role)
        label.setMinimumWidth(WIDTH)
        column.addWidget(label)
    return column


def dialog_foot(dialog: QDialog, do: QPushButton) -> QHBoxLayout:
    """The last row of a dialog: room, Cancel, and the button that does what it is for, which Enter presses too."""
    row, cancel = QHBoxLayout(), QPushButton("Cancel")
    cancel.setAutoDefault(False)
    cancel.clicked.connect(dialog.reject)
    do.setDefault(True)
    wear(do, look="primary")
    row.addStretch(1)
    row.addWidget(cancel)
    row.addWidget(do)
    return row
