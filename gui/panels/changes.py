"""What differs between two versions, or what two people changed differently and somebody has to choose."""

from __future__ import annotations

from PySide6.QtCore import Qt, SignalInstance
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from engine.files.text import one_line
from engine.graph.conflicts import ABSENT, Conflict, Side, conflicts_of
from gui.bridge.changed import STATES, How, counted, node_marks
from gui.changes import choose
from gui.panel import Panel
from gui.studio import Studio
from gui.theme.wear import wear
from gui.views.row_panel import RowPanel, node_link
from gui.widgets.plain_label import plain_label

MOST = 200
SHOWN = 400
"""Characters of a value that a row shows."""


class Changes(RowPanel):
    """Follows the document and what is compared in the window."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        text = "Keep a version under File > Versions and compare with it later; what a merge left open is chosen here."
        super().__init__(studio, around, "history", "Nothing changed", text)
        self.rows: list[QWidget] = []
        self._seen: tuple[object, ...] = ()
        studio.session.comparison_changed.connect(self.begin)
        studio.session.replaced.connect(self.begin)
        studio.session.edited.connect(lambda *_: self.begin())

    def begin(self) -> None:
        """Shows what differs now."""
        session = self._studio.session
        changes, conflicts = session.changes, conflicts_of(session.whole)
        if (changes, conflicts) == self._seen:
            return
        self._seen = changes, conflicts
        self.rows = [ConflictRow(self._studio, each) for each in conflicts[:MOST]]
        self.head.setText("Two people changed these differently. Choose whose stays." if conflicts else "")
        if changes is not None and not conflicts:
            marks = node_marks(changes)
            self.rows = [ChangeRow(self._studio, key, mark.how, mark.words) for key, mark in [*marks.items()][:MOST]]
            self.head.setText(f"{counted(changes).capitalize()}.")
        self.list.fill(self.rows, anything=bool(conflicts or changes))
        self.counted.emit(len(self.rows), "text:retry")


class ConflictRow(QFrame):
    """One conflict: where it is, both values, a button for each."""

    def __init__(self, studio: Studio, conflict: Conflict) -> None:
        super().__init__()
        self.buttons: dict[Side, QPushButton] = {}
        where = QPushButton(f"{conflict.node}: {conflict.what}" if conflict.node else conflict.what)
        wear(where, look="link")
        where.clicked.connect(lambda: studio.session.show_node(conflict.node) if conflict.node else None)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 4, 4)
        column.setSpacing(2)
        column.addWidget(where, 0, Qt.AlignmentFlag.AlignLeft)
        sides: tuple[Side, Side] = ("ours", "theirs")
        for side in sides:
            row = QHBoxLayout()
            row.setSpacing(10)
            button = self.buttons[side] = QPushButton(side.capitalize())
            wear(button, look="primary" if conflict.chosen == side else "secondary")
            button.setMinimumWidth(studio.theme.px(72))
            button.setAccessibleName(f"{side.capitalize()} for {where.text()}: {_shown(conflict.value(side))}")
            button.clicked.connect(lambda _=False, side=side: choose(studio, conflict, side))
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(plain_label(_shown(conflict.value(side)), "mono"), 1)
            column.addLayout(row)
        self.setAccessibleName(conflict.sentence())


class ChangeRow(QFrame):
    """One node that is other than in the older version."""

    def __init__(self, studio: Studio, node: str, how: How, words: str) -> None:
        super().__init__()
        self.where = node_link(studio, node)
        glyph = QLabel()
        icon = {"added": "add", "removed": "minus", "changed": "retry"}[how]
        glyph.setPixmap(studio.icons.pixmap(icon, 16, f"state:{STATES[how]}"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 4, 2)
        row.setSpacing(10)
        row.addWidget(glyph)
        row.addWidget(self.where)
        row.addWidget(plain_label(f"{how}: {words}" if words else how, "muted"), 1)
        self.setAccessibleName(f"{self.where.text()} {how}")


def _shown(value: object) -> str:
    if value is ABSENT:
        return "removed"
    text = value if isinstance(value, str) else one_line(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def wakers(studio: Studio) -> tuple[SignalInstance, ...]:
    """Versions that are compared, and the document: a merge may have left something open in it."""
    return studio.session.comparison_changed, studio.session.replaced, studio.session.edited


def tells(studio: Studio) -> bool:
    """Whether versions are compared, or a merge left something open."""
    return studio.session.changes is not None or bool(conflicts_of(studio.session.whole))


PANEL = Panel("changes", "Changes", "bottom", 6, Changes, wakers, tells)
