"""Frames, notes and bends under a real mouse: moved, resized, written on, bent; each release is one undo step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from engine.graph import commands, marks
from gui.canvas.marks import LEAST, Grip
from gui.canvas.view import Canvas
from gui.canvas.writing import Writing
from gui.session import Session

from .conftest import Hand

SECOND = "draft.text->report.value"
ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def framed(session: Session) -> Session:
    """A frame around the node `note`, and a note inside it."""
    graph, _ = marks.add_frame(session.graph, (200.0, 176.0, 320.0, 240.0), "Letters")
    graph, _ = marks.add_note(graph, (210.0, 340.0, 120.0, 64.0), "Mind the tone")
    session.commit(graph, "Prepare")
    return session


def double_click(canvas: Canvas, hand: Hand, at: tuple[float, float]) -> None:
    QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, hand.at(at))


def test_a_frame_takes_along_what_stands_in_it(framed: Session, hand: Hand) -> None:
    hand.drag((300, 190), (380, 230))
    graph = framed.graph
    assert graph.frames["frame"].rect[:2] == (280.0, 216.0)
    assert graph.notes["note"].rect[:2] == (290.0, 380.0)
    assert graph.places["note"] == (320.0, 280.0)
    assert graph.places["draft"] == (240.0, 0.0)
    framed.undo()
    assert (graph.frames, framed.graph.frames["frame"].rect[0]) != ({}, 280.0)


def test_with_alt_a_frame_goes_alone(framed: Session, hand: Hand) -> None:
    hand.drag((300, 190), (380, 230), keys=ALT)
    assert framed.graph.frames["frame"].rect[:2] == (280.0, 216.0)
    assert framed.graph.places["note"] == (240.0, 240.0)


def test_escape_takes_a_dragged_frame_back(canvas: Canvas, framed: Session, hand: Hand) -> None:
    before = framed.graph
    hand.drag((300, 190), (380, 230), before_release=lambda: QTest.keyClick(canvas, Qt.Key.Key_Escape))
    assert framed.graph is before
    assert canvas.scene.nodes["note"].x == 240
    shown = canvas.scene.marks.rect("frame")
    assert shown is not None and shown.x == 200


def test_a_border_changes_the_size_and_never_turns_it_inside_out(framed: Session, hand: Hand) -> None:
    hand.drag((520, 416), (600, 480))
    assert framed.graph.frames["frame"].rect == (200.0, 176.0, 400.0, 304.0)
    hand.drag((600, 300), (0, 300))
    assert framed.graph.frames["frame"].rect[2] == LEAST[0]


def test_the_ground_inside_a_frame_is_ground(canvas: Canvas, framed: Session, hand: Hand) -> None:
    assert canvas.under.mark((500.0, 300.0)) is None
    assert canvas.under.mark((500.0, 190.0)) == Grip("frame")
    hand.drag((505, 230), (530, 500))
    assert framed.graph.frames["frame"].rect[:2] == (200.0, 176.0)


def test_a_box_takes_frames_wholly_inside_and_delete_leaves_their_nodes(
    canvas: Canvas, framed: Session, hand: Hand
) -> None:
    hand.drag((150, 160), (560, 460))
    assert framed.mark_selection == {"frame", "note"} and framed.selection == {"note"}
    framed.select(marks=["frame"])
    canvas.delete_selection()
    assert "frame" not in framed.graph.frames and "note" in framed.graph.nodes
    assert framed.document.undo_stack.undo_label == "Delete frame"


def test_a_double_click_writes_and_one_step_undoes_it(canvas: Canvas, framed: Session, hand: Hand) -> None:
    double_click(canvas, hand, (300, 190))
    field = canvas.findChild(Writing)
    assert field is not None
    QTest.keyClicks(field, "Answers")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert framed.graph.frames["frame"].title == "Answers"
    double_click(canvas, hand, (222, 394))
    field = next(each for each in canvas.findChildren(Writing) if each.isVisible())
    QTest.keyClicks(field, "gone")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert framed.graph.notes["note"].text == "Mind the tone"
    framed.undo()
    assert framed.graph.frames["frame"].title == "Letters"


def test_a_double_click_bends_a_wire_and_a_second_one_takes_the_bend_away(
    canvas: Canvas, session: Session, hand: Hand
) -> None:
    middle = canvas.scene.edges[SECOND].curve.points(2)[1]
    double_click(canvas, hand, middle)
    ((x, y),) = session.graph.bends[SECOND]
    assert canvas.scene.edges[SECOND].curve.points(2)[1] == pytest.approx((x, y))
    hand.drag((x, y), (x, y + 120))
    assert session.graph.bends[SECOND] == ((x, y + 120),)
    double_click(canvas, hand, (x, y + 120))
    assert SECOND not in session.graph.bends
    session.undo()
    assert session.graph.bends[SECOND] == ((x, y + 120),)


def test_pulling_the_middle_of_a_wire_bends_it(canvas: Canvas, session: Session, hand: Hand) -> None:
    x, y = canvas.scene.edges[SECOND].curve.points(2)[1]
    hand.drag((x, y), (x, y + 100))
    assert len(session.graph.bends[SECOND]) == 1
    assert session.document.undo_stack.undo_label == "Bend wire"


def test_bends_follow_their_wire(session: Session, hand: Hand) -> None:
    session.commit(commands.bend(session.graph, SECOND, ((500.0, 200.0),)), "Bend")
    session.select(["draft", "report"])
    hand.drag((300, 15), (300, 55))
    assert session.graph.bends[SECOND] == ((500.0, 240.0),)
    after = commands.rename(session.graph, "draft", "text2")
    assert after.bends == {"text2.text->report.value": ((500.0, 240.0),)}
    assert commands.remove(session.graph, ["draft"], keep_chain=True).bends == {}


def test_the_minimap_shows_frames_and_follows_them(canvas: Canvas, framed: Session) -> None:
    def corner() -> bytes:
        canvas.layers.minimap.invalidate()
        image = canvas.grab().toImage().copy(700, 460, 200, 140).convertToFormat(QImage.Format.Format_RGB888)
        return bytes(image.constBits())

    with_frame = corner()
    session, (first, *_) = framed, framed.graph.frames
    assert session.commit(marks.paint(session.graph, [first], "red"), "Colour")
    red = corner()
    assert red != with_frame
    session.undo()
    assert corner() == with_frame
