"""Buttons of problems: one click leaves a graph without that problem, in one undo step."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollArea
from pytestqt.qtbot import QtBot

from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge
from gui.dialogs.store_key import StoreKey
from gui.panels.problems import ProblemRow, Problems
from gui.studio import Studio


def row_of(studio: Studio, qtbot: QtBot, code: str) -> ProblemRow:
    studio.window.show_panel("problems")
    panel = studio.panels.widget("problems")
    assert isinstance(panel, Problems)
    qtbot.waitUntil(lambda: any(row.problem.code == code for row in panel.rows))
    return next(row for row in panel.rows if row.problem.code == code)


def test_a_row_takes_enter_and_leaves_other_keys_to_the_list(studio: Studio, qtbot: QtBot) -> None:
    graph = Graph()
    for place in range(30):
        graph, _ = commands.add_node(graph, "output", (0, place * 200), wanted=f"out_{place}")
    studio.session.show(graph)
    row = row_of(studio, qtbot, "unwired_port")
    area = row.parentWidget()
    while not isinstance(area, QScrollArea):
        assert area is not None
        area = area.parentWidget()
    bar = area.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0)
    qtbot.keyClick(row, Qt.Key.Key_Down)
    assert bar.value() > 0 and not studio.session.selection
    qtbot.keyClick(row, Qt.Key.Key_Return)
    assert studio.session.selection == {row.problem.node}


def solved(studio: Studio, qtbot: QtBot, code: str) -> None:
    before = studio.session.graph
    button = row_of(studio, qtbot, code).button
    assert button is not None
    button.click()
    assert studio.session.graph != before
    qtbot.waitUntil(lambda: all(problem.code != code for problem in studio.session.problems))
    after = studio.session.graph
    studio.session.undo()
    assert studio.session.graph == before
    studio.session.redo()
    assert studio.session.graph == after


def test_two_values_for_one_port_are_joined_by_a_merge(studio: Studio, qtbot: QtBot) -> None:
    graph = Graph()
    for place in range(2):
        graph, _ = commands.add_node(graph, "input", (0, place * 200), wanted=f"in_{place}")
    graph, out = commands.add_node(graph, "output", (300, 0))
    for place in range(2):
        graph = commands.connect(graph, Edge(f"in_{place}", "value", out, "value"))
    studio.session.show(graph)
    solved(studio, qtbot, "port_conflict")
    after = studio.session.graph
    assert [edge.source for edge in after.incoming("merge")] == ["in_0", "in_1"]
    assert [edge.key for edge in after.incoming(out)] == ["merge.value->output.value"]
    assert after.places["merge"] == (300, 0)
    assert after.places[out][0] > 500


def test_an_input_called_like_a_node_is_wired_to_it(studio: Studio, qtbot: QtBot) -> None:
    graph, task = commands.add_node(Graph(), "input", (0, 0), wanted="task")
    graph, text = commands.add_node(graph, "template", (300, 0), config={"template": "About {{ task }}"})
    graph, out = commands.add_node(graph, "output", (600, 0))
    studio.session.show(commands.connect(graph, Edge(text, "text", out, "value")))
    solved(studio, qtbot, "unwired_port")
    assert f"{task}.value->{text}.task" in studio.session.graph.edges


def test_a_node_that_waits_for_both_ways_of_a_router_gets_an_optional_port(studio: Studio, qtbot: QtBot) -> None:
    routes = [
        {"id": "a", "label": "a", "when": {"field": "", "op": "contains", "value": "yes"}},
        {"id": "b", "label": "b"},
    ]
    graph, task = commands.add_node(Graph(), "input", (0, 0), wanted="task")
    graph, router = commands.add_node(graph, "router", (200, 0), config={"mode": "rules", "routes": routes})
    graph, both = commands.add_node(graph, "template", (500, 0), config={"template": "{{ x }} {{ y }}"})
    graph = commands.connect(graph, Edge(task, "value", router, "value"))
    graph = commands.connect(graph, Edge(router, "a", both, "x"))
    graph = commands.connect(graph, Edge(router, "b", both, "y"))
    studio.session.show(graph)
    solved(studio, qtbot, "join_never_fires")
    assert studio.session.graph.nodes[both].config["optional"] == ["y"]


def test_a_circle_is_wrapped_in_a_loop(studio: Studio, qtbot: QtBot) -> None:
    graph = Graph()
    for name in ("write", "judge"):
        graph, _ = commands.add_node(graph, "template", (0, 0), config={"template": "{{ text }}"}, wanted=name)
    graph = commands.connect(graph, Edge("write", "text", "judge", "text"))
    graph = commands.connect(graph, Edge("judge", "text", "write", "text"))
    studio.session.show(graph)
    solved(studio, qtbot, "cycle")
    assert list(studio.session.graph.nodes) == ["loop"]


KEY = "sk-ant-" + "api03" + "a1b2c3d4e5f6g7h8i9j0"


class Ring:
    """A keyring that lives as long as the test."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}

    def get_password(self, _service: str, name: str) -> str | None:
        return self.held.get(name)

    def set_password(self, _service: str, name: str, value: str) -> None:
        self.held[name] = value

    def delete_password(self, _service: str, name: str) -> None:
        del self.held[name]


def test_a_pasted_key_goes_to_the_keyring_and_its_name_stays(studio: Studio, qtbot: QtBot) -> None:
    ring = Ring()
    studio.services.secrets._open_keyring = lambda: ring
    config = {"url": "https://x.example/", "headers": {"Authorization": f"Bearer {KEY}"}}
    graph, node = commands.add_node(Graph(), "http", (0, 0), config=config)
    studio.session.commit(graph, "Add")
    assert "Anthropic" in studio.window.bar.text and KEY not in studio.window.bar.text
    button = row_of(studio, qtbot, "pasted_secret").button
    assert button is not None
    button.click()
    dialog = next(each for each in studio.window.findChildren(StoreKey) if each.isVisible())
    assert dialog.name.text() == "ANTHROPIC_API_KEY" and KEY not in repr(dialog._pasted)
    dialog.store.click()
    qtbot.waitUntil(lambda: ring.held == {"ANTHROPIC_API_KEY": KEY})
    wanted = {"Authorization": "Bearer secret://ANTHROPIC_API_KEY"}
    qtbot.waitUntil(lambda: studio.session.graph.nodes[node].config["headers"] == wanted)
    qtbot.waitUntil(lambda: all(problem.code != "pasted_secret" for problem in studio.session.problems))


def test_where_no_keyring_is_the_key_stays_and_that_is_said(studio: Studio, qtbot: QtBot) -> None:
    studio.services.secrets._open_keyring = lambda: None
    graph, note = commands.add_node(Graph(), "template", (0, 0), config={"template": KEY})
    studio.session.commit(graph, "Add")
    button = row_of(studio, qtbot, "pasted_secret").button
    assert button is not None
    button.click()
    dialog = next(each for each in studio.window.findChildren(StoreKey) if each.isVisible())
    dialog.store.click()
    qtbot.waitUntil(lambda: "environment variable" in dialog.wrong.text())
    assert studio.session.graph.nodes[note].config["template"] == KEY
    dialog.reject()
