"""The questions that a run puts to a person: look at the value, change it, approve or reject (semantics.md S13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from engine.base.errors import BatonError
from gui.panel import Panel, PanelWidget
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.answer_form import form_for
from gui.widgets.empty_state import EmptyState

FIXED = ("map",)
"""What asks about something that can only be let or not: its value is there to be looked at."""


class Questions(PanelWidget):
    """Follows the run that is watched; comes to the front when it begins to ask."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.cards: dict[str, QuestionCard] = {}
        page = QWidget()
        wear(page, role="page")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(12, 6, 12, 8)
        self._column.setSpacing(8)
        self._column.setAlignment(Qt.AlignmentFlag.AlignTop)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(page)
        self._stack = QStackedWidget()
        text = "When a node needs a person to decide, its question stands here, and the node waits."
        self._stack.addWidget(EmptyState(studio.icons, "review", "No questions", text))
        self._stack.addWidget(area)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)
        studio.session.run_ticked.connect(self._show)
        studio.session.run_changed.connect(self._show)

    def _show(self, *_: object) -> None:
        asked = self._studio.session.questions
        for key in [key for key in self.cards if key not in asked]:
            card = self.cards.pop(key)
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        fresh = [key for key in asked if key not in self.cards]
        for key in fresh:
            self.cards[key] = QuestionCard(self._studio, key, asked[key])
            self._column.addWidget(self.cards[key])
        self._stack.setCurrentIndex(1 if asked else 0)
        self.counted.emit(len(asked), "text:waiting")
        if fresh and len(fresh) == len(asked):
            self._studio.window.show_panel("questions")


class QuestionCard(QFrame):
    """One question with the form of its value."""

    def __init__(self, studio: Studio, key: str, asked: Mapping[str, Any]) -> None:
        super().__init__()
        self._studio, self._key = studio, key
        wear(self, role="card")
        node = str(asked.get("node", key))
        self.where = QPushButton(studio.session.title_of(node))
        self.where.setToolTip("Show the node")
        wear(self.where, look="link")
        self.where.clicked.connect(lambda: studio.session.show_node(node))
        self.words, self.message = QLabel(str(asked.get("question", ""))), QLabel()
        for label in (self.words, self.message):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        wear(self.message, role="error")
        self.message.hide()
        self.form = form_for(asked.get("schema"), asked.get("value"), fixed=asked.get("kind") in FIXED)
        self.approve, self.reject = QPushButton("Approve"), QPushButton("Reject")
        wear(self.approve, look="primary")
        self.approve.clicked.connect(lambda: self._answer("approved"))
        self.reject.clicked.connect(lambda: self._answer("rejected"))
        self._lay_out()
        self.setAccessibleName(f"{self.where.text()} asks: {self.words.text()}")

    def _lay_out(self) -> None:
        glyph = QLabel()
        glyph.setPixmap(self._studio.icons.pixmap("review", 16, "state:waiting"))
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(glyph)
        head.addWidget(self.where)
        head.addStretch(1)
        foot.setSpacing(8)
        foot.addWidget(self.message, 1)
        foot.addStretch(0)
        for button in (self.reject, self.approve):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 10)
        column.setSpacing(6)
        column.addLayout(head)
        column.addWidget(self.words)
        column.addWidget(self.form)
        column.addLayout(foot)

    def _answer(self, decision: str) -> None:
        try:
            value = self.form.value() if decision == "approved" else None
            self._studio.session.answer(self._key, {"decision": decision, "value": value})
        except (ValueError, BatonError) as error:
            self.message.setText(str(error))
            self.message.show()
            return
        self.setEnabled(False)  # it goes when the run says that it was answered


PANEL = Panel("questions", "Questions", "bottom", 4, Questions)
