"""Stories of drawing: a graph by mouse alone, by keys alone; every verb that changes the document there and back."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from engine.files import open_graph
from engine.graph import commands, marks
from engine.plan.check import check
from engine.testing import build
from gui.canvas.geometry import Rect
from gui.canvas.marks import holds
from gui.canvas.writing import Writing
from gui.dialogs.peek import Peek
from gui.studio import Studio
from gui.views.several import Several
from tests.graphs import exact
from tests.gui.hands import LEFT, Hands

SAVED = Path(__file__).parents[2] / "saved_graphs"
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier,
)  # fmt: skip


def assert_fan_out(studio: Studio) -> None:
    graph = studio.session.graph
    kinds = sorted(node.kind for node in graph.nodes.values())
    assert kinds == ["agent", "agent", "agent", "input", "merge", "output"]
    assert len(graph.edges) == 7
    assert [each for each in check(graph, studio.session.kinds) if each.severity == "error"] == []


@pytest.mark.slow
def test_the_fan_out_by_mouse_alone(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    studio.canvas.zoom_to(0.6)
    task = hands.add("input", -600, 0)
    agents = [hands.add("agent", -250, y) for y in (-250, 0, 250)]
    merge, end = hands.add("merge", 100, 0), hands.add("output", 400, 0)
    for agent in agents:
        hands.wire(task, "value", agent, "task")
        hands.wire(agent, "text", merge, "items")
    hands.wire(merge, "value", end, "value")
    assert_fan_out(studio)


@pytest.mark.slow
def test_the_fan_out_by_keys_alone(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)

    def add(kind: str, *targets: str) -> str:
        hands.back_to_canvas()
        hands.key(Qt.Key.Key_Tab)
        hands.type(kind)
        hands.key(Qt.Key.Key_Return)
        (node,) = studio.session.selection
        for target in targets:
            hands.back_to_canvas()
            hands.key(Qt.Key.Key_C)
            hands.type(target)
            hands.key(Qt.Key.Key_Return)
        return node

    end = add("output")
    merge = add("merge", end)
    agents = [add("agent", merge) for _ in range(3)]
    add("input", *reversed(agents))
    assert_fan_out(studio)
    hands.back_to_canvas()
    hands.key(Qt.Key.Key_Escape)
    hands.ctrl(Qt.Key.Key_T, shift=True)
    assert studio.session.document.undo_stack.undo_label == "Tidy the graph"
    hands.key(Qt.Key.Key_Left)
    hands.key(Qt.Key.Key_Left, SHIFT)
    assert len(studio.session.selection) > 1


@pytest.fixture
def rich(studio: Studio) -> Studio:
    """A graph with everything in it: a container, a frame, a note, a bend, a bookmark; and a part on the clipboard."""
    graph = open_graph(SAVED / "fan_out_research.baton.json")
    graph, _ = marks.add_note(graph, (0.0, -200.0, 200.0, 80.0), "Note")
    graph = marks.bookmark(graph, "Start", (0.0, 0.0, 1.0))
    graph = commands.bend(graph, next(iter(graph.edges)), ((100.0, 100.0),))
    studio.session.show(graph)
    return studio


OUTWARD = ("file.", "share.", "help.", "run.", "view.look", "settings")
"""What reaches outside the document, or asks first."""


@pytest.mark.slow
def test_every_verb_leads_there_and_back(rich: Studio, qtbot: QtBot) -> None:
    session, studio = rich.session, rich
    start = session.graph
    nested, made = start, ""
    session.select(list(start.nodes)[5:7])
    studio.actions["arrange.collapse"].trigger(studio)
    nested, (made,) = session.graph, tuple(session.selection)
    seen = set()
    for nodes in (list(nested.nodes)[2:7], [made], []):
        for action in list(studio.actions):
            if action.name.startswith(OUTWARD) or action.name in ("edit.undo", "edit.redo"):
                continue
            for verb in (action, *(action.choices(studio) if action.choices and action.when(studio) else ())):
                session.select(nodes, list(nested.edges)[:1], [*nested.frames, *nested.notes])
                studio.actions["edit.copy"].trigger(studio)
                before = exact(session.graph)
                verb.trigger(studio)
                for field in studio.canvas.findChildren(Writing):
                    field.close()
                if session.inside:
                    session.enter(())
                after = exact(session.graph)
                if after != before:
                    seen.add(verb.name.split(".")[0] + "." + verb.name.split(".")[1])
                    assert session.document.undo_stack.undo_label, verb.name
                    session.undo()
                    assert exact(session.graph) == before, verb.name
                    session.redo()
                    assert exact(session.graph) == after, verb.name
                    session.undo()
    assert {"arrange.left", "arrange.frame", "arrange.mute", "arrange.apart", "edit.paste", "edit.tidy"} <= seen


def test_what_is_cut_leaves_the_chain_whole_and_comes_back_selected(studio: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    words = "template", {"template": "{{ x }}"}
    start = build({"a": words, "b": words, "c": words}, "a.text -> b.x", "b.text -> c.x")
    session.show(commands.move(start, {"a": (0, 0), "b": (300, 0), "c": (600, 0)}))
    session.select(["b"])
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_X)
    assert list(session.graph.nodes) == ["a", "c"] and list(session.graph.edges) == ["a.text->c.x"]
    hands.ctrl(Qt.Key.Key_V)
    assert session.selection == {"b"} and list(session.graph.edges) == ["a.text->c.x"], "in no wire yet"
    session.undo()
    hands.ctrl(Qt.Key.Key_V, shift=True)
    assert session.selection == {"b"} and list(session.graph.edges) == ["a.text->c.x", "a.text->b.x"]
    hands.ctrl(Qt.Key.Key_D)
    assert session.selection == {"b_2"} and not session.graph.incoming("b_2")
    QGuiApplication.clipboard().clear()


def test_tidying_up_keeps_in_a_frame_what_stood_in_it(studio: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    words = "template", {"template": "{{ x }}"}
    start = build(dict.fromkeys("abcd", words), "a.text -> b.x", "b.text -> c.x", "c.text -> d.x")
    spread = {name: (-900.0 * place, 700.0 * place) for place, name in enumerate("abcd")}
    session.show(commands.move(start, spread))
    session.select(["c", "d"])
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_G)
    hands.key(Qt.Key.Key_Return)
    session.select()
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_T, shift=True)
    (frame,) = session.graph.frames.values()
    area, items = Rect(*frame.rect), studio.canvas.scene.nodes
    assert session.graph.places != spread
    assert [name for name in "abcd" if holds(area, items[name].rect)] == ["c", "d"]


def test_muting_bypassing_and_bringing_back(rich: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(rich, qtbot), rich.session
    node = next(iter(session.graph.nodes))
    session.select([node])
    hands.back_to_canvas()
    hands.key(Qt.Key.Key_M)
    assert session.graph.nodes[node].aside == "muted"
    assert rich.canvas.scene.nodes[node].caption.line == "muted"
    hands.ctrl(Qt.Key.Key_B)
    assert session.graph.nodes[node].aside == "bypassed"
    hands.ctrl(Qt.Key.Key_B)
    assert session.graph.nodes[node].aside == ""


def test_a_frame_around_the_selection_asks_for_its_title(rich: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(rich, qtbot), rich.session
    chosen = list(session.graph.nodes)[-2:]
    session.select(chosen)
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_G)
    hands.type("Done here")
    hands.key(Qt.Key.Key_Return)
    frame = list(session.graph.frames.values())[-1]
    assert frame.title == "Done here"
    for node in chosen:
        rect = rich.canvas.scene.nodes[node].rect
        assert frame.rect[0] < rect.x and rect.right < frame.rect[0] + frame.rect[2]


def test_find_shows_every_place_and_goes_there(rich: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(rich, qtbot), rich.session
    session.select(list(session.graph.nodes)[5:7])
    (inner, *_) = session.selection
    rich.actions["arrange.collapse"].trigger(rich)
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_F)
    finder = hands.finder()
    qtbot.keyClicks(finder.field, "no such words")
    assert finder.titles == []
    finder.field.setText(session.whole.name[:0] + "strongest")
    assert len(finder.titles) == 4
    finder.field.setText(inner)
    qtbot.keyClick(finder.field, Qt.Key.Key_Return)
    assert inner in session.selection and session.inside


def test_peeking_shows_a_body_and_a_click_enters(rich: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(rich, qtbot), rich.session
    session.select(list(session.graph.nodes)[5:7])
    rich.actions["arrange.collapse"].trigger(rich)
    (made,) = session.selection
    hands.back_to_canvas()
    hands.key(Qt.Key.Key_P)
    peek = rich.window.findChild(Peek)
    assert peek is not None and session.inside == ()
    qtbot.keyClick(peek, Qt.Key.Key_Return)
    assert session.inside == (made,)


def test_bookmarks_lead_back(rich: Studio, qtbot: QtBot) -> None:
    hands, canvas = Hands(rich, qtbot), rich.canvas
    hands.back_to_canvas()
    canvas.zoom_to(0.4)
    there = canvas.camera
    hands.ctrl(Qt.Key.Key_B, shift=True)
    canvas.frame_all()
    canvas.zoom_to(1.7)
    hands.key(Qt.Key.Key_2, ALT)
    assert canvas.camera.zoom == pytest.approx(there.zoom)
    assert canvas.camera.x == pytest.approx(there.x)
    assert list(rich.session.graph.bookmarks) == ["Start", "View 2"]


@pytest.mark.parametrize("text", ["", "{", '{"nodes": 3}', "\x00\ud7ff" * 50, "[" * 9999])
def test_pasting_rubbish_changes_nothing_and_is_said(rich: Studio, text: str) -> None:
    said: list[str] = []
    rich.session.said.connect(lambda _severity, words, _hint: said.append(words))
    QGuiApplication.clipboard().setText(text)
    before = rich.session.graph
    rich.actions["edit.paste"].trigger(rich)
    assert rich.session.graph is before
    assert said


def test_long_titles_and_any_script_are_drawn_within_the_node(studio: Studio) -> None:
    graph = studio.session.graph
    for at, title in enumerate(("x" * 10_000, "w w " * 2500, "שלום עולם " * 40, "😀" * 500, "‮evil", "\n\n\n")):
        graph, _ = commands.add_node(graph, "agent", (0.0, at * 200.0), title=title, config={"prompt": title})
    studio.session.commit(graph, "Add")
    studio.canvas.zoom_to(1.0)
    picture = studio.canvas.grab().toImage()
    assert not picture.isNull()
    rect = studio.canvas.scene.nodes[next(iter(graph.nodes))].rect
    assert rect.w < 300 and rect.h < 300
    assert studio.canvas.pointer_scene() is None or isinstance(studio.canvas.pointer_scene(), QPointF)


def test_the_inspector_of_several_nodes_does_what_can_be_done_with_all(studio: Studio, qtbot: QtBot) -> None:
    session, hands = studio.session, Hands(studio, qtbot)
    session.show(open_graph(SAVED / "fan_out_research.baton.json"))
    agents = [node.id for node in session.graph.nodes.values() if node.kind == "agent"]
    session.select(agents)
    qtbot.waitUntil(lambda: bool(hands.inspector().findChildren(Several)))
    (page,) = hands.inspector().findChildren(Several)
    assert (page.title.text(), page.kinds.text()) == ("5 nodes", "Agent ×5")
    qtbot.mouseClick(page.button("arrange.top"), LEFT)
    assert len({session.graph.places[node][1] for node in agents}) == 1
    assert session.document.undo_stack.undo_label == "Align 5 nodes"
    mute = page.button("arrange.mute")
    qtbot.mouseClick(mute, LEFT)
    assert mute.isChecked() and all(session.graph.nodes[node].aside == "muted" for node in agents)
    session.undo()
    assert not mute.isChecked()
    session.select(agents[:2])
    assert page.title.text() == "2 nodes" and not page.button("arrange.across").isEnabled()
