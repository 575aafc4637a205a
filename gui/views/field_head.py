"""What stands above a field of any form: its title, what it is for once somebody asks, and the way to its default."""

from __future__ import annotations

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from gui.theme.icons import Icons
from gui.widgets.elided_label import ElidedLabel, plain_tooltip
from gui.widgets.plain_label import plain_label


class FieldHead(QWidget):
    """The buttons `explain` and `reset` are shown by whoever knows whether they have anything to do."""

    def __init__(self, icons: Icons, title: str, words: str, around: QWidget | None = None) -> None:
        super().__init__(around)
        self.title = ElidedLabel(title, "field", parent=self)  # a long one must not widen the form beyond its panel
        self.title.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.explain = _button(self, icons, "info", plain_tooltip(words), f"{title}: explain")
        self.explain.setCheckable(True)
        self.explain.setVisible(bool(words))
        self.reset = _button(self, icons, "undo", "Back to the default", f"{title}: back to the default")
        self.help = plain_label(words, "faint", parent=self)
        self.help.hide()
        self.explain.toggled.connect(self.help.setVisible)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.title)
        row.addWidget(self.explain)
        row.addStretch(1)
        row.addWidget(self.reset)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.help)
        for part in (self.title, self.explain, self.reset):
            part.setFixedHeight(icons.theme.px(15))


def _button(head: QWidget, icons: Icons, icon: str, tip: str, name: str) -> QToolButton:
    made = QToolButton(head)
    made.setIcon(icons.icon(icon, "faint", 12))
    made.setToolTip(tip)
    made.setAccessibleName(name)
    made.setProperty("look", "slim")
    return made
