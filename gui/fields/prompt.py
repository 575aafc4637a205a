"""The field for prompts: `{{ names }}` stand out, and names are offered while one is typed."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QStringListModel, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QCompleter, QListView, QWidget

from engine.base.errors import NodeError
from engine.kinds.templates import names
from gui.field import Place
from gui.fixes import join_namesake
from gui.theme.theme import Theme
from gui.theme.wear import wear
from gui.views.growing_text import GrowingText
from gui.views.prompt_foot import PromptFoot
from gui.views.text_field import TextField

NAME = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
BEGUN = re.compile(r"\{\{?[^{}%]*\}?$")
OPEN = re.compile(r"\{\{\s*([A-Za-z0-9_]*)$")


class PromptField(TextField):
    """A text with placeholders. It is committed only while it can be read as a template."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.foot = PromptFoot(place)
        column = self.layout()
        assert column is not None
        column.setSpacing(3)
        column.addWidget(self.foot)
        self.area.textChanged.connect(lambda: self.foot.follow(self.area.toPlainText()))

    def make_area(self) -> GrowingText:
        made = PromptEdit(self.place)
        made.left.connect(self._changed)
        return made

    def unfinished(self) -> bool:
        """Whether a name is being typed at the cursor."""
        return self.area.hasFocus() and BEGUN.search(_before(self.area.textCursor())) is not None

    def value_of(self, text: str) -> Any:
        try:
            names(text)
        except NodeError as error:
            raise ValueError(str(error)) from None
        return text


class PromptEdit(GrowingText):
    """The editor itself.

    Signals: `left` when the keyboard goes elsewhere.
    """

    left = Signal()

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place
        self._scope: list[str] = []
        self._marks = _Marks(self.document(), place.studio.theme)
        self.offers = _Offers.of(place.studio.window)
        place.studio.theme.changed.connect(self._marks.rehighlight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        taking = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
        if self.offers.shown and event.key() in taking:
            event.ignore()
            return
        super().keyPressEvent(event)
        begun = OPEN.search(_before(self.textCursor()))
        if begun and not self._scope:  # asked for once a name, not once a key: it looks through the whole graph
            self._scope = self._place.names_in_scope()
        elif not begun:
            self._scope = []
        self.offers.offer(self, self._scope, begun.group(1) if begun else "")

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self.offers.hide()
            self.left.emit()

    def complete(self, name: str) -> None:
        """Puts a whole `{{ name }}` where one was begun, and wires its port to the node of that name."""
        cursor = self.textCursor()
        begun = OPEN.search(_before(cursor))
        if begun is None:
            return
        start = cursor.position() - len(begun.group(0))
        cursor.setPosition(start, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(f"{{{{ {name} }}}}")
        self.setTextCursor(cursor)
        join_namesake(self._place.studio.session, self._place.node, name)


def _before(cursor: QTextCursor) -> str:
    return cursor.block().text()[: cursor.positionInBlock()]


class _Offers(QCompleter):
    """The names to choose from: one list for a window, which outlives the forms that use it.

    A popup that is deleted with its form takes the keyboard from the window on some systems.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._list = QListView()
        self._names = QStringListModel(self)
        wear(self._list, role="completions")
        self.setPopup(self._list)
        self.setModel(self._names)
        self.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.activated.connect(self._take)

    @classmethod
    def of(cls, window: QWidget) -> _Offers:
        """The list of a window."""
        return window.findChild(_Offers) or cls(window)

    @property
    def shown(self) -> bool:
        return self._list.isVisible()

    def hide(self) -> None:
        """Takes the list away."""
        self._list.hide()

    def offer(self, editor: PromptEdit, names: list[str], begun: str) -> None:
        """Shows the names that begin so, at the cursor of an editor; none hides the list."""
        self._names.setStringList(names)
        self.setCompletionPrefix(begun)
        if not names or self.completionCount() == 0:
            self.hide()
            return
        if self.widget() is not editor:
            self.setWidget(editor)
        self._list.setCurrentIndex(self.completionModel().index(0, 0))
        box = editor.cursorRect()
        box.setWidth(self._list.sizeHintForColumn(0) + 40)
        self.complete(box)

    def _take(self, name: str) -> None:
        editor = self.widget()
        if isinstance(editor, PromptEdit):
            editor.complete(name)


class _Marks(QSyntaxHighlighter):
    """Tints placeholders as the design does."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme

    def highlightBlock(self, text: str) -> None:
        look = QTextCharFormat()
        tokens = self._theme.tokens
        look.setForeground(self._theme.colour("text:pinned"))
        look.setBackground(self._theme.colour(tokens.tint(tokens.accent, 0.2, tokens.ground)))
        look.setFontWeight(QFont.Weight.Medium)
        for found in NAME.finditer(text):
            self.setFormat(found.start(), found.end() - found.start(), look)


FIELDS = {"prompt": PromptField}
