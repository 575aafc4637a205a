"""Gestures with a real mouse: previews change nothing, each release is one undo step, Escape means nothing happened."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.graph import commands
from gui.canvas.camera import Camera
from gui.canvas.placing import WireEnd
from gui.canvas.view import Canvas
from gui.session import Session

from .conftest import Hand

SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip
FIRST, SECOND = "task.value->draft.task", "draft.text->report.value"


def unlike(a: QImage, b: QImage) -> float:
    """How far two pictures are apart: the mean of all channels, 0 to 255; the minimap's corner is left out."""
    parts = (image.copy(0, 0, 900, 450).convertToFormat(QImage.Format.Format_RGB888) for image in (a, b))
    one, two = (bytes(part.constBits()) for part in parts)
    return sum(abs(x - y) for x, y in zip(one, two, strict=True)) / len(one)


def undo_label(session: Session) -> str:
    return session.document.undo_stack.undo_label


def test_dragging_a_node_previews_then_commits_one_step(canvas: Canvas, session: Session, hand: Hand) -> None:
    before = session.graph

    def previewing() -> None:
        assert session.graph is before
        assert canvas.scene.nodes["note"].x == 240 + 160
        assert canvas.layers.renderer.lifted == {"note"}

    hand.drag((300, 260), (460, 323), before_release=previewing)
    assert session.graph.places["note"] == (400.0, 304.0)
    assert undo_label(session) == "Move node"
    assert canvas.layers.renderer.lifted == frozenset()
    session.undo()
    assert session.graph == before
    assert canvas.scene.nodes["note"].x == 240


@pytest.mark.parametrize("zoom", [1.0, 0.5, 0.2], ids=["full", "half", "far"])
def test_what_is_dragged_looks_as_it_will_when_it_is_let_go(canvas: Canvas, session: Session, zoom: float) -> None:
    """The picture made at the start and put elsewhere is what the canvas draws from the document afterwards."""
    canvas.set_camera(Camera(-40, -40, zoom))
    session.select(["task", "draft"])
    nodes = frozenset(session.selection)
    for step in range(4):
        canvas.drag(nodes, step * 40, step * 20)
        shown = canvas.grab().toImage()
    canvas.drop_drag()
    places = {node: (x + 120, y + 60) for node in nodes for x, y in [session.graph.places[node]]}
    assert session.commit(commands.move(session.graph, places), "Move 2 nodes")
    canvas.refresh()
    assert unlike(shown, canvas.grab().toImage()) < 0.2
    session.undo()
    assert unlike(shown, canvas.grab().toImage()) > 0.2


def test_dragging_one_of_several_selected_moves_all(session: Session, hand: Hand) -> None:
    session.select(["task", "report"])
    hand.drag((40, 60), (40, 140), keys=Qt.KeyboardModifier.NoModifier)
    assert session.graph.places["task"][1] == session.graph.places["report"][1] + 40
    assert session.graph.places["task"] != (0.0, 40.0)
    assert undo_label(session) == "Move 2 nodes"


def test_alt_moves_off_the_grid(session: Session, hand: Hand) -> None:
    hand.drag((300, 260), (313, 291), keys=ALT)
    assert session.graph.places["note"] == (253.0, 271.0)


def test_escape_takes_a_drag_back(canvas: Canvas, session: Session, hand: Hand) -> None:
    before = session.graph
    hand.drag((300, 260), (400, 300), before_release=lambda: QTest.keyClick(canvas, Qt.Key.Key_Escape))
    assert session.graph is before
    assert canvas.scene.nodes["note"].x == 240


def test_an_undo_under_a_drag_ends_it_without_effect(canvas: Canvas, session: Session, hand: Hand) -> None:
    node = canvas.add_kind("agent", QPointF(60, 400))
    hand.drag((60, 400), (200, 460), before_release=session.undo)
    assert node not in session.graph.nodes
    assert node not in canvas.scene.nodes
    assert canvas.layers.renderer.lifted == frozenset()
    assert session.graph.places["note"] == (240.0, 240.0)


