"""Breakpoints: set by key and menu, seen on cards, held nodes looked at, changed, gone on with and stepped."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from engine.files.save import dumps
from engine.graph import commands
from engine.graph.graph import Graph
from engine.testing import build
from gui.panels.questions import Questions
from gui.studio import Studio
from gui.topbar import TopBar
from gui.views.question_cards import HeldCard
from tests.gui.hands import LEFT, Hands
from tests.gui.test_running import ended


def chain() -> Graph:
    graph = build(
        {"i": ("input", {"default": "x"}), "a": ("template", {"template": "{{ t }}a"}),
         "b": ("template", {"template": "{{ t }}b"}), "end": "output"},
        "i.value -> a.t", "a.text -> b.t", "b.text -> end.value",
    )  # fmt: skip
    return commands.move(graph, {"i": (0, 0), "a": (300, 0), "b": (600, 0), "end": (900, 0)})


def panel(studio: Studio) -> Questions:
    found = studio.panels.widget("questions")
    assert isinstance(found, Questions)
    return found


def held(studio: Studio, qtbot: QtBot, place: str) -> HeldCard:
    """Waits until exactly this node is held."""
    qtbot.waitUntil(lambda: list(panel(studio).held) == [place])
    return panel(studio).held[place]


def held_at(studio: Studio, qtbot: QtBot, node: str) -> HeldCard:
    """A run of the chain that is held at a node."""
    studio.session.show(chain())
    studio.session.break_at([node])
    studio.launch.start()
    return held(studio, qtbot, node)


def red(studio: Studio, node: str) -> int:
    """How many red points the corner of a card has."""
    rect = studio.canvas.scene.nodes[node].rect
    at = Hands(studio, None).at(rect.x, rect.y)  # type: ignore[arg-type]  # it only looks
    image: QImage = studio.canvas.grab().toImage()
    points = [image.pixelColor(at.x() + x, at.y() + y) for x in range(-4, 12) for y in range(-4, 12)]
    return sum(1 for point in points if point.red() > 180 and point.green() < 140 and point.blue() < 140)


def test_a_breakpoint_is_set_by_its_key_and_stands_in_no_file(studio: Studio, qtbot: QtBot) -> None:
    session, hands = studio.session, Hands(studio, qtbot)
    session.show(chain())
    before = dumps(session.whole)
    hands.settle()
    hands.click_node("a")
    assert red(studio, "a") == 0
    hands.key(Qt.Key.Key_F9)
    assert session.breakpoints == {"a"} and red(studio, "a") > 20 and red(studio, "b") == 0
    entry = next(each for each in studio.window._menus.context().actions() if each.text().startswith("Breakpoint"))
    assert entry.isChecked() and entry.text().endswith("F9")
    entry.trigger()
    assert session.breakpoints == frozenset() and red(studio, "a") == 0
    session.select(["a", "b"])
    studio.actions["run.breakpoint"].trigger(studio)
    assert session.breakpoints == {"a", "b"} and session.clean and dumps(session.whole) == before
    session.break_at(["a", "end"])
    studio.actions["run.breakpoint"].trigger(studio)
    assert session.breakpoints == {"a", "b", "end"}, "set where one of them had none"
    studio.actions["run.no_breakpoints"].trigger(studio)
    assert session.breakpoints == frozenset() and not studio.actions["run.no_breakpoints"].when(studio)
    session.break_at(["a"])
    session.show(chain())
    assert session.breakpoints == frozenset() and red(studio, "a") == 0


def test_what_is_held_is_changed_and_goes_on(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    card = held_at(studio, qtbot, "b")
    face = studio.canvas.display.face("b")
    assert card.isVisible() and (face.status, face.footer[0], face.breaks) == ("waiting", "held", True)
    bar = studio.window.findChild(TopBar)
    assert bar is not None
    qtbot.waitUntil(lambda: bar.left.text() == "held at a breakpoint")
    qtbot.mouseClick(card.where, LEFT)
    assert session.selection == {"b"}
    Hands(studio, qtbot).retype(card.form.parts["t"].area, "new")  # type: ignore[attr-defined]  # of an object
    qtbot.mouseClick(card.go_on, LEFT)
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.outputs == {"end": "newb"}
    assert not panel(studio).held and bar.left.text() == ""


def test_steps_hold_what_starts_next_and_keep_a_change(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    card = held_at(studio, qtbot, "a")
    Hands(studio, qtbot).retype(card.form.parts["t"].area, "1")  # type: ignore[attr-defined]  # of an object
    qtbot.mouseClick(card.step, LEFT)
    card = held(studio, qtbot, "b")
    assert card.form.value() == {"t": "1a"}
    qtbot.mouseClick(card.go_on, LEFT)
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.outputs == {"end": "1ab"}


def test_a_run_that_goes_on_again_is_held_where_it_is_to_be_held_now(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    held_at(studio, qtbot, "a")
    session.stop()
    ended(studio, qtbot)
    session.break_at(["b"])
    studio.actions["run.resume"].trigger(studio)
    card = held(studio, qtbot, "b")
    qtbot.mouseClick(card.go_on, LEFT)
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.outputs == {"end": "xab"}


def test_a_value_of_another_sort_is_a_change_though_python_takes_them_for_equal(studio: Studio, qtbot: QtBot) -> None:
    studio.session.show(build(
        {"i": ("input", {"type": "json", "default": 1}), "end": "output"}, "i.value -> end.value",
    ))  # fmt: skip
    studio.session.break_at(["end"])
    studio.launch.start()
    card = held(studio, qtbot, "end")
    Hands(studio, qtbot).retype(card.form.parts["value"].area, "true")  # type: ignore[attr-defined]  # of an object
    qtbot.mouseClick(card.go_on, LEFT)
    ended(studio, qtbot)
    assert studio.session.run_view is not None and studio.session.run_view.outputs["end"] is True


def test_keys_step_and_go_on_with_what_was_changed(studio: Studio, qtbot: QtBot) -> None:
    session, hands = studio.session, Hands(studio, qtbot)
    card = held_at(studio, qtbot, "a")
    hands.retype(card.form.parts["t"].area, "1")  # type: ignore[attr-defined]  # of an object
    hands.key(Qt.Key.Key_F10)
    held(studio, qtbot, "b")
    hands.back_to_canvas()
    hands.key(Qt.Key.Key_F8)
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.outputs == {"end": "1ab"}
    assert not studio.actions["run.step"].when(studio)


def test_breakpoints_set_while_it_runs_hold_it_and_a_stop_lets_nothing_stay(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    card = held_at(studio, qtbot, "a")
    session.break_at(["end"])
    assert studio.canvas.display.face("end").breaks and not studio.canvas.display.face("a").breaks
    qtbot.mouseClick(card.go_on, LEFT)
    held(studio, qtbot, "end")
    session.stop()
    ended(studio, qtbot)
    assert not panel(studio).held and session.run_view is not None and session.run_view.status == "cancelled"


def test_a_breakpoint_inside_a_container_is_one_of_that_place(studio: Studio) -> None:
    session = studio.session
    body = {"nodes": [{"id": "a", "kind": "template", "config": {"template": "x"}}], "edges": []}
    session.show(build({"m": ("subgraph", {"body": body}), "a": "output"}))
    assert session.enter(("m",), ["a"])
    studio.actions["run.breakpoint"].trigger(studio)
    assert session.breakpoints == {"m/a"} and studio.canvas.display.face("a").breaks
    session.go_up()
    assert not studio.canvas.display.face("a").breaks
