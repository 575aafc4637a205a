"""Settings of keys: every verb with its keys, others for it, and no key for two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
)

from engine.base.settings import Settings
from gui.action import Action, Actions
from gui.matching import fit
from gui.menus import key_text
from gui.settings_page import SettingsPage, note
from gui.studio import Studio
from gui.theme.wear import wear
from gui.widgets.search_field import SearchField

NAME = Qt.ItemDataRole.UserRole
FIXED = ("Left", "Right", "Up", "Down", "Space", "Return", "Enter", "Esc", "Alt+Left", "Alt+Right", "Alt+Up",
         "Alt+Down", "Shift+Left", "Shift+Right", "Shift+Up", "Shift+Down")  # fmt: skip
"""What the canvas itself does with keys: they belong to no verb."""


class KeysPage(SettingsPage):
    name, title, icon, order = "keys", "Keys", "key", 40

    def __init__(self, studio: Studio, settings: Settings) -> None:
        super().__init__(studio, settings)
        self._usual = Actions.load()
        self._keys: dict[str, tuple[str, ...]] = {**settings.keys}
        self.search = SearchField(studio.icons, "Find a verb or a key…")
        self.tree = QTreeWidget()
        self.tree.setAccessibleName("Verbs and their keys")
        self.tree.setHeaderLabels(["Verb", "Keys"])
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setStretchLastSection(False)
        self.tree.setRootIsDecorated(False)
        self.edit = QKeySequenceEdit()
        self.edit.setMaximumSequenceLength(1)
        self.edit.setAccessibleName("Press the keys")
        self.take, self.add = QPushButton("Use these"), QPushButton("Add these")
        self.none, self.usual = QPushButton("No keys"), QPushButton("Usual keys")
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        wear(self.said, role="error")
        self._rows: dict[str, QTreeWidgetItem] = {}
        self._lay_out()
        self._fill()
        self._connect()

    @property
    def actions_now(self) -> Actions:
        """The verbs with the keys as they would be."""
        return self._usual.with_keys(self._keys)

    def choose(self, name: str) -> None:
        """Selects a verb."""
        self.tree.setCurrentItem(self._rows[name])

    def changes(self) -> Mapping[str, Any]:
        usual = {action.name: action.keys for action in self._usual}
        return {"keys": {name: keys for name, keys in self._keys.items() if keys != usual.get(name, (*keys, ""))}}

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.edit, 1)
        for button in (self.take, self.add, self.none, self.usual):
            button.setAutoDefault(False)
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        for part in (self.search, self.tree, self.said):
            column.addWidget(part)
        column.addLayout(row)
        column.addWidget(note("Choose a verb, press keys, use or add them. A key that another verb has is refused."))

    def _connect(self) -> None:
        self.search.textChanged.connect(self._filter)
        self.tree.currentItemChanged.connect(lambda *_: self.said.clear())
        self.take.clicked.connect(lambda: self._put(self._typed(), keep=False))
        self.add.clicked.connect(lambda: self._put(self._typed(), keep=True))
        self.none.clicked.connect(lambda: self._put((), keep=False))
        self.usual.clicked.connect(self._back)

    def _fill(self) -> None:
        for action in self._usual:
            row = self._rows[action.name] = QTreeWidgetItem(self.tree, [_words(action, self.studio), ""])
            row.setData(0, NAME, action.name)
        self._show()
        self.choose(next(iter(self._rows)))

    def _show(self) -> None:
        for action in self.actions_now:
            self._rows[action.name].setText(1, key_text(action, every=True))
            changed = action.keys != self._usual[action.name].keys
            self._rows[action.name].setForeground(1, self.studio.theme.colour("text:pinned" if changed else "muted"))
        self.tree.resizeColumnToContents(1)

    def _typed(self) -> tuple[str, ...]:
        text = self.edit.keySequence().toString()
        return (text,) if text else ()

    def _put(self, keys: Sequence[str], *, keep: bool) -> None:
        row = self.tree.currentItem()
        if row is None:
            return
        name, now = row.data(0, NAME), self.actions_now
        for key in keys:
            holder = now.holder(key)
            if key in FIXED or (holder is not None and holder.name != name):
                who = "the canvas" if holder is None else f"“{_words(holder, self.studio)}”"
                self.said.setText(f"{_native(key)} belongs to {who}. Press other keys, or free it there first.")
                return
        self._keys[name] = tuple(dict.fromkeys([*(now[name].keys if keep else ()), *keys]))
        self._done()

    def _back(self) -> None:
        row = self.tree.currentItem()
        name = row.data(0, NAME) if row is not None else ""
        for key in self._usual[name].keys if name else ():
            taken = next((each for each in self.actions_now if each.name != name and key in each.keys), None)
            if taken is not None:
                self.said.setText(f"{_native(key)} belongs to “{_words(taken, self.studio)}” now. Free it first.")
                return
        self._keys.pop(name, None)
        self._done()

    def _done(self) -> None:
        self.said.clear()
        self.edit.clear()
        self._show()

    def _filter(self, text: str) -> None:
        for row in self._rows.values():
            row.setHidden(fit(text, f"{row.text(0)} {row.text(1)}") is None)


def _words(action: Action, studio: Studio) -> str:
    return f"{action.menu}: {action.words(studio)}" if action.menu else action.words(studio)


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


PAGE = KeysPage
