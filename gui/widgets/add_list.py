"""A list of cards or rows with a button below that adds one."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from gui.theme.icons import Icons


class AddList(QVBoxLayout):
    """Fills a widget; what it lists goes into `items`, and `add` is the button.

    Args:
        words: on the button.
        spacing: pixels between two items.
    """

    def __init__(self, owner: QWidget, icons: Icons, words: str, spacing: int) -> None:
        super().__init__(owner)
        self.items = QVBoxLayout()
        self.items.setSpacing(spacing)
        self.add = QPushButton(words)
        self.add.setIcon(icons.icon("add", "muted", 14))
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(6)
        self.addLayout(self.items)
        self.addWidget(self.add)

    def drop(self, item: QWidget) -> None:
        """Takes one out and lets it go."""
        self.items.removeWidget(item)
        item.hide()
        item.deleteLater()
