"""All keys on one page, made from the verbs themselves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.dialogs.settings import show_settings
from gui.studio import Studio
from gui.theme.wear import wear
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.scrolled import Scrolled
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
    page = _page(studio)
    area = Scrolled(page)
    outer.addWidget(area)
    area.setMinimumWidth(page.minimumSizeHint().width() + area.verticalScrollBar().sizeHint().width())
    change = QPushButton("Change keys…")
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


def _page(studio: Studio) -> QWidget:
    page = QWidget()
    wear(page, role="page")
    grid = QGridLayout(page)
    grid.setContentsMargins(28, 20, 28, 20)
    grid.setHorizontalSpacing(32)
    grid.setVerticalSpacing(6)
    grid.setColumnStretch(0, 1)
    for menu in studio.actions.menus:
        keyed = [action for action in studio.actions.of_menu(menu) if action.keys]
        _section(grid, menu, [(action.words(studio), studio.window.key_text(action, every=True)) for action in keyed])
    _section(grid, "On the canvas", list(MOUSE))
    grid.setRowStretch(grid.rowCount(), 1)
    return page


def _section(grid: QGridLayout, title: str, rows: list[tuple[str, str]]) -> None:
    if not rows:
        return
    grid.setRowMinimumHeight(grid.rowCount(), 10)
    grid.addWidget(SectionLabel(title), grid.rowCount() + 1, 0, 1, 2)
    for words, keys in rows:
        row = grid.rowCount()
        name, key = ElidedLabel(words), QLabel(keys)  # a verb may name a title of any length
        name.setMinimumWidth(LEAST)
        key.setTextFormat(Qt.TextFormat.PlainText)
        wear(key, role="mono")
        grid.addWidget(name, row, 0)
        grid.addWidget(key, row, 1, Qt.AlignmentFlag.AlignRight)
