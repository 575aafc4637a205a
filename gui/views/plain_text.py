"""Text from models and tools, shown as it is: never as HTML, no links followed, nothing loaded (trust.md T7)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from gui.theme.icons import Icons
from gui.theme.wear import wear
from gui.views.growing_text import GrowingText
from gui.widgets.file_dialog import file_dialog

PAGE = 200_000
"""Characters shown of one text at a time; the buttons take all of it."""
LINE = 4_000
"""Characters after which a line is broken for showing: nothing lays out a line of a megabyte quickly."""


class TakenPicture(NamedTuple):
    """A picture that is shown: the bytes of its file, and what they are."""

    data: bytes
    image: QImage


class TextHead(QWidget):
    """A title with the buttons that copy and save what stands below it.

    Args:
        take: gives what is copied and saved, unless there is a `picture`.
        suffix: of the file that is proposed.
    """

    def __init__(self, icons: Icons, title: str, take: Callable[[], str], suffix: str = ".txt") -> None:
        super().__init__()
        self._icons, self._take, self.suffix = icons, take, suffix
        self.picture: TakenPicture | None = None
        self.title = QLabel(title)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        wear(self.title, role="field")
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(2)
        self.row.addWidget(self.title, 1)
        self.copy = self._button(icons, "copy", "Copy", self._copied)
        self.save = self._button(icons, "save", "Save as a file…", self.ask_save)

    def ask_save(self) -> None:
        """Lets the person choose where to save."""
        title = self.title.text()
        name = f"{title.partition(' ')[0].lower() or 'text'}{self.suffix}"
        dialog = file_dialog(self.window(), self._icons, f"Save {title}", _beside_graph(self), save_as=name)
        dialog.fileSelected.connect(self.write)
        dialog.open()

    def write(self, path: str) -> None:
        """Saves to a file; says in the title what went wrong."""
        try:
            Path(path).write_bytes(self.picture.data if self.picture else self._take().encode("utf-8", "replace"))
        except OSError as error:
            self.title.setText(f"{self.title.text()} · not saved: {error.strerror}")

    def _copied(self) -> None:
        if self.picture:
            QGuiApplication.clipboard().setImage(self.picture.image)
        else:
            QGuiApplication.clipboard().setText(self._take())

    def _button(self, icons: Icons, icon: str, words: str, do: Callable[[], None]) -> QToolButton:
        made = QToolButton()
        made.setIcon(icons.icon(icon, "muted", 14))
        made.setToolTip(words)
        made.setAccessibleName(f"{words.rstrip('…')} {self.title.text()}")
        made.clicked.connect(do)
        self.row.addWidget(made)
        return made


class PlainText(QWidget):
    """A titled block of text with buttons that copy and save it; a long text is shown page by page."""

    def __init__(self, icons: Icons, title: str, text: str = "", *, lines: int = 0) -> None:
        super().__init__()
        self._text, self._shown, self._page = "", "", 0
        self._lines = lines
        self.head = TextHead(icons, title, lambda: self._text)
        self.title, self.copy = self.head.title, self.head.copy
        self.area = GrowingText(1, lines) if lines else QPlainTextEdit()
        self.area.setReadOnly(True)
        self.area.setUndoRedoEnabled(False)
        self.area.setAccessibleName(title)
        self.before, self.where, self.after = QToolButton(), QLabel(), QToolButton()
        self._pager = self._page_row(icons)
        if lines:  # as tall as its text, wherever it stands
            self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for part, stretch in ((self.head, 0), (self._pager, 0), (self.area, 1)):
            column.addWidget(part, stretch)
        self.set_text(text)

    @property
    def text(self) -> str:
        return self._text

    @property
    def pages(self) -> int:
        """How many pages the text has."""
        return max(1, -(-len(self._text) // PAGE))

    def set_text(self, text: str) -> None:
        """Shows a text; more of the same is appended, so that a stream does not jump."""
        if text == self._text:
            return
        grows = bool(self._text) and len(text) <= PAGE and text.startswith(self._text)
        self._text = text
        self._page = min(self._page, self.pages - 1) if grows else 0
        self._show()

    def go_to(self, page: int) -> None:
        """Shows another page, counted from 0."""
        self._page = max(0, min(page, self.pages - 1))
        self._show()

    def _show(self) -> None:
        bar = self.area.verticalScrollBar()
        follows = bool(self._shown) and bar.value() >= bar.maximum() - 4
        page = broken(self._text[self._page * PAGE : (self._page + 1) * PAGE])
        if self._shown and page.startswith(self._shown):
            cursor = self.area.textCursor()
            cursor.movePosition(cursor.MoveOperation.End)
            cursor.insertText(page[len(self._shown) :])
        else:
            self.area.setPlainText(page)
            follows = False
        self._shown = page
        self._pager.setVisible(self.pages > 1)
        self.where.setText(f"part {self._page + 1} of {self.pages} · {len(self._text):,} characters")
        self.before.setEnabled(self._page > 0)
        self.after.setEnabled(self._page + 1 < self.pages)
        if follows:
            bar.setValue(bar.maximum())

    def _page_row(self, icons: Icons) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        wear(self.where, role="muted")
        for button, icon, words, step in ((self.before, "chevron_left", "The part before", -1),
                                          (self.after, "chevron_right", "The next part", 1)):  # fmt: skip
            button.setIcon(icons.icon(icon, "muted", 14))
            button.setToolTip(words)
            button.setAccessibleName(words)
            button.clicked.connect(lambda _=False, step=step: self.go_to(self._page + step))
        for part, stretch in ((self.before, 0), (self.where, 1), (self.after, 0)):
            row.addWidget(part, stretch)
        return made

    def sizeHint(self) -> QSize:
        return QSize(200, super().sizeHint().height() if self._lines else 120)


def _beside_graph(widget: QWidget) -> Path:
    """The folder of the graph in whose window a widget stands; the person's own where it stands in no file yet."""
    around: QWidget | None = widget
    while around is not None and not around.windowFilePath():
        around = around.parentWidget()
    return Path(around.windowFilePath()).parent if around is not None else Path.home()


def broken(text: str) -> str:
    """A text whose very long lines are broken; what is copied and saved is the text itself."""
    if len(text) <= LINE:
        return text
    lines = text.split("\n")
    if max(map(len, lines)) <= LINE:
        return text
    return "\n".join("\n".join(line[at : at + LINE] for at in range(0, max(1, len(line)), LINE)) for line in lines)
