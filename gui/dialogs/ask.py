"""A question with a few answers, as a small window that never blocks: `open()`, and the answer comes as a call."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QWidget

from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_column


class Question(QDialog):
    """One question. The first answer is the one Enter gives; closing the window gives ""."""

    def __init__(self, parent: QWidget, title: str, text: str, answers: Sequence[str], danger: str = "") -> None:
        super().__init__(parent)
        self.answer = ""
        self.buttons: list[QPushButton] = []
        self.setWindowTitle("Baton")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = dialog_column(self, title, text)
        column.addSpacing(12)
        column.addLayout(self._row(answers, danger))

    def _row(self, answers: Sequence[str], danger: str) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for index, words in reversed(list(enumerate(answers))):
            button = QPushButton(words)
            button.setAutoDefault(index == 0)
            button.setDefault(index == 0)
            wear(button, look="danger" if words == danger else "primary" if index == 0 else "secondary")
            button.clicked.connect(lambda _=False, words=words: self._choose(words))
            row.addWidget(button)
            self.buttons.append(button)
            if index == 0:
                button.setFocus()
        return row

    def _choose(self, words: str) -> None:
        self.answer = words
        self.accept()


def ask(
    parent: QWidget, title: str, text: str, answers: Sequence[str], then: Callable[[str], object], danger: str = ""
) -> Question:
    """Asks and returns at once.

    Args:
        answers: words on the buttons, the usual one first.
        then: called with the words chosen, or "" when the window was closed.
        danger: the answer that loses something, shown in red.
    """
    question = Question(parent, title, text, answers, danger)
    question.finished.connect(lambda _: then(question.answer))
    question.open()
    return question
