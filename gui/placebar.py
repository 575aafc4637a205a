"""The strip over the canvas while one is inside a container: where one is, the way up, which item of a run is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QToolButton, QWidget

from gui.dialogs.scopes import GLYPHS, scope_words, show_scopes
from gui.theme.wear import wear
from gui.widgets.drop_button import DropButton
from gui.widgets.elided_label import ElidedLabel

if TYPE_CHECKING:
    from gui.studio import Studio

HINTS = {"map": "once for each item", "loop": "pass after pass", "subgraph": "as one node"}


class PlaceBar(QWidget):
    """Hidden at the top of the document."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        wear(self, ground="top")
        self.up = self._tool("chevron_up", "Go up (Ctrl+Up, Escape)")
        self.title, self.note = ElidedLabel("", "title"), ElidedLabel("", "muted")
        self.title.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.open = QPushButton("Open the file")
        wear(self.open, look="bar")
        self.before, self.after = self._tool("chevron_left", "The one before"), self._tool("chevron_right", "The next")
        self.choice = DropButton(studio.icons, "")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 12, 4)
        row.setSpacing(6)
        for part, stretch in ((self.up, 0), (self.title, 0), (self.note, 1), (self.open, 0), (self.before, 0),
                              (self.choice, 0), (self.after, 0)):  # fmt: skip
            row.addWidget(part, stretch)
        self._connect()
        self.hide()

    def _tool(self, icon: str, words: str) -> QToolButton:
        made = QToolButton()
        self._studio.icons.dress(made, icon, size=16)
        made.setToolTip(words)
        made.setAccessibleName(words)
        return made

    def _connect(self) -> None:
        session, studio = self._studio.session, self._studio
        for signal in (session.entered, session.replaced, session.saved_changed):
            signal.connect(self._show)
        for signal in (session.run_changed, session.run_ticked, session.scope_changed):
            signal.connect(self._show_scope)
        self.up.clicked.connect(session.go_up)
        self.open.clicked.connect(self._open)
        self.choice.clicked.connect(lambda: show_scopes(studio))
        self.before.clicked.connect(lambda: self._step(-1))
        self.after.clicked.connect(lambda: self._step(1))

    def _show(self) -> None:
        session = self._studio.session
        self.setVisible(bool(session.inside))
        if not session.inside:
            return
        self.title.set_text(session.around[-1].name)
        self.title.setFixedWidth(min(self._studio.theme.px(280), self.title.sizeHint().width() + 4))
        hint = HINTS.get(session.around[-1].kind, "")
        self.note.set_text(f"stands in {session.file.name}, to be looked at only" if session.file else hint)
        self.open.setVisible(session.file is not None)
        self._show_scope()

    def _show_scope(self, *_: object) -> None:
        session = self._studio.session
        parts = session.scopes.parts(session.inside) if session.inside else {}
        for each in (self.before, self.choice, self.after):
            each.setVisible(bool(parts))
        number = session.scopes.present(session.inside) if parts else None
        if number is None:
            return
        view, key = session.run_view, session.scopes.key(session.inside)
        total = max(len(parts), view.nodes[key].total if view is not None and key in view.nodes else 0)
        words = f"{scope_words(session, number)} of {total}"
        if self.choice.text() != words:
            self.choice.setText(words)
        glyph = GLYPHS.get(parts[number].status, parts[number].status)
        self.choice.setIcon(self._studio.icons.icon(glyph, f"state:{glyph}", 14))
        self.before.setEnabled(self._next(-1) is not None)
        self.after.setEnabled(self._next(1) is not None)

    def _next(self, step: int) -> int | None:
        """The number before or after the present one, of those that were opened."""
        scopes, inside = self._studio.session.scopes, self._studio.session.inside
        numbers, present = sorted(scopes.parts(inside)), scopes.present(inside)
        at = numbers.index(present) + step if present in numbers else -1
        return numbers[at] if 0 <= at < len(numbers) else None

    def _step(self, step: int) -> None:
        number = self._next(step)
        if number is not None:
            self._studio.session.choose_scope(number)

    def _open(self) -> None:
        """The file in a window of its own, where it can be edited."""
        file = self._studio.session.file
        other = self._studio.open_window() if file else None
        if other is not None and file is not None:
            other.filing.load(file)
