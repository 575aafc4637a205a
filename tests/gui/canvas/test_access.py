"""The canvas for those who do not see it, and what is left of a canvas that was closed: nothing."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication

from engine.graph import commands
from engine.kinds.registry import Kinds
from gui.canvas import access
from gui.canvas.view import Canvas
from gui.session import Session
from gui.theme.icons import Icons
from gui.theme.theme import Theme

from .conftest import Hand, chain

NAME, MORE = QAccessible.Text.Name, QAccessible.Text.Description


def test_a_screen_reader_hears_name_kind_state_and_neighbours(canvas: Canvas, session: Session, hand: Hand) -> None:
    access.listen()
    found = QAccessible.queryAccessibleInterface(canvas)
    assert found.text(NAME) == "Canvas"
    heard = {found.child(at).text(NAME): found.child(at).text(MORE) for at in range(found.childCount())}
    assert heard["Draft"] == "Agent, from Task, to Report"
    assert list(heard) == ["Task", "Draft", "Report", "Note"]
    session.commit(commands.set_aside(session.graph, ["draft"], "muted"), "Mute")
    session.select(["draft"])
    draft = found.child(1)
    assert draft.text(MORE).startswith("Agent, muted, ")
    assert draft.state().selected
    there = canvas.mapToGlobal(hand.at((300, 20)))
    assert draft.rect().contains(there)
    assert found.childAt(there.x(), there.y()) is draft
    session.commit(commands.remove(session.graph, ["draft"]), "Delete")
    assert found.childCount() == 3 and not draft.isValid()


@pytest.mark.slow
def test_nothing_is_left_of_a_hundred_canvases(qapp: QApplication, kinds: Kinds, theme: Theme) -> None:
    access.listen()
    seen = []
    for _ in range(100):
        session = Session(kinds)
        canvas = Canvas(session, theme, Icons(theme))
        session.show(chain())
        canvas.resize(600, 400)
        canvas.show()
        canvas.repaint()
        QAccessible.queryAccessibleInterface(canvas).child(0).text(NAME)
        session.close()
        canvas.close()
        canvas.deleteLater()
        seen.append((weakref.ref(canvas), weakref.ref(canvas.scene)))
        del canvas, session
        qapp.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    qapp.processEvents()
    gc.collect()
    assert [name for canvas, scene in seen for name, ref in (("canvas", canvas), ("scene", scene)) if ref()] == []
    assert not [timer for timer in qapp.findChildren(QTimer) if timer.isActive()]
