"""What the inspector shows of several nodes: what they are, and what can be done with all of them at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from gui.theme.wear import wear
from gui.widgets.plain_label import plain_label
from gui.widgets.scrolled import BAR
from gui.widgets.section_label import SectionLabel

if TYPE_CHECKING:
    from gui.action import Action
    from gui.studio import Studio

IN_LINE: Final = (
    "arrange.left", "arrange.centre", "arrange.right", "arrange.top", "arrange.middle", "arrange.bottom",
    "arrange.across", "arrange.down",
)  # fmt: skip
VERBS: Final = {
    "Order": ("edit.tidy", "arrange.frame", "arrange.collapse"),
    "Set aside": ("arrange.mute", "arrange.bypass"),
    "All of them": ("edit.duplicate", "edit.delete"),
}
"""Verbs by the heading they stand under; each is the menu's own."""


class Several(QWidget):
    """Follows the selection while it is more than one node."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._buttons: dict[str, QPushButton | QToolButton] = {}
        self.title, self.kinds = plain_label("", "title"), plain_label("", "muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18 - BAR, 16)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.kinds)
        self._head(column, "Align and distribute")
        column.addLayout(self._row(IN_LINE))
        for head, verbs in VERBS.items():
            self._head(column, head)
            for name in verbs:
                column.addWidget(self._button(name))
        column.addStretch(1)
        studio.session.selection_changed.connect(self._show)
        studio.session.changed.connect(self._show)
        self._show()

    def button(self, verb: str) -> QPushButton | QToolButton:
        """The button of a verb."""
        return self._buttons[verb]

    def _head(self, column: QVBoxLayout, words: str) -> None:
        column.addSpacing(14)
        column.addWidget(SectionLabel(words))
        column.addSpacing(2)

    def _row(self, verbs: Iterable[str]) -> QHBoxLayout:
        """Small pictures side by side; their words are in the tooltips."""
        row = QHBoxLayout()
        row.setSpacing(2)
        for name in verbs:
            made, action = QToolButton(), self._studio.actions[name]
            made.setIconSize(QSize(18, 18))
            self._studio.icons.dress(made, action.icon, size=18)
            made.setAccessibleName(action.words(self._studio))
            row.addWidget(self._wired(made, action))
        row.addStretch(1)
        return row

    def _button(self, name: str) -> QPushButton:
        made, action = QPushButton(), self._studio.actions[name]
        self._studio.icons.dress(made, action.icon)
        made.setCheckable(action.checked is not None)
        wear(made, look="row")
        self._wired(made, action)
        row, keys = QHBoxLayout(made), plain_label(self._studio.window.key_text(action), "mono_small")
        keys.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row.setContentsMargins(0, 0, 8, 0)
        row.addStretch(1)
        row.addWidget(keys)
        return made

    def _wired(self, made: QPushButton | QToolButton, action: Action) -> QWidget:
        self._buttons[action.name] = made
        made.clicked.connect(lambda: self._studio.actions[action.name].trigger(self._studio))
        return made

    def _show(self, *_: object) -> None:
        session = self._studio.session
        nodes = [session.graph.nodes[node] for node in session.selection if node in session.graph.nodes]
        if len(nodes) < 2:
            return
        self.title.setText(f"{len(nodes)} nodes")
        kinds = Counter(found.title if (found := session.kinds.get(node.kind)) else node.kind for node in nodes)
        self.kinds.setText(" · ".join(f"{kind} ×{count}" if count > 1 else kind for kind, count in kinds.most_common()))
        for name, button in self._buttons.items():
            action = self._studio.actions[name]
            words, keys = action.words(self._studio), self._studio.window.key_text(action)
            button.setEnabled(action.when(self._studio))
            button.setToolTip(f"{words} ({keys})" if keys else words)
            if isinstance(button, QPushButton):
                button.setText(words)
                button.setChecked(action.checked is not None and action.checked(self._studio))
