"""What waits for a person: questions of the run, what it holds at breakpoints, and questions of stored runs (S13)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from gui.panel import Panel, PanelWidget
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.question_cards import Card, HeldCard, QuestionCard, StoredCard
from gui.widgets.empty_state import EmptyState
from gui.widgets.section_label import SectionLabel

K = TypeVar("K")
T = TypeVar("T")
C = TypeVar("C", bound=Card)


class Questions(PanelWidget):
    """Follows the run that is watched, and comes to the front when it begins to wait; below are the stored runs."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        super().__init__(around)
        self._studio = studio
        self.cards: dict[str, QuestionCard] = {}
        self.held: dict[str, HeldCard] = {}
        self.stored: dict[tuple[str, str], StoredCard] = {}
        page = QWidget()
        wear(page, role="page")
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 6, 12, 8)
        column.setSpacing(8)
        self._here, self._elsewhere = QVBoxLayout(), QVBoxLayout()
        self._heading = SectionLabel("Open in stored runs")
        column.addLayout(self._here)
        column.addWidget(self._heading)
        column.addLayout(self._elsewhere)
        column.addStretch(1)
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
        studio.session.run_ticked.connect(self._follow)
        studio.session.run_changed.connect(self._follow)
        studio.inbox.changed.connect(self._show_stored)

    def begin(self) -> None:
        """Shows what waits already."""
        self._show_stored()
        self._follow()

    def showEvent(self, event: object) -> None:
        self._studio.inbox.refresh()

    def let_go(self, *, step: bool) -> None:
        """Presses a button of the card that is held longest."""
        card = next((each for each in self.held.values() if each.isEnabled()), None)
        if card is not None:
            (card.step if step else card.go_on).click()

    def _follow(self, *_: object) -> None:
        session, waited = self._studio.session, bool(self.cards or self.held)
        held = _renew(self.held, session.held, self._here, lambda at, told: HeldCard(self._studio, at, told))
        questions = session.questions
        asked = _renew(self.cards, questions, self._here, lambda key, told: QuestionCard(self._studio, key, told))
        for card in self.cards.values():
            card.tick()
        if held or asked or waited:
            self._count()
        if (held or asked) and not waited:
            self._studio.window.show_panel("questions")

    def _show_stored(self) -> None:
        wanted = {(each.run, each.key): (each, title) for each, title in self._studio.inbox.questions}
        _renew(self.stored, wanted, self._elsewhere, lambda _, found: StoredCard(self._studio, *found))
        self._count()

    def _count(self) -> None:
        number = len(self.cards) + len(self.held) + len(self.stored)
        self._heading.setVisible(bool(self.stored))
        self._stack.setCurrentIndex(1 if number else 0)
        self.counted.emit(number, "text:waiting")


def _renew(cards: dict[K, C], wanted: Mapping[K, T], column: QVBoxLayout, make: Callable[[K, T], C]) -> bool:
    """Takes away the cards that are not wanted any more and makes those that are new. Says whether there are some."""
    gone = [key for key in cards if key not in wanted]
    for key in gone:
        card = cards.pop(key)
        column.removeWidget(card)
        card.hide()
        card.deleteLater()
    for card in cards.values() if gone else ():
        card.move_up()
    fresh = [key for key in wanted if key not in cards]
    for key in fresh:
        cards[key] = make(key, wanted[key])
        column.addWidget(cards[key])
    return bool(fresh)


def wakers(studio: Studio) -> tuple[SignalInstance, ...]:
    """A run, which may ask, and what was found in stored ones."""
    return studio.session.run_changed, studio.session.run_ticked, studio.inbox.changed


def tells(studio: Studio) -> bool:
    """Whether somebody asks."""
    return bool(studio.session.questions or studio.session.held or studio.inbox.questions)


PANEL = Panel("questions", "Questions", "bottom", 4, Questions, wakers, tells)
