"""The canvas widget: keys, wheel, camera verbs, painting only what changed, and no timer at rest."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.graph import commands
from engine.graph.graph import Graph
from engine.run.events import Event
from engine.run.view import View
from gui.canvas.camera import Camera
from gui.canvas.view import Canvas
from gui.session import Session
from gui.theme.theme import Theme

from .conftest import Hand, chain

ALT, SHIFT = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ShiftModifier


def grab(canvas: Canvas) -> QImage:
    return canvas.grab().toImage()


def event(seq: int, kind: str, node: str = "", **data: object) -> Event:
    return Event(1, "r", seq, 0.0, 100.0 + seq, kind, node, node, "", 1, data)


def show_run(canvas: Canvas, *events: Event, live: bool = True) -> View:
    """Shows a run at work on the canvas's graph."""
    view = View()
    for each in events:
        view.apply(each)
    canvas.display.show(view, canvas.session.graph, live=live)
    canvas.refresh()
    return view


def test_arrows_walk_along_wires_and_to_neighbours(canvas: Canvas, session: Session) -> None:
    walked = []
    keys = [Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_Up]
    for key in keys:
        QTest.keyClick(canvas, key)
        walked.append(next(iter(session.selection)))
    assert walked == ["task", "draft", "report", "draft", "note", "draft"]


def test_alt_and_arrows_nudge_as_one_step_and_shift_selects_the_stream(canvas: Canvas, session: Session) -> None:
    session.select(["draft"])
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Right, ALT)
    assert session.graph.places["draft"] == (264.0, 0.0)
    session.undo()
    assert session.graph.places["draft"] == (240.0, 0.0)
    QTest.keyClick(canvas, Qt.Key.Key_Left, SHIFT)
    assert session.selection == {"task", "draft"}
    QTest.keyClick(canvas, Qt.Key.Key_Right, SHIFT)
    assert session.selection == {"task", "draft", "report"}


def test_delete_keeps_the_chain(canvas: Canvas, session: Session) -> None:
    session.select(["draft"])
    QTest.keyClick(canvas, Qt.Key.Key_Delete)
    assert list(session.graph.edges) == ["task.value->report.value"]
    assert session.document.undo_stack.undo_label == "Delete node"


def test_tab_space_and_a_double_click_ask_what_to_add(canvas: Canvas, qtbot: QtBot, hand: Hand) -> None:
    for act in (
        lambda: QTest.keyClick(canvas, Qt.Key.Key_Tab),
        lambda: QTest.keyClick(canvas, Qt.Key.Key_Space),
        lambda: QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=hand.at((60, 330))),
    ):
        with qtbot.waitSignal(canvas.add_requested) as asked:
            act()
        assert asked.args[2] is None
    assert (asked.args[1].x(), asked.args[1].y()) == (60, 330)
    with qtbot.waitSignal(canvas.node_activated) as activated:
        QTest.mouseDClick(canvas, Qt.MouseButton.LeftButton, pos=hand.at((300, 15)))
    assert activated.args == ["draft"]


def test_the_wheel_zooms_at_the_pointer_and_fingers_pan(canvas: Canvas) -> None:
    def wheel(pixels: QPoint, angle: QPoint, phase: Qt.ScrollPhase) -> None:
        at = QPointF(500, 300)
        none = Qt.KeyboardModifier.NoModifier
        sent = QWheelEvent(at, at, pixels, angle, Qt.MouseButton.NoButton, none, phase, False)
        QApplication.sendEvent(canvas, sent)

    under = canvas.camera.to_scene((500, 300))
    wheel(QPoint(), QPoint(0, 240), Qt.ScrollPhase.NoScrollPhase)
    assert canvas.camera.zoom > 1.2
    assert canvas.camera.to_scene((500, 300)) == (under[0], under[1])
    zoom, x = canvas.camera.zoom, canvas.camera.x
    wheel(QPoint(30, 0), QPoint(30, 0), Qt.ScrollPhase.ScrollUpdate)
    assert canvas.camera.zoom == zoom
    assert canvas.camera.x == x - 30 / zoom