def test_a_click_selects_and_shift_adds_and_removes(session: Session, hand: Hand) -> None:
    hand.click((300, 15))
    assert session.selection == {"draft"}
    hand.click((40, 60), SHIFT)
    assert session.selection == {"draft", "task"}
    hand.click((300, 15), SHIFT)
    assert session.selection == {"task"}
    hand.click((100, 400))
    assert session.selection == frozenset()


def test_a_click_on_one_of_several_leaves_only_that_one_selected(session: Session, hand: Hand) -> None:
    session.select(["draft", "task"])
    hand.click((300, 15))
    assert session.selection == {"draft"}


def test_selecting_something_ends_a_burst(session: Session) -> None:
    for chosen, title in (("draft", "D"), ("task", "Dr"), ("draft", "Dra")):
        session.select([chosen])
        session.commit(commands.set_title(session.graph, "draft", title), "Rename", merge="title draft")
    session.undo()
    assert session.graph.nodes["draft"].title == "Dr"


def test_a_box_selects_what_it_touches_and_shift_turns_it_over(session: Session, hand: Hand) -> None:
    hand.drag((-20, -20), (300, 200))
    assert session.selection == {"task", "draft"}
    hand.drag((200, 400), (300, 60), keys=SHIFT)
    assert session.selection == {"task", "note"}


def test_a_wire_from_a_port_to_a_port_connects(session: Session, hand: Hand) -> None:
    hand.drag(hand.socket("draft", "text", output=True), hand.socket("note", "name", output=False))
    assert "draft.text->note.name" in session.graph.edges
    assert undo_label(session) == "Connect"


def test_a_wire_can_be_drawn_backward_and_dropped_on_the_body(session: Session, hand: Hand) -> None:
    hand.drag(hand.socket("note", "name", output=False), (60, 60))
    assert "task.value->note.name" in session.graph.edges


def test_each_wire_dropped_on_a_merge_is_one_of_its_items(canvas: Canvas, session: Session, hand: Hand) -> None:
    session.commit(commands.add_node(session.graph, "merge", (560.0, 200.0), wanted="join")[0], "Add node")
    for node, port in (("draft", "text"), ("note", "text")):
        hand.drag(hand.socket(node, port, output=True), (640, 240))
    assert [edge.end for edge in session.graph.incoming("join")] == ["join.items", "join.items"]
    hand.drag(hand.socket("task", "value", output=True), hand.socket("join", "base", output=False))
    assert "task.value->join.base" in session.graph.edges


def test_ports_that_fit_light_up_and_a_refusal_says_why(canvas: Canvas, session: Session, hand: Hand) -> None:
    session.commit(commands.connect(session.graph, _edge("draft", "text", "note", "name")), "wire")
    before = session.graph
    texts: list[str] = []

    def judged() -> None:
        fits = canvas.layers.renderer.fits
        assert fits is not None
        nodes = canvas.scene.nodes
        by_name = {(n, s.name): fits(nodes[n], s) for n in nodes for s in nodes[n].shape.sockets}
        assert by_name["report", "value"]
        assert not by_name["draft", "task"]
        assert canvas._tip is not None
        texts.append(canvas._tip.text)

    hand.drag(hand.socket("note", "text", output=True), (300, 60), before_release=judged)
    assert texts == ["This would make a circle. Wrap the steps in a loop to repeat them."]
    assert session.graph is before
    assert canvas.layers.renderer.fits is None
    assert canvas._tip is None


def test_a_refused_end_adds_nothing_and_leaves_an_old_wire(
    canvas: Canvas, session: Session, hand: Hand, qtbot: QtBot
) -> None:
    before = session.graph
    x, y = hand.socket("draft", "task", output=False)
    with qtbot.assertNotEmitted(canvas.add_requested):
        hand.drag(hand.socket("report", "value", output=False), (x - 8, y))  # beside the socket, on the ground
    assert session.graph is before


