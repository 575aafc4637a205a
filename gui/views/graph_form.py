"""What the inspector shows when nothing is selected: the graph's own name, words and limits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from engine.graph import commands
from engine.graph.records import GraphSettings
from gui.theme.wear import wear
from gui.views.field_head import FieldHead
from gui.views.growing_text import GrowingText
from gui.views.server_list import ServerList
from gui.widgets.number_field import Choice
from gui.widgets.plain_label import plain_label
from gui.widgets.scrolled import BAR

if TYPE_CHECKING:
    from gui.studio import Studio


class Setting(NamedTuple):
    """One of `GraphSettings` in words; what it can be: a value and its words, or a sort of number."""

    title: str
    help: str
    values: Mapping[str, str] | type[int] | type[float]


SETTINGS: Mapping[str, Setting] = {
    "on_failure": Setting(
        "When a node fails",
        "Holds for a failure that nothing in the graph handles: no error edge, no other answer, no retry left.",
        {"continue": "the rest goes on", "drain": "finish what runs", "fail_fast": "stop at once"},
    ),
    "budget_usd": Setting(
        "Budget, US dollars", "A call of a model that could lead beyond it is not sent. Empty: no limit.", float
    ),
    "budget_tokens": Setting(
        "Budget, tokens", "What is read and written counts alike; for models whose price nobody knows.", int
    ),
    "concurrency": Setting("Nodes at once", "The others wait for their turn, those inside maps and loops too.", int),
    "on_budget": Setting(
        "When the budget is spent",
        "Nothing is lost: what waits goes on once there is more, or with a model that costs less.",
        {"pause": "pause the run", "ask": "ask for more", "cheaper": "go on with a cheaper model"},
    ),
}


class GraphForm(QWidget):
    """Edits the head of the document; each burst of typing is one undo step."""

    def __init__(self, studio: Studio, around: QWidget) -> None:
        super().__init__(around)
        self._studio, self._session = studio, studio.session
        self.name, self.about = QLineEdit(self), GrowingText(3)
        self.heads: dict[str, FieldHead] = {}
        self.choices: dict[str, Choice] = {}
        self.numbers: dict[str, QLineEdit] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(18, 14, 18 - BAR, 16)
        self._column.setSpacing(4)
        self._column.addWidget(plain_label("This graph", "title", self))
        self._add("name", "Name", "What lists and tabs call it.", self.name)
        self._add("description", "Description", "For people, and for agents that are offered it as a tool.", self.about)
        for key, setting in SETTINGS.items():
            self._add(key, setting.title, setting.help, self._editor(key, setting))
        self.servers = ServerList(studio)
        self._add("", "Tool servers", "Programs and addresses whose tools the agents of this graph may call.",
                  self.servers)  # fmt: skip
        self._column.addSpacing(16)
        hint = plain_label("Select a node to set it up. Press Tab on the canvas to add one, ? for all keys.", "muted")
        hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._column.addWidget(hint, 1)
        self._connect()
        self._show()

    def _add(self, key: str, title: str, words: str, editor: QWidget) -> None:
        head = self.heads[key] = FieldHead(self._studio.icons, title, words, self)
        head.reset.hide()
        head.reset.clicked.connect(lambda: self._set(key, None))
        editor.setAccessibleName(title)
        editor.setAccessibleDescription(words)
        self._column.addSpacing(8)
        self._column.addWidget(head)
        self._column.addWidget(editor)

    def _editor(self, key: str, setting: Setting) -> QWidget:
        if isinstance(setting.values, type):
            line = self.numbers[key] = QLineEdit(self)
            default = getattr(GraphSettings(), key)
            line.setPlaceholderText("none" if default is None else f"{default:g}")
            line.textEdited.connect(self._number_typed(key, line, setting.values))
            return line
        choice = self.choices[key] = Choice(self)
        for value, told in setting.values.items():
            choice.addItem(told, value)
        choice.activated.connect(lambda index: self._set(key, choice.itemData(index)))
        return choice

    def _connect(self) -> None:
        session = self._session
        session.replaced.connect(self._show)
        session.edited.connect(lambda difference, _: self._show() if difference.keys("head") else None)
        self.name.setPlaceholderText("Untitled")
        self.name.textEdited.connect(lambda text: self._put("name", text.strip()))
        self.about.textChanged.connect(lambda: self._put("description", self.about.toPlainText()))

    def _show(self) -> None:
        graph, usual = self._session.whole, GraphSettings()
        if self.name.text().strip() != graph.name:
            self.name.setText(graph.name)
        if self.about.toPlainText() != graph.description:
            self.about.blockSignals(True)
            self.about.setPlainText(graph.description)
            self.about.blockSignals(False)
            self.about.fit()
        for key in SETTINGS:
            value, default = getattr(graph.settings, key), getattr(usual, key)
            self.heads[key].reset.setVisible(value != default)
            if key in self.choices:
                self.choices[key].setCurrentIndex(max(0, self.choices[key].findData(value)))
            elif not self.numbers[key].hasFocus():
                self._mark(self.numbers[key], wrong=False)
                self.numbers[key].setText("" if value in (None, default) else _written(value))

    def _number_typed(self, key: str, line: QLineEdit, read: type[int] | type[float]) -> Callable[[str], None]:
        def typed(text: str) -> None:
            try:
                value = read(text) if text.strip() else None
            except ValueError:
                value = -1
            wrong = value is not None and not 0 < value < float("inf")
            self._mark(line, wrong=wrong)
            if not wrong:
                self._set(key, value)

        return typed

    def _mark(self, line: QLineEdit, *, wrong: bool) -> None:
        wear(line, invalid=wrong)
        line.setToolTip("A number above zero is expected." if wrong else "")

    def _set(self, key: str, value: Any) -> None:
        """Puts a setting into the document; None is its default."""
        given = self._session.whole.head.get("settings")
        settings = {**(given if isinstance(given, dict) else {}), key: value}
        self._put("settings", {name: each for name, each in settings.items() if each is not None}, key)

    def _put(self, key: str, value: Any, part: str = "") -> None:
        if self._session.whole.head.get(key, "") != value:
            after = commands.set_head(self._session.whole, key, value)
            self._session.commit(after, f"Edit the graph’s {part or key}".replace("_", " "), f"head:{key}:{part}")


def _written(value: Any) -> str:
    """A number as people write it; what is none (check says so) as it stands in the file."""
    return f"{value:.12g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