def test_camera_verbs(canvas: Canvas, session: Session) -> None:
    canvas.frame_all()
    rects = [canvas.camera.rect_to_view(item.rect) for item in canvas.scene.nodes.values()]
    assert all(r.x >= 0 and r.right <= 900 and r.y >= 0 and r.bottom <= 600 for r in rects)
    session.select(["note"])
    canvas.frame_selection()
    centre = canvas.scene.nodes["note"].rect.centre
    assert abs(canvas.scene_centre().x() - centre[0]) < 1
    canvas.zoom_to(0.5)
    assert canvas.camera.zoom == 0.5
    assert abs(canvas.scene_centre().x() - centre[0]) < 1


def test_a_scrolled_and_patched_picture_equals_one_drawn_afresh(canvas: Canvas, session: Session) -> None:
    grab(canvas)
    canvas.set_camera(canvas.camera.panned(-37, 21))
    grab(canvas)
    session.commit(commands.move(session.graph, {"draft": (280.0, 64.0)}), "Move")
    session.select(["note"])
    canvas.set_camera(canvas.camera.panned(14, -60))
    patched = grab(canvas)
    canvas.layers.invalidate()
    assert patched == grab(canvas)


def test_a_picture_with_many_patches_equals_one_drawn_afresh(canvas: Canvas, session: Session) -> None:
    graph = session.graph
    for at in range(120):
        graph, _ = commands.add_node(graph, "agent", (at % 12 * 300.0, at // 12 * 200.0))
    session.commit(graph, "Many")
    for zoom in (0.12, 0.4):
        canvas.frame_all()
        canvas.zoom_to(zoom)
        grab(canvas)
        session.select(sorted(session.graph.nodes)[::2])
        patched = grab(canvas)
        canvas.layers.invalidate()
        assert patched == grab(canvas)
        session.select([])


def test_every_zoom_paints_nodes(canvas: Canvas) -> None:
    for zoom in (0.05, 0.15, 0.3, 0.7, 1.0, 2.5):
        canvas.set_camera(Camera(zoom=zoom).centred((340, 70), (900.0, 600.0)))
        image = grab(canvas)
        assert image.pixelColor(450, 300) != canvas._theme.colour("ground")


def test_an_unknown_kind_is_drawn_as_a_placeholder(canvas: Canvas, session: Session) -> None:
    graph, node = commands.add_node(session.graph, "hologram", (0.0, 200.0), title="Project it")
    session.commit(graph, "Add")
    caption = canvas.scene.nodes[node].caption
    assert (caption.known, caption.icon, caption.line) == (False, "unknown", "unknown kind hologram")
    image = grab(canvas)
    amber = canvas._theme.colour("state:retry")
    row = [image.pixelColor(x, 240) for x in range(40, 232)]
    assert any(_near(colour, amber) for colour in row)


def test_a_half_typed_prompt_keeps_the_node_in_shape(canvas: Canvas, session: Session) -> None:
    before = canvas.scene.nodes["draft"].shape
    session.commit(commands.set_config(session.graph, "draft", {"prompt": "Write about {{ ta"}), "Edit")
    item = canvas.scene.nodes["draft"]
    assert (item.caption.known, item.caption.sound) == (True, False)
    assert (item.shape.width, item.shape.height) == (before.width, before.height)
    assert canvas.scene.edges["task.value->draft.task"].last is not None
    session.undo()
    assert canvas.scene.nodes["draft"].caption.sound


def test_switching_the_look_repaints_everything(canvas: Canvas, theme: Theme) -> None:
    assert grab(canvas).pixelColor(5, 5) == QColor("#0f1116")
    theme.set_appearance("light")
    assert grab(canvas).pixelColor(5, 5) == QColor("#f6f7f9")
    theme.set_appearance("dark")


def test_nothing_ticks_at_rest_and_a_running_node_ticks_until_it_ends(canvas: Canvas, qtbot: QtBot) -> None:
    def ticking() -> list[QTimer]:
        return [timer for timer in canvas.findChildren(QTimer) if timer.isActive()]

    assert not ticking()
    view = show_run(canvas, event(1, "run.started"), event(2, "node.started", "draft"))
    assert canvas.motion.active
    first = grab(canvas)
    qtbot.waitUntil(lambda: grab(canvas) != first)
    view.apply(done := event(3, "node.ok", "draft", source="ran", outputs={"text": "Done."}))
    canvas._feed._ticked([done])
    qtbot.waitUntil(lambda: not ticking())


def test_a_stored_run_stands_still(canvas: Canvas) -> None:
    show_run(canvas, event(1, "run.started"), event(2, "node.started", "draft"), live=False)
    assert not canvas.motion.active
    assert grab(canvas) == grab(canvas)


def test_less_motion_counts_on_but_does_not_breathe(canvas: Canvas, theme: Theme) -> None:
    theme.set_reduced_motion(True)
    show_run(canvas, event(1, "run.started"), event(2, "node.started", "draft"))
    timer = next(timer for timer in canvas.motion.findChildren(QTimer) if timer.isActive())
    assert timer.interval() >= 200


def test_hovering_a_wire_after_a_run_says_what_passed(canvas: Canvas, hand: Hand) -> None:
    show_run(
        canvas,
        event(1, "run.started"),
        event(2, "node.ok", "task", source="ran", outputs={"value": "Why do pools stall?"}),
        event(3, "edge.live", edge="task.value->draft.task"),
        live=False,
    )
    hand.move(canvas.scene.edges["task.value->draft.task"].curve.at(0.5))
    assert canvas._tip is not None
    assert "Why do pools stall?" in canvas._tip.text
    hand.move((60, 330))
    assert canvas._tip is None


def test_hovering_a_port_names_it(canvas: Canvas, hand: Hand) -> None:
    hand.move(hand.socket("draft", "task", output=False))
    assert canvas._tip is not None
    assert canvas._tip.text.startswith("task · any")


def test_another_document_is_shown_whole(canvas: Canvas, session: Session) -> None:
    far = chain()
    session.show(far.with_tables(places={node: (x + 9000, y) for node, (x, y) in far.places.items()}))
    rects = [canvas.camera.rect_to_view(item.rect) for item in canvas.scene.nodes.values()]
    assert all(r.x >= 0 and r.right <= 900 for r in rects)


def test_an_empty_graph_says_what_to_do(canvas: Canvas, session: Session) -> None:
    session.show(Graph())
    image = grab(canvas)
    text = canvas._theme.colour("text")
    assert any(_near(image.pixelColor(x, y), text) for x in range(380, 520) for y in range(274, 296))


def test_it_has_a_name_for_screen_readers_and_shift_tab_leaves_it(canvas: Canvas) -> None:
    assert canvas.accessibleName() == "Canvas"
    assert canvas.focusPolicy() == Qt.FocusPolicy.StrongFocus
    assert not canvas.focusNextPrevChild(True)


def _near(a: QColor, b: QColor) -> bool:
    return abs(a.red() - b.red()) + abs(a.green() - b.green()) + abs(a.blue() - b.blue()) < 60


def test_all_of_a_large_graph_from_afar_looks_as_its_parts_do(canvas: Canvas, session: Session) -> None:
    """Drawn from what is kept ready, and chosen by area: the same picture."""
    graph = session.graph
    for at in range(60):
        graph, _ = commands.add_node(graph, "agent", (at % 8 * 400.0, at // 8 * 300.0))
    session.commit(graph, "Many")
    canvas.frame_all()
    canvas.zoom_to(0.12)
    canvas.frame_all()
    kept = canvas.grab().toImage()
    canvas.layers.renderer.hidden_edge = "none"  # as while a wire is dragged: then parts are chosen
    canvas.layers.invalidate()
    assert canvas.grab().toImage() == kept


def test_a_title_can_still_be_read_where_its_node_is_small(canvas: Canvas, session: Session) -> None:
    canvas.set_camera(Camera(200.0, -60.0, 0.4))

    def drawn(title: str) -> QImage:
        session.commit(commands.set_title(session.graph, "draft", title), "Rename")
        return grab(canvas)

    short, long = drawn("M"), drawn("MMMM")
    differ = [x for x in range(16, 106) for y in range(24, 84) if short.pixel(x, y) != long.pixel(x, y)]
    three = canvas.layers.ink.measure("title")("MMM")
    assert max(differ) - min(differ) > three * 0.75, "as large as at three quarters of the full size, nearly"