def test_a_dropped_wire_is_seen_until_it_is_known_where_it_leads(
    canvas: Canvas, session: Session, hand: Hand, qtbot: QtBot
) -> None:
    still = canvas.grab().toImage()
    with qtbot.waitSignal(canvas.add_requested):
        hand.drag(hand.socket("draft", "text", output=True), (560, 300))
    QTest.mouseMove(canvas, hand.at((100, 420)))
    assert unlike(still, canvas.grab().toImage()) > 0.02
    canvas.hang(None)
    assert unlike(still, canvas.grab().toImage()) < 0.01


def test_a_node_put_into_a_wire_gets_room(canvas: Canvas, session: Session, hand: Hand) -> None:
    before = session.graph
    middle = canvas.scene.edges[SECOND].curve.at(0.5)
    hand.drag((300, 260), middle)
    places, nodes = session.graph.places, canvas.scene.nodes
    assert undo_label(session) == "Splice node in"
    assert nodes["draft"].rect.right < places["note"][0]
    assert places["note"][0] + nodes["note"].rect.w < places["report"][0]
    assert places["draft"] == before.places["draft"]
    session.undo()
    assert session.graph == before


def test_a_wire_dropped_on_the_ground_asks_what_to_add(
    canvas: Canvas, session: Session, hand: Hand, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(canvas.add_requested) as asked:
        hand.drag(hand.socket("draft", "text", output=True), (560, 300))
    end = asked.args[2]
    assert end == WireEnd("draft", "text", True)
    node = canvas.add_kind("agent", asked.args[1], end)
    assert f"draft.text->{node}.task" in session.graph.edges
    assert session.selection == {node}
    assert undo_label(session) == "Add agent"


def test_an_end_dragged_away_is_re_wired_or_unplugged(session: Session, hand: Hand) -> None:
    place = list(session.graph.edges).index(FIRST)
    hand.drag(hand.socket("draft", "task", output=False), hand.socket("note", "name", output=False))
    assert FIRST not in session.graph.edges
    assert list(session.graph.edges).index("task.value->note.name") == place
    assert undo_label(session) == "Re-wire"
    hand.drag(hand.socket("note", "name", output=False), (60, 300))
    assert list(session.graph.edges) == [SECOND]
    assert undo_label(session) == "Unplug wire"


def test_the_source_end_of_a_wire_can_be_pulled_to_another_output(canvas: Canvas, session: Session, hand: Hand) -> None:
    start = canvas.scene.edges[SECOND].curve.at(0.15)
    hand.drag(start, hand.socket("note", "text", output=True))
    assert "note.text->report.value" in session.graph.edges
    assert SECOND not in session.graph.edges


def test_wires_are_selected_deleted_and_broken(canvas: Canvas, session: Session, hand: Hand) -> None:
    hand.click(canvas.scene.edges[FIRST].curve.at(0.5))
    assert session.edge_selection == {FIRST}
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert FIRST not in session.graph.edges
    hand.click(canvas.scene.edges[SECOND].curve.at(0.5), ALT)
    assert not session.graph.edges


def test_a_swipe_with_ctrl_and_the_right_button_cuts(session: Session, hand: Hand) -> None:
    hand.drag((200, -10), (200, 180), Qt.MouseButton.RightButton, CTRL)
    assert list(session.graph.edges) == [SECOND]
    assert undo_label(session) == "Cut wire"


@pytest.mark.parametrize("button", [Qt.MouseButton.MiddleButton, Qt.MouseButton.LeftButton])
def test_panning_moves_the_camera_and_nothing_else(
    canvas: Canvas, session: Session, hand: Hand, button: Qt.MouseButton
) -> None:
    before, camera, asked = session.graph, canvas.camera, []
    canvas.add_requested.connect(lambda *_: asked.append(1))
    if button == Qt.MouseButton.LeftButton:
        QTest.keyPress(canvas, Qt.Key.Key_Space)
    a, b = hand.at((300, 60)), hand.at((360, 20))
    QTest.mousePress(canvas, button, Qt.KeyboardModifier.NoModifier, a)
    hand._send_move(b, button, Qt.KeyboardModifier.NoModifier)
    QTest.mouseRelease(canvas, button, Qt.KeyboardModifier.NoModifier, b)
    if button == Qt.MouseButton.LeftButton:
        QTest.keyRelease(canvas, Qt.Key.Key_Space)
    assert (canvas.camera.x, canvas.camera.y) == (camera.x - 60, camera.y + 40)
    assert session.graph is before
    assert not session.selection
    assert not asked


def test_escape_takes_a_pan_back(canvas: Canvas, hand: Hand) -> None:
    before, seen = canvas.camera, []

    def escape() -> None:
        seen.append(canvas.camera)
        QTest.keyClick(canvas, Qt.Key.Key_Escape)

    hand.drag((300, 60), (360, 20), Qt.MouseButton.MiddleButton, before_release=escape)
    assert seen != [before] and canvas.camera == before


def test_a_loose_node_dropped_on_a_wire_is_spliced_in(canvas: Canvas, session: Session, hand: Hand) -> None:
    middle = canvas.scene.edges[SECOND].curve.at(0.5)
    session.select()
    hand.drag((300, 255), middle)
    assert set(session.graph.edges) == {FIRST, "draft.text->note.name", "note.text->report.value"}
    assert undo_label(session) == "Splice node in"
    session.undo()
    assert set(session.graph.edges) == {FIRST, SECOND}
    assert session.graph.places["note"] == (240.0, 240.0)


def test_a_kind_dropped_on_a_wire_is_spliced_in_and_on_the_ground_is_added(canvas: Canvas, session: Session) -> None:
    from PySide6.QtCore import QMimeData
    from PySide6.QtGui import QDragMoveEvent, QDropEvent

    aimed: list[str] = []

    def drop(scene: tuple[float, float]) -> None:
        data = QMimeData()
        data.setData("application/x-baton-kind", b"template")
        at = QPointF(*canvas.camera.to_view(scene))
        none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
        canvas.dragMoveEvent(QDragMoveEvent(at.toPoint(), Qt.DropAction.CopyAction, data, left, none))
        aimed.append(canvas._hover.edge)
        canvas.dropEvent(QDropEvent(at, Qt.DropAction.CopyAction, data, left, none))

    drop((60, 300))
    assert len(session.graph.nodes) == 5
    assert len(session.graph.edges) == 2
    added = next(iter(session.selection))
    assert canvas.scene.nodes[added].rect.contains(60, 300)
    session.select()
    drop(canvas.scene.edges[SECOND].curve.at(0.5))
    assert len(session.graph.nodes) == 6
    added = next(iter(session.selection))
    assert aimed == ["", SECOND]
    assert {f"draft.text->{added}.text", f"{added}.text->report.value"} <= set(session.graph.edges)


def test_pressing_in_the_minimap_goes_there(canvas: Canvas, hand: Hand) -> None:
    box = canvas.minimap.box(canvas.view_size)
    assert box is not None
    canvas.repaint()
    x, y = box.centre
    at = canvas.camera.to_scene((x, y))
    hand.click(at)
    middle = canvas.scene_centre()
    bounds = canvas.scene.bounds()
    assert bounds is not None
    assert abs(middle.x() - bounds.centre[0]) < 20
    assert abs(middle.y() - bounds.centre[1]) < 20


def _edge(source: str, out: str, target: str, into: str):  # type: ignore[no-untyped-def]  # a short name for tests
    from engine.graph.records import Edge

    return Edge(source, out, target, into)
