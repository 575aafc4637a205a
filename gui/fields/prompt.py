"""The field for prompts: `{{ names }}` stand out, and names are offered while one is typed."""

from __future__ import annotations

import re
from typing import Any

from PySide6.QtCore import QStringListModel, Qt
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QCompleter, QListView

from engine.base.errors import NodeError
from engine.kinds.templates import names
from gui.field import Place
from gui.theme.theme import Theme
from gui.views.growing_text import GrowingText
from gui.views.text_field import TextField

NAME = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
OPEN = re.compile(r"\{\{\s*([A-Za-z0-9_]*)$")


class PromptField(TextField):
    """A text with placeholders. It is committed only while it can be read as a template."""

    def make_area(self) -> GrowingText:
        return PromptEdit(self.place)

    def value_of(self, text: str) -> Any:
        try:
            names(text)
        except NodeError as error:
            raise ValueError(f"{error.message} {error.hint}".strip()) from None
        return text


class PromptEdit(GrowingText):
    """The editor itself."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place
        self._marks = _Marks(self.document(), place.studio.theme)
        self.completer = QCompleter(self)
        self.completer.setWidget(self)
        self.completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.completer.activated.connect(self.complete)
        self._offers = QListView()
        self.completer.setPopup(self._offers)
        place.studio.theme.changed.connect(self._marks.rehighlight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        popup = self._offers
        taking = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab)
        if popup.isVisible() and event.key() in taking:
            event.ignore()
            return
        super().keyPressEvent(event)
        self._offer()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._offers.hide()

    def complete(self, name: str) -> None:
        """Puts a whole `{{ name }}` where one was begun."""
        cursor = self.textCursor()
        begun = OPEN.search(self._before(cursor))
        if begun is None:
            return
        start = cursor.position() - len(begun.group(0))
        cursor.setPosition(start, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(f"{{{{ {name} }}}}")
        self.setTextCursor(cursor)

    def _offer(self) -> None:
        begun = OPEN.search(self._before(self.textCursor()))
        popup = self._offers
        offered = self._place.names_in_scope() if begun else []
        if begun is None or not offered:
            popup.hide()
            return
        self.completer.setModel(QStringListModel(offered, self.completer))
        self.completer.setCompletionPrefix(begun.group(1))
        if self.completer.completionCount() == 0:
            popup.hide()
            return
        popup.setCurrentIndex(self.completer.completionModel().index(0, 0))
        box = self.cursorRect()
        box.setWidth(popup.sizeHintForColumn(0) + 40)
        self.completer.complete(box)

    @staticmethod
    def _before(cursor: QTextCursor) -> str:
        return cursor.block().text()[: cursor.positionInBlock()]


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
