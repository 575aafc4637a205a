"""One tool of a server as it is: what it does, takes and changes, what hides in it, and what has changed (T4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout

from engine.base.visible import escaped, visible
from gui.theme.theme import Theme
from gui.theme.wear import wear
from gui.views.difference import DifferenceView
from gui.widgets.pill import Pill
from gui.widgets.plain_label import plain_label

if TYPE_CHECKING:
    from engine.tools.mcp.pins import Judged

SHOWN: Final = 1_200
"""Characters of a description that a card shows; how many there are is told."""
STATES: Final = {
    "changed": "blocked: it is described otherwise than when it was accepted",
    "added": "blocked: it was not there when the tools were accepted",
    "gone": "the server does not offer it any more",
}
MOST_ARGUMENTS: Final = 12
_LONG: Final = re.compile(r"\S{72}(?=\S)")


class ToolCard(QFrame):
    """A card. Its text is plain, and what does not show in it is written out."""

    def __init__(self, theme: Theme, tool: Judged) -> None:
        super().__init__()
        from engine.tools.mcp.definitions import notes

        wear(self, role="card")
        definition = tool.definition
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 9, 12, 10)
        column.setSpacing(5)
        head = QHBoxLayout()
        head.setSpacing(8)
        name = label(visible(definition.name, 128), "mono")
        head.addWidget(name, 1)
        reads = definition.reads
        head.addWidget(Pill(theme, "reads" if reads else "writes", "" if reads else "state:retry"))
        column.addLayout(head)
        if text := escaped(definition.description[:SHOWN]).strip():
            more = len(definition.description) - SHOWN
            column.addWidget(label(text + (f"… ({more:,} characters more)" if more > 0 else ""), "muted"))
        if takes := arguments(definition.parameters):
            column.addWidget(label(takes, "faint"))
        for note in notes(definition):
            column.addWidget(label(note[:1].upper() + note[1:] + ".", "warning"))
        why = f"not offered: {tool.why}" if tool.state == "refused" else STATES.get(tool.state, "")
        if why:
            column.addWidget(label(why[:1].upper() + why[1:] + ".", "error"))
        if tool.why and tool.state in STATES:
            column.addWidget(DifferenceView(theme, tool.why, f"What has changed in {name.text()}"))
        self.setAccessibleName(f"{name.text()}, {'reads' if reads else 'writes'}. {why}".strip())


def arguments(schema: Mapping[str, Any]) -> str:
    """What a tool takes, on a line: `text: string, count: integer (needed)`."""
    found = schema.get("properties")
    properties = found if isinstance(found, Mapping) else {}
    needed = schema.get("required")
    words = []
    for name, each in list(properties.items())[:MOST_ARGUMENTS]:
        kind = each.get("type") if isinstance(each, Mapping) else ""
        sort = f": {visible(str(kind), 40)}" if kind else ""
        must = " (needed)" if isinstance(needed, list) and name in needed else ""
        words.append(f"{visible(str(name), 60)}{sort}{must}")
    more = len(properties) - MOST_ARGUMENTS
    return ("Takes " + ", ".join(words) + (f" and {more} more" if more > 0 else "")) if words else ""


def label(words: str, role: str) -> QLabel:
    """Plain words that wrap; a word that is too long for any line is broken."""
    made = plain_label(_LONG.sub(r"\g<0>\n", words), role)
    made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return made
