"""Asks whether a graph may reach outside: all that it could do, literally, before any of it is done (trust.md T2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.base.visible import visible
from engine.kinds.contract import Capability
from engine.plan.capabilities import Capabilities
from engine.plan.trust import SHOWN, SHOWN_CODE, literal
from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_layout
from gui.widgets.scrolled import Scrolled

if TYPE_CHECKING:
    from gui.studio import Studio

RUN, TRUST, REHEARSE = "Trust and run", "Trust it", "Rehearse instead"
WORDS = {
    "command": ("tool", "Start a program", "Start a program"),
    "host": ("http", "Reach this address", "Reach this address"),
    "folder": ("folder", "Read files", "Write files"),
    "code": ("code", "Run this Python code", "Run this Python code"),
    "secret": ("key", "Use this secret", "Use this secret"),
    "file": ("files", "Use this file", "Change this file"),
    "graph": ("subgraph", "Run this graph", "Run this graph"),
    "tool": ("tool", "Use these tools of a tool server", "Use these tools of a tool server"),
    "agent": ("remote_agent", "Send data to this remote agent", "Send data to this remote agent"),
}
"""What a capability is -> its icon, and words for reading and for writing."""
LINES = 200


class TrustDialog(QDialog):
    """The question. `answer` is the words of the button pressed, "" when it was closed.

    Args:
        to_run: it stands before a run; else trust alone is asked for.
    """

    def __init__(self, studio: Studio, could: Capabilities, *, to_run: bool) -> None:
        super().__init__(studio.window)
        self._studio, self.answer = studio, ""
        self.buttons: list[QPushButton] = []
        self.setWindowTitle("Trust")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = dialog_layout(self, 8)
        column.addWidget(_label(f"“{studio.filing.name}” could reach outside Baton.", "heading"))
        text = (
            "Nothing of this was done yet. Trust it only if you know where the graph comes from and what each line is "
            "for. A rehearsal needs no trust: sample values stand in."
        )
        column.addWidget(_label(text, "muted"))
        column.addWidget(self._list(could), 1)
        if could.models:
            names = ", ".join(visible(name, SHOWN) for name in could.models)
            column.addWidget(_label(f"What it works on goes to these models: {names}.", "muted"))
        column.addLayout(self._row((RUN, REHEARSE, "Cancel") if to_run else (TRUST, "Cancel")))
        self.resize(studio.theme.px(620), min(studio.theme.px(640), self.sizeHint().height() + studio.theme.px(60)))

    def _list(self, could: Capabilities) -> QWidget:
        page = QWidget()
        wear(page, role="page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 4, 8, 4)
        column.setSpacing(10)
        for one in could.all:
            column.addWidget(self._card(one))
        column.addStretch(1)
        area = Scrolled(page)
        area.setMinimumHeight(min(self._studio.theme.px(320), page.sizeHint().height() + 4))
        return area

    def _card(self, one: Capability) -> QWidget:
        icon, reads, writes = WORDS[one.what]
        card = QWidget()
        column = QVBoxLayout(card)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(8)
        glyph = QLabel()
        glyph.setPixmap(self._studio.icons.pixmap(icon, 16, "state:retry" if one.writes else "muted"))
        head.addWidget(glyph)
        head.addWidget(_label(writes if one.writes else reads, "body"), 1)
        if one.writes:
            head.addWidget(_label("may change something", "warning"))
        column.addLayout(head)
        well = QFrame()
        wear(well, role="well")
        inside = QVBoxLayout(well)
        inside.setContentsMargins(9, 6, 9, 6)
        literal = _label(shown(one), "mono")
        literal.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        literal.setAccessibleName(f"{writes if one.writes else reads}: {shown(one)}")
        inside.addWidget(literal)
        column.addWidget(well)
        return card

    def _row(self, answers: tuple[str, ...]) -> QHBoxLayout:
        """No answer is the one that Enter gives: trust is never given by reflex."""
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for words in reversed(answers):
            button = QPushButton(words)
            button.setAutoDefault(False)
            wear(button, look="primary" if words in (RUN, TRUST) else "secondary")
            button.clicked.connect(lambda _=False, words=words: self._choose(words))
            row.addWidget(button)
            self.buttons.append(button)
        return row

    def _choose(self, words: str) -> None:
        self.answer = "" if words == "Cancel" else words
        self.accept()


def shown(one: Capability) -> str:
    """The literal thing; what does not show is escaped, line by line where it is code, and cut with its length."""
    if one.what != "code":
        return visible(literal(one), SHOWN)
    head = one.detail[:SHOWN_CODE].split("\n")
    lines = [visible(line, SHOWN) for line in head[:LINES]]
    if len(one.detail) > SHOWN_CODE or len(head) > LINES:
        lines.append(f"… ({len(one.detail):,} characters in all)")
    return "\n".join(lines)


def ask_trust(studio: Studio, could: Capabilities, then: Callable[[str], object], *, to_run: bool) -> TrustDialog:
    """Asks and returns at once; `then` gets the words of the answer, "" for none."""
    dialog = TrustDialog(studio, could, to_run=to_run)
    dialog.finished.connect(lambda _: then(dialog.answer))
    dialog.open()
    return dialog


def _label(words: str, role: str) -> QLabel:
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(role != "warning")
    wear(label, role=role)
    return label
