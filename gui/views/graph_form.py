"""What the inspector shows when nothing is selected: the graph's own name, words and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QVBoxLayout, QWidget

from engine.graph import commands
from gui.theme.wear import wear
from gui.views.growing_text import GrowingText
from gui.views.server_list import ServerList
from gui.widgets.number_field import Choice

if TYPE_CHECKING:
    from gui.studio import Studio

POLICIES = {"continue": "the rest goes on", "drain": "finish what runs", "fail_fast": "stop at once"}
AT_BUDGET = {"pause": "pause the run", "ask": "ask for more", "cheaper": "go on with a cheaper model"}
NUMBERS = {
    "budget_usd": ("Budget, US dollars", float),
    "budget_tokens": ("Budget, tokens", int),
    "concurrency": ("Nodes at once", int),
}


class GraphForm(QWidget):
    """Edits the head of the document; each burst of typing is one undo step."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._session = studio.session
        self._theme = studio.theme
        self.name, self.about = QLineEdit(), GrowingText(3)
        self.policy, self.at_budget = _choice(POLICIES), _choice(AT_BUDGET)
        self.numbers = {key: QLineEdit() for key in NUMBERS}
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 16)
        column.setSpacing(4)
        title = QLabel("This graph")
        wear(title, role="title")
        column.addWidget(title)
        for words, editor in (
            ("Name", self.name), ("Description", self.about), ("When a node fails", self.policy),
            *((NUMBERS[key][0], line) for key, line in self.numbers.items()),
            ("When the budget is spent", self.at_budget),
        ):  # fmt: skip
            label = QLabel(words)
            wear(label, role="field")
            editor.setAccessibleName(words)
            column.addSpacing(8)
            column.addWidget(label)
            column.addWidget(editor)
        heading = QLabel("Tool servers")
        wear(heading, role="field")
        self.servers = ServerList(studio)
        column.addSpacing(8)
        column.addWidget(heading)
        column.addWidget(self.servers)
        column.addSpacing(16)
        hint = QLabel("Select a node to set it up. Press Tab on the canvas to add one, ? for all keys.")
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        wear(hint, role="muted")
        column.addWidget(hint, 1)
        self._connect()
        self._show()

    def _connect(self) -> None:
        session = self._session
        session.replaced.connect(self._show)
        session.edited.connect(lambda difference, _: self._show() if difference.keys("head") else None)
        self.name.textEdited.connect(lambda text: self._put("name", text.strip()))
        self.about.textChanged.connect(self._about_typed)
        self.policy.activated.connect(lambda index: self._set("on_failure", self.policy.itemData(index)))
        self.at_budget.activated.connect(lambda index: self._set("on_budget", self.at_budget.itemData(index)))
        for key, line in self.numbers.items():
            line.textEdited.connect(self._number_typed(key, line))

    def _show(self) -> None:
        graph = self._session.whole
        if self.name.text().strip() != graph.name:
            self.name.setText(graph.name)
        self.name.setPlaceholderText("Untitled")
        if self.about.toPlainText() != graph.description:
            self.about.blockSignals(True)
            self.about.setPlainText(graph.description)
            self.about.blockSignals(False)
            self.about.fit()
        self.policy.setCurrentIndex(max(0, self.policy.findData(graph.settings.on_failure)))
        self.at_budget.setCurrentIndex(max(0, self.at_budget.findData(graph.settings.on_budget)))
        for key, line in self.numbers.items():
            value = getattr(graph.settings, key)
            text = "" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)
            if not line.hasFocus():
                line.setText(text)
            line.setPlaceholderText("none")

    def _about_typed(self) -> None:
        self._put("description", self.about.toPlainText())

    def _number_typed(self, key: str, line: QLineEdit) -> Callable[[str], None]:
        def typed(text: str) -> None:
            try:
                value = NUMBERS[key][1](text) if text.strip() else None
            except ValueError:
                value = -1
            wrong = value is not None and value <= 0
            wear(line, invalid=wrong)
            line.setToolTip("A number above zero is expected." if wrong else "")
            if not wrong:
                self._set(key, value)

        return typed

    def _set(self, key: str, value: Any) -> None:
        given = self._session.whole.head.get("settings")
        settings = {**(given if isinstance(given, dict) else {}), key: value}
        self._put("settings", {name: each for name, each in settings.items() if each is not None}, key)

    def _put(self, key: str, value: Any, part: str = "") -> None:
        if self._session.whole.head.get(key, "") != value:
            after = commands.set_head(self._session.whole, key, value)
            self._session.commit(after, f"Edit the graph’s {part or key}".replace("_", " "), f"head:{key}:{part}")


def _choice(words: Mapping[str, str]) -> Choice:
    """A list of values, each by its words."""
    made = Choice()
    for value, told in words.items():
        made.addItem(told, value)
    return made
