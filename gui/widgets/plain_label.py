"""A label that wraps, for words that came from a graph, a model or a file."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from gui.theme.wear import wear


def plain_label(words: str, role: str = "", parent: QWidget | None = None) -> QLabel:
    """Words of any length as they are: no mark-up in them means anything."""
    label = QLabel(words, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    if role:
        wear(label, role=role)
    return label
