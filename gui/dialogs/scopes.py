"""The list of a map's items, or of a loop's passes, to choose the one that the canvas shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint

from engine.run.places import part_name
from engine.run.view import PartView
from gui.session import Session
from gui.studio import Studio

if TYPE_CHECKING:
    from gui.dialogs.finder import Finder, Found

WIDTH = 320
WORDS = {"ok": "done"}
"""How an item or pass stands, in words, where that differs from its status."""
GLYPHS = {"interrupted": "cancelled"}
"""The glyph of a state of items that nodes do not have."""


def numbered(session: Session) -> str:
    """What the innermost container counts: `item` or `pass`."""
    return "pass" if session.around and session.around[-1].kind == "loop" else "item"


def scope_words(session: Session, number: int) -> str:
    """An item or pass by its number, as people count: `item 4`."""
    return part_name(session.around[-1].kind if session.around else "map", number)


def show_scopes(studio: Studio) -> Finder:
    """Opens the list over the top of the canvas."""
    from gui.dialogs.finder import Finder, Found

    session, canvas = studio.session, studio.canvas
    parts = session.scopes.parts(session.inside)
    things = [Found("follow what goes on", lambda: session.choose_scope(None), "", "", "play")]
    things += [_item(session, part) for _, part in sorted(parts.items())]
    finder = Finder(studio.window, studio.icons, f"Which {numbered(session)}?", things, WIDTH)
    finder.popup(canvas.mapToGlobal(QPoint(canvas.width() - finder.sizeHint().width(), -8)))
    return finder


def _item(session: Session, part: PartView) -> Found:
    from gui.dialogs.finder import Found

    glyph, words = GLYPHS.get(part.status, part.status), WORDS.get(part.status, part.status)
    hint = f"{words} · {part.label}" if part.label else words
    take = lambda: session.choose_scope(part.number)  # noqa: E731  (a method would have to store the number)
    return Found(scope_words(session, part.number), take, hint, "", glyph, f"state:{glyph}")
