"""Messages one below the other, each with its buttons, made once and kept while a conversation grows."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from gui.theme.icons import Icons
from gui.views.messages import Said
from gui.views.plain_text import PlainText

TALLEST = 24
"""Lines of one message that are seen without scrolling in it."""


class SaidList(QWidget):
    """Empty at first."""

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self._icons = icons
        self.blocks: list[PlainText] = []
        self._shown: Sequence[Said] = ()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)

    def show_said(self, said: Sequence[Said]) -> None:
        """Shows these messages; the same ones again cost nothing."""
        if list(said) == list(self._shown):
            return
        self._shown = list(said)
        while len(self.blocks) > len(said):
            old = self.blocks.pop()
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        for index, each in enumerate(said):
            if index == len(self.blocks):
                block = PlainText(self._icons, each.who, lines=TALLEST)
                self.blocks.append(block)
                self._column.addWidget(block)
            self.blocks[index].title.setText(each.who)
            self.blocks[index].set_text(each.text)
