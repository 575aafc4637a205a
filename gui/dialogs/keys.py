"""All keys on one page, made from the verbs themselves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.dialogs.settings import show_settings
from gui.studio import Studio
from gui.theme.wear import wear
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.scrolled import Scrolled
from gui.widgets.search_field import SearchField
from gui.widgets.section_label import SectionLabel

MOUSE = (
    ("Add a node", "double-click, or drag from the library"),
    ("Connect", "drag from port to port"),
    ("Move the view", "middle button, or Space and drag"),
    ("Zoom at the pointer", "wheel"),
    ("Add to the selection", "Shift and click"),
    ("Cut wires", "Ctrl and right-drag"),
    ("Break a wire", "Alt and click"),
    ("Bend a wire", "double-click it, or drag its middle"),
    ("Move a frame with its nodes, or alone", "drag its title; Alt: alone"),
    ("Write a title or a note", "double-click it"),
    ("Place off the grid", "Alt while dragging"),
    ("Walk the graph", "arrow keys"),
    ("Select up- or downstream", "Shift and arrow keys"),
    ("Move nodes", "Alt and arrow keys"),
)
"""What hands do on the canvas itself, where no verb stands behind it."""
LEAST = 200
"""Pixels that the name of a verb has at least."""


def show_keys(studio: Studio) -> QDialog:
    """Opens the page."""
    dialog = QDialog(studio.window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle("All keys")
    outer = QVBoxLayout(dialog)
    outer.setContentsMargins(0, 0, 0, 0)
    page, search, head = KeyPage(studio), SearchField(studio.icons, "Find a verb or a key…"), QHBoxLayout()
    search.textChanged.connect(page.show_found)
    head.setContentsMargins(28, 20, 28, 0)
    head.addWidget(search)
    outer.addLayout(head)
    area = Scrolled(page)
    outer.addWidget(area)
    area.setMinimumWidth(page.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width())
    change = QPushButton("Change keys…")
    change.setAutoDefault(False)
    change.clicked.connect(dialog.accept)
    change.clicked.connect(lambda: show_settings(studio, "keys"))
    foot = QHBoxLayout()
    foot.setContentsMargins(28, 8, 28, 16)
    foot.addStretch(1)
    foot.addWidget(change)
    outer.addLayout(foot)
    dialog.resize(560, 640)
    dialog.open()
    return dialog


class KeyPage(QWidget):
    """Verbs and their keys, by menu."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        wear(self, role="page")
        self._parts: list[tuple[SectionLabel, list[tuple[str, ElidedLabel, QLabel]]]] = []
        self._grid = grid = QGridLayout(self)
        grid.setContentsMargins(28, 8, 18, 20)
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(0, 1)
        for menu in studio.actions.menus:
            keyed = [each for each in studio.actions.of_menu(menu) if each.keys]
            self._add(menu, [(each.words(studio), studio.window.key_text(each, every=True)) for each in keyed])
        self._add("On the canvas", list(MOUSE))
        grid.setRowStretch(grid.rowCount(), 1)

    def show_found(self, text: str) -> None:
        """Shows what has all these words in its name or its keys."""
        sought = text.casefold().split()
        for head, rows in self._parts:
            fitting = [all(word in words for word in sought) for words, *_ in rows]
            head.setVisible(any(fitting))
            for (_, name, key), fits in zip(rows, fitting, strict=True):
                name.setVisible(fits)
                key.setVisible(fits)

    def _add(self, title: str, told: list[tuple[str, str]]) -> None:
        if not told:
            return
        grid, head = self._grid, SectionLabel(title)
        head.setContentsMargins(0, 10, 0, 0)
        grid.addWidget(head, grid.rowCount(), 0, 1, 2)
        rows: list[tuple[str, ElidedLabel, QLabel]] = []
        for words, keys in told:
            row = grid.rowCount()
            name, key = ElidedLabel(words), QLabel(keys)  # a verb may name a title of any length
            name.setMinimumWidth(LEAST)
            key.setTextFormat(Qt.TextFormat.PlainText)
            wear(key, role="mono")
            grid.addWidget(name, row, 0)
            grid.addWidget(key, row, 1, Qt.AlignmentFlag.AlignRight)
            rows.append((f"{words} {keys}".casefold(), name, key))
        self._parts.append((head, rows))
