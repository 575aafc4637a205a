"""The field for code: monospace, coloured, Enter keeps the indent and Tab makes one."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QKeyEvent, QSyntaxHighlighter, QTextCharFormat, QTextCursor, QTextDocument
from PySide6.QtWidgets import QPlainTextEdit

from gui.field import Place
from gui.theme.theme import Theme
from gui.views.growing_text import GrowingText
from gui.views.text_field import TextField

INDENT = "    "
PARTS = re.compile(
    r"(?P<comment>#.*)"
    r"|(?P<text>[rbfuRBFU]{0,2}(?:\"\"\".*?(?:\"\"\"|$)|'''.*?(?:'''|$)|\"(?:\\.|[^\"\\])*\"?|'(?:\\.|[^'\\])*'?))"
    r"|(?P<defined>(?<=\bdef\s)\w+|(?<=\bclass\s)\w+)"
    r"|(?P<number>\b\d[\w.]*\b)"
    r"|(?P<word>[^\W\d]\w*)"
)
BUILT_IN = frozenset(name for name in dir(builtins) if not name.startswith("_"))
COLOURS = {
    "comment": "faint", "text": "text:ok", "defined": "text:running", "number": "text:retry",
    "keyword": "text:waiting", "builtin": "text:pinned",
}  # fmt: skip
"""What a piece of code is -> the theme's role for it."""


class CodeField(TextField):
    """Python."""

    mono: ClassVar[bool] = True

    def make_area(self) -> GrowingText:
        return CodeEdit(self.place)


class CodeEdit(GrowingText):
    """The editor itself. Lines do not wrap; Shift+Tab takes an indent away, Escape leaves for the canvas."""

    def __init__(self, place: Place) -> None:
        super().__init__(6, 28)
        self._studio = place.studio
        self.setTabChangesFocus(False)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setProperty("code", True)
        self._colours = Colours(self.document(), place.studio.theme)
        place.studio.theme.changed.connect(self._colours.rehighlight)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, cursor = event.key(), self.textCursor()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            cursor.insertText("\n" + _next_indent(cursor.block().text()[: cursor.positionInBlock()]))
        elif key == Qt.Key.Key_Tab:
            self._shift(cursor, out=False)
        elif key == Qt.Key.Key_Backtab:
            self._shift(cursor, out=True)
        elif key == Qt.Key.Key_Escape:
            self._studio.canvas.setFocus()
        elif key == Qt.Key.Key_Backspace and _only_indent(cursor):
            for _ in range((cursor.positionInBlock() - 1) % len(INDENT) + 1):
                cursor.deletePreviousChar()
        else:
            super().keyPressEvent(event)
            return
        self.ensureCursorVisible()

    def _shift(self, cursor: QTextCursor, *, out: bool) -> None:
        """Moves the selected lines by one indent; without a selection Tab makes room at the cursor."""
        if not cursor.hasSelection() and not out:
            cursor.insertText(INDENT[cursor.positionInBlock() % len(INDENT) :])
            return
        document = self.document()
        first = document.findBlock(cursor.selectionStart()).blockNumber()
        last = document.findBlock(max(cursor.selectionStart(), cursor.selectionEnd() - 1)).blockNumber()
        cursor.beginEditBlock()
        for number in range(first, last + 1):
            block = document.findBlockByNumber(number)
            line = QTextCursor(block)
            if not out:
                line.insertText(INDENT)
                continue
            for _ in range(min(len(INDENT), len(block.text()) - len(block.text().lstrip(" ")))):
                line.deleteChar()
        cursor.endEditBlock()


class Colours(QSyntaxHighlighter):
    """Colours Python as one reads it: by what a piece is."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        super().__init__(document)
        self._theme = theme

    def highlightBlock(self, text: str) -> None:
        for found in PARTS.finditer(text):
            what = kind_of(found.lastgroup or "", found.group())
            if what:
                look = QTextCharFormat()
                look.setForeground(self._theme.colour(COLOURS[what]))
                look.setFontWeight(QFont.Weight.Medium if what == "defined" else QFont.Weight.Normal)
                self.setFormat(found.start(), found.end() - found.start(), look)


def kind_of(group: str, word: str) -> str:
    """Which colour a piece has: a key of `COLOURS`, or "" for none."""
    if group != "word":
        return group
    return "keyword" if keyword.iskeyword(word) else "builtin" if word in BUILT_IN else ""


def _next_indent(line: str) -> str:
    """The indent of the line after this one: deeper behind a colon, less behind a return."""
    indent, words = line[: len(line) - len(line.lstrip(" "))], line.strip()
    if words.endswith(":"):
        return indent + INDENT
    leaves = words.split(" ", 1)[0] in ("return", "raise", "pass", "break", "continue")
    return indent.removesuffix(INDENT) if leaves else indent


def _only_indent(cursor: QTextCursor) -> bool:
    before = cursor.block().text()[: cursor.positionInBlock()]
    return bool(before) and not before.strip(" ") and not cursor.hasSelection()


FIELDS = {"code": CodeField}
