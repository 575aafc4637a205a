"""Inside containers: entered by hands, edited with every verb, undone in one line, watched item by item."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from engine.files.open import open_graph
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.run.events import Event
from engine.run.view import View
from gui.dialogs.palette import show_palette
from gui.fields.body import BodyField
from gui.panels.log import Log
from gui.panels.problems import Problems
from gui.panels.timeline import Timeline
from gui.placebar import PlaceBar
from gui.scopes import Scopes
from gui.studio import Studio
from gui.topbar import TopBar
from gui.views.inside_page import InsidePage
from tests.gui.hands import LEFT, Hands

BODY: dict[str, Any] = {
    "nodes": [
        {"id": "item", "kind": "input", "config": {"type": "json"}},
        {"id": "say", "kind": "template", "config": {"template": "Item {{ item }}"}},
        {"id": "result", "kind": "output", "config": {}},
    ],
    "edges": [{"from": "item.value", "to": "say.item"}, {"from": "say.text", "to": "result.value"}],
}


def mapped(body: dict[str, Any] | None = None) -> Graph:
    """A list, a map over it, an output."""
    graph = Graph({"name": "Outer"})
    graph, items = commands.add_node(
        graph, "input", (0, 0), wanted="items", config={"type": "list", "default": ["a", "b", "c"]}
    )
    graph, each = commands.add_node(
        graph, "map", (300, 0), title="Each one", wanted="each", config={"body": body or BODY}
    )
    graph, out = commands.add_node(graph, "output", (600, 0), wanted="out")
    graph = commands.connect(graph, Edge(items, "value", each, "items"))
    return commands.connect(graph, Edge(each, "items", out, "value"))


def bar(studio: Studio) -> PlaceBar:
    return studio.window.place


def top(studio: Studio) -> TopBar:
    found = studio.window.findChild(TopBar)
    assert isinstance(found, TopBar)
    return found


@pytest.fixture
def hands(studio: Studio, qtbot: QtBot) -> Hands:
    studio.session.show(mapped())
    return Hands(studio, qtbot)


def enter(hands: Hands, node: str) -> None:
    """Double-clicks a node."""
    hands.settle()
    rect = hands.studio.canvas.scene.nodes[node].rect
    hands.bot.mouseDClick(hands.studio.canvas, LEFT, pos=hands.at(rect.x + rect.w / 2, rect.y + 10))


def body_of(studio: Studio, node: str = "each") -> dict[str, Any]:
    found: dict[str, Any] = studio.session.whole.nodes[node].config["body"]
    return found


def test_a_double_click_leads_inside_and_escape_back_to_the_same_view(studio: Studio, hands: Hands) -> None:
    before = studio.canvas.camera
    enter(hands, "each")
    assert studio.session.inside == ("each",) and list(studio.canvas.scene.nodes) == ["item", "say", "result"]
    assert bar(studio).isVisible() and bar(studio).title.full_text == "Each one"
    assert top(studio).crumbs.names == ["Each one"] and top(studio).name.full_text == "Outer"
    hands.back_to_canvas()
    hands.click_node("say")
    hands.key(Qt.Key.Key_Escape)
    assert studio.session.inside == ("each",) and not studio.session.selection
    hands.key(Qt.Key.Key_Escape)
    assert studio.session.inside == () and studio.session.selection == {"each"}
    assert studio.canvas.camera == before and not bar(studio).isVisible() and not top(studio).crumbs.names


def test_keys_lead_in_and_out_too(studio: Studio, hands: Hands) -> None:
    hands.back_to_canvas()
    studio.session.select(["each"])
    hands.key(Qt.Key.Key_Return)
    assert studio.session.inside == ("each",)
    hands.ctrl(Qt.Key.Key_Up)
    assert studio.session.inside == () and studio.session.selection == {"each"}
    hands.ctrl(Qt.Key.Key_Down)
    assert studio.session.inside == ("each",)
    hands.bot.mouseClick(bar(studio).up, LEFT)
    assert studio.session.inside == ()


def test_every_verb_works_inside_and_undo_is_one_line(studio: Studio, hands: Hands) -> None:
    session = studio.session
    start = session.whole
    enter(hands, "each")
    added = hands.add("template", 300, 400)
    hands.wire("item", "value", "result", "value")
    assert "item.value->result.value" in session.graph.edges
    assert {"id": added, "kind": "template"}.items() <= body_of(studio)["nodes"][-1].items()
    hands.click_node("say")
    editor = hands.inspector().form.rows["template"].editor.editor()  # type: ignore[union-attr]  # a node is selected
    hands.retype(editor, "Word {{ item }}")
    assert body_of(studio)["nodes"][1]["config"]["template"] == "Word {{ item }}"
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_D)
    hands.key(Qt.Key.Key_Delete)
    session.go_up()
    while studio.session.document.undo_stack.undo_label:
        hands.back_to_canvas()
        hands.ctrl(Qt.Key.Key_Z)
    assert session.whole == start
    hands.ctrl(Qt.Key.Key_Z, shift=True)
    assert session.inside == ("each",) and added in session.graph.nodes


def test_undo_goes_where_the_step_was_made(studio: Studio, hands: Hands) -> None:
    session = studio.session
    session.commit(commands.set_title(session.graph, "items", "List"), "Rename")
    enter(hands, "each")
    session.commit(commands.set_title(session.graph, "say", "Words"), "Rename inside")
    session.go_up()
    session.undo()
    assert session.inside == ("each",) and session.graph.nodes["say"].title == ""
    session.undo()
    assert session.inside == () and session.graph.nodes["items"].title == ""


def test_undo_of_a_container_leads_out_of_it(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    node = studio.canvas.add_kind("map", studio.canvas.scene_centre())
    session.enter((node,))
    assert "item" in session.graph.nodes
    session.undo()
    assert session.inside == () and not session.graph.nodes


def test_what_changes_inside_changes_the_ports_outside(studio: Studio, hands: Hands) -> None:
    enter(hands, "each")
    node = hands.add("input", 0, 300)
    studio.session.go_up()
    assert studio.canvas.scene.nodes["each"].shape.socket(node, False, 0) is not None


def test_paste_and_copy_between_levels(studio: Studio, hands: Hands) -> None:
    enter(hands, "each")
    hands.back_to_canvas()
    studio.session.select(["say"])
    hands.ctrl(Qt.Key.Key_C)
    studio.session.go_up()
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_V)
    assert studio.session.whole.nodes["say"].kind == "template"
    QGuiApplication.clipboard().clear()


def test_containers_in_containers_with_crumbs_and_a_view_for_each(studio: Studio, qtbot: QtBot) -> None:
    deep = {"nodes": [{"id": "m", "kind": "map", "title": "Deeper", "config": {"body": BODY}}], "edges": []}
    session = studio.session
    session.show(mapped(deep))
    session.enter(("each",))
    session.enter(("each", "m"))
    crumbs = top(studio).crumbs
    assert crumbs.names == ["Each one", "Deeper"] and "say" in session.graph.nodes
    studio.canvas.zoom_to(0.5)
    session.commit(commands.set_title(session.graph, "say", "Deep words"), "Rename")
    inner = body_of(studio)["nodes"][0]["config"]["body"]
    assert inner["nodes"][1]["title"] == "Deep words"
    crumbs.buttons[0].click()
    assert session.inside == ("each",) and session.selection == {"m"}
    assert studio.canvas.camera.zoom != 0.5
    session.enter(("each", "m"))
    assert studio.canvas.camera.zoom == 0.5
    qtbot.mouseClick(top(studio).name, LEFT)
    assert session.inside == () and session.selection == {"each"}


def test_what_is_edited_inside_is_saved_and_recovered(studio: Studio, tmp_path: Path) -> None:
    session = studio.session
    session.show(mapped())
    session.enter(("each",))
    session.commit(commands.move(session.graph, {"say": (40, 80)}), "Move")
    assert not session.clean
    studio.filing._write(tmp_path / "a.baton.json", None, None)
    saved = open_graph(tmp_path / "a.baton.json")
    assert saved.nodes["each"].config["body"]["layout"]["nodes"]["say"] == [40, 80]
    assert session.clean and session.inside == ("each",)


def test_problems_inside_are_marked_on_both_sides_and_lead_there(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    broken = {**BODY, "nodes": [*BODY["nodes"], {"id": "odd", "kind": "agent", "config": {"prompt": "{{"}}]}
    session.show(mapped(broken))
    studio.window.show_panel("problems")
    panel = studio.panels.widget("problems")
    assert isinstance(panel, Problems)

    def rows() -> list[Any]:
        return [row for row in panel.rows if row.problem.node == "each/odd"]

    qtbot.waitUntil(lambda: bool(rows()))
    assert studio.canvas.display.face("each").marked
    qtbot.mouseClick(rows()[0], LEFT)
    assert session.inside == ("each",) and session.selection == {"odd"}
    assert studio.canvas.display.face("odd").marked and not studio.canvas.display.face("say").marked


def test_a_fix_is_made_inside(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    edges = [*BODY["edges"], {"from": "gone.value", "to": "say.item"}]
    session.show(mapped({**BODY, "edges": edges}))
    studio.window.show_panel("problems")
    panel = studio.panels.widget("problems")
    assert isinstance(panel, Problems)
    qtbot.waitUntil(lambda: any(row.problem.code == "dangling_edge" for row in panel.rows))
    row = next(row for row in panel.rows if row.problem.code == "dangling_edge")
    assert row.button is not None
    row.button.click()
    assert body_of(studio)["edges"] == BODY["edges"] and session.inside == ("each",)


def test_an_output_that_is_missing_inside_is_added_inside(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(mapped({"nodes": BODY["nodes"][:2], "edges": BODY["edges"][:1]}))
    studio.window.show_panel("problems")
    panel = studio.panels.widget("problems")
    assert isinstance(panel, Problems)
    qtbot.waitUntil(lambda: any(row.problem.code == "no_output" and row.problem.node for row in panel.rows))
    row = next(row for row in panel.rows if row.problem.code == "no_output" and row.problem.node)
    assert row.button is not None
    row.button.click()
    assert session.inside == ("each",) and "say.text->output.value" in session.graph.edges


def run_it(studio: Studio, qtbot: QtBot) -> None:
    studio.launch.start()
    qtbot.waitUntil(lambda: not studio.session.running)


@pytest.mark.slow
def test_a_run_is_watched_inside_item_by_item(studio: Studio, hands: Hands, qtbot: QtBot) -> None:
    session = studio.session
    enter(hands, "each")
    run_it(studio, qtbot)
    assert session.run_result is not None and session.run_result.status == "completed"
    assert session.run_scope == "each[2]" and bar(studio).choice.text() == "item 3 of 3"
    assert studio.canvas.display.face("say").status == "ok" and studio.canvas.display.face("say").body == "Item c"
    qtbot.mouseClick(bar(studio).before, LEFT)
    assert studio.canvas.display.face("say").body == "Item b" and bar(studio).choice.text() == "item 2 of 3"
    hands.click_node("say")
    inspector = hands.inspector()
    inspector.tabs.setCurrentIndex(1)
    assert inspector._node_view() is not None and inspector._node_view().key == "each[1]/say"  # type: ignore[union-attr]  # it is shown
    bar(studio).choice.click()
    finder = hands.finder()
    qtbot.keyClicks(finder.field, "item 1")
    qtbot.keyClick(finder.field, Qt.Key.Key_Return)
    assert studio.canvas.display.face("say").body == "Item a" and not bar(studio).before.isEnabled()
    timeline = studio.panels.widget("timeline")
    assert isinstance(timeline, Timeline)
    assert [(lane.key, lane.title) for lane in timeline.chart.lanes][1] == ("each[0]/say", "say")
    session.go_up()
    assert studio.canvas.display.face("each").status == "ok"
    assert [lane.key for lane in timeline.chart.lanes][1] == "each"


def test_a_line_of_the_log_leads_to_its_item(studio: Studio, hands: Hands, qtbot: QtBot) -> None:
    run_it(studio, qtbot)
    studio.window.show_panel("log")
    log = studio.panels.widget("log")
    assert isinstance(log, Log)
    rows = [row for row in range(log.model.rowCount()) if log.model.line(row).key == "each[1]/say"]
    log._pick(rows[0])
    assert studio.session.inside == ("each",) and studio.session.selection == {"say"}
    assert studio.session.run_scope == "each[1]" and studio.canvas.display.face("say").body == "Item b"


def test_the_palette_finds_nodes_inside(studio: Studio, hands: Hands) -> None:
    finder = show_palette(studio)
    hands.bot.keyClicks(finder.field, "say")
    row = finder.titles.index("say")
    finder.take(row)
    assert studio.session.inside == ("each",) and studio.session.selection == {"say"}


@pytest.mark.slow
def test_a_sub_graph_in_a_file_is_seen_read_only_and_opened_in_its_own_window(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    part = tmp_path / "part.baton.json"
    nodes = [{"id": "task", "kind": "input", "config": {"default": "x"}}, {"id": "got", "kind": "output"}]
    part.write_text(json.dumps({"baton": 1, "nodes": nodes, "edges": [{"from": "task.value", "to": "got.value"}]}))
    whole = Graph(nodes={"sub": Node("sub", "subgraph", "Part", {"graph": part.name})}, places={"sub": (0, 0)})
    session = studio.session
    session.show(whole, tmp_path / "whole.baton.json")
    assert studio.canvas.scene.nodes["sub"].shape.socket("got", True, 0) is not None  # its ports come from the file
    session.enter(("sub",))
    assert list(session.graph.nodes) == ["task", "got"] and bar(studio).open.isVisible()
    assert not session.commit(commands.remove(session.graph, ["got"]), "Delete")
    assert any(part.name in text for text in studio.window.toasts.texts)
    opened: list[Studio] = []
    make = studio.open_window
    studio.open_window = lambda: opened.append(make()) or opened[-1]  # type: ignore[func-returns-value, arg-type]  # a window is true
    qtbot.mouseClick(bar(studio).open, LEFT)
    assert opened[0].session.path == part and not opened[0].session.inside
    run_it(studio, qtbot)
    assert studio.canvas.display.face("got").status == "ok"


def test_a_body_that_is_no_graph_is_said_and_not_entered(studio: Studio) -> None:
    session = studio.session
    session.show(Graph(nodes={"m": Node("m", "map", config={"body": {"nodes": [{"id": "a"}]}})}))
    assert not session.enter(("m",)) and session.inside == ()
    assert studio.window.toasts.texts


def test_the_form_of_a_container_leads_inside(studio: Studio, hands: Hands) -> None:
    hands.click_node("each")
    form = hands.inspector().form
    assert form is not None
    field = form.rows["body"].editor
    assert isinstance(field, BodyField)
    hands.bot.mouseClick(field.enter, LEFT)
    assert studio.session.inside == ("each",)


def event(kind: str, scope: str = "", key: str = "", **data: Any) -> Event:
    return Event(1, "r", 1, 0.0, 0.0, kind, key, key, scope, 0, data)


def test_scopes_follow_what_goes_on_until_one_is_chosen() -> None:
    view = View()
    scopes = Scopes(lambda: view)

    def take(*events: Event) -> None:
        for each in events:
            view.apply(each)

    assert scopes.of(()) == "" and scopes.of(("m",)) is None
    take(*(event("node.started", f"m[{number}]", f"m[{number}]/a") for number in range(3)))
    assert scopes.of(("m",)) == "m[0]"  # the one that goes on longest
    take(event("map.item", "", "m", index=0, status="failed"))
    assert scopes.of(("m",)) == "m[1]"
    scopes.choose(("m",), 0)
    assert scopes.of(("m",)) == "m[0]"
    take(*(event("node.started", scope, f"{scope}/a") for scope in ("m[0]/l[1]", "m[0]/l[2]", "s")))
    take(event("loop.pass", "m[0]", "m[0]/l", **{"pass": 1}), event("node.started", "", "s"))
    assert scopes.of(("m", "l")) == "m[0]/l[2]" and scopes.of(("s",)) == "s" and not scopes.parts(("s",))
    scopes.choose(("m",), None)
    assert scopes.of(("m",)) == "m[1]" and scopes.of(("m", "l")) is None
    assert scopes.go_to("m[0]/l[1]") == ("m", "l") and scopes.of(("m", "l")) == "m[0]/l[1]"
    scopes.choose(("m",), None)
    take(event("node.started", "m[0].2", "m[0].2/a"), event("map.item", "", "m", index=1))
    assert scopes.of(("m",)) == "m[2]" and scopes.go_to("m[0].2/l[1]") == ("m", "l")
    assert view.nodes["m"].parts[0].scope == "m[0].2"  # a second round
    take(event("node.cancelled", "", "m"))
    assert {number: part.status for number, part in scopes.parts(("m",)).items()} == {
        0: "cancelled", 1: "ok", 2: "cancelled",
    }  # fmt: skip


def test_the_inspector_says_what_inputs_and_outputs_mean_inside(studio: Studio, hands: Hands) -> None:
    enter(hands, "each")
    page = studio.window.findChild(InsidePage)
    assert page is not None and page.isVisible()
    assert "Each one" in page.title.text() and page.ports.text() == "It takes: item\nIt gives: result"
    hands.add("output", 400, 300)
    assert page.ports.text().endswith("result, output")
    hands.back_to_canvas()
    studio.session.select()
    hands.bot.mouseClick(page.up, LEFT)
    assert studio.session.inside == () and studio.session.selection == {"each"}
