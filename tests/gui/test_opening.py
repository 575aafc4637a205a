"""Files of other tools, addresses, versions, comparisons and merges in the studio."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog
from pytestqt.qtbot import QtBot

from engine.export.address import Fetched
from engine.export.imported import imported
from engine.files.save import save_graph
from engine.files.versions import versions_of
from engine.graph import commands
from engine.graph.conflicts import conflicts_of
from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from gui.changes import compare
from gui.dialogs.address import AddressDialog
from gui.dialogs.report import ReportDialog
from gui.dialogs.versions import VersionsDialog
from gui.dropped import insert_text, open_any, take_drop
from gui.panels.changes import ChangeRow, Changes, ConflictRow
from gui.studio import Studio
from gui.studios import Studios
from tests.gui.hands import LEFT, Hands

SAMPLES = Path(__file__).parents[1] / "golden" / "imports"


def pipeline(**config: str) -> Graph:
    nodes = {
        "task": Node("task", "input"),
        "draft": Node("draft", "agent", "Draft", {"model": "cheap", "prompt": "{{ task }}", **config}),
        "end": Node("end", "output"),
    }
    edges = (Edge("task", "value", "draft", "task"), Edge("draft", "text", "end", "value"))
    places = {key: (260.0 * at, 0.0) for at, key in enumerate(nodes)}
    return Graph(head={"name": "Desk"}, nodes=nodes, edges={edge.key: edge for edge in edges}, places=places)


def dialog(studio: Studio, kind: type[QDialog]) -> QDialog:
    return next(each for each in studio.window.findChildren(kind) if each.isVisible())


def bar_button(studio: Studio, qtbot: QtBot, words: str) -> None:
    from PySide6.QtWidgets import QPushButton

    found = next(each for each in studio.window.bar.findChildren(QPushButton) if each.text() == words)
    qtbot.mouseClick(found, LEFT)


def test_a_dropped_file_of_another_tool_opens_with_its_report(studio: Studio, qtbot: QtBot) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(SAMPLES / "chat.n8n.json"))])
    take_drop(studio, data, QPointF(0, 0))
    qtbot.waitUntil(lambda: "refund_agent" in studio.session.graph.nodes)
    assert studio.session.path is None and not studio.session.clean
    assert studio.window.bar.text.startswith("Made from a file of n8n: 1 placeholder")
    bar_button(studio, qtbot, "Show the report")
    report = dialog(studio, ReportDialog)
    assert isinstance(report, ReportDialog)
    row = next(each for each in report.rows if each.text() == "Slack (slack)")
    qtbot.mouseClick(row, LEFT)
    assert studio.session.selection == {"slack"}


def test_a_pasted_drawing_opens_and_a_broken_file_is_said(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    insert_text(studio, "flowchart LR\n  a([Start]) --> b[Think] --> c([End])\n", QPointF(0, 0))
    assert [node.kind for node in studio.session.graph.nodes.values()] == ["input", "agent", "output"]
    broken = tmp_path / "x.yml"
    broken.write_text("kind: app\nworkflow: 3\n")
    before = studio.session.graph
    open_any(studio, broken)
    qtbot.waitUntil(lambda: bool(studio.window.toasts.texts))
    assert studio.session.graph is before and "Dify" in studio.window.toasts.texts[-1]


def test_other_text_that_is_dropped_becomes_a_note_where_it_fell(studio: Studio) -> None:
    studio.session.show(pipeline())
    insert_text(studio, "Ask Ada about the limits.\nThen decide. {{ not }} <b>a</b> graph", QPointF(101, 197))
    [note] = studio.session.graph.notes.values()
    assert note.text.startswith("Ask Ada") and "<b>" in note.text and note.rect[:2] == (104, 200)
    assert studio.session.mark_selection == {note.id} and len(studio.session.graph.nodes) == 3
    studio.session.undo()
    assert not studio.session.graph.notes
    for useless in ("  \n", "x" * 30_000):
        insert_text(studio, useless, QPointF(0, 0))
    assert not studio.session.graph.notes and "too long" in studio.window.toasts.texts[-1]


def test_folders_and_plain_files_that_are_dropped_become_nodes_that_read_them(studio: Studio, tmp_path: Path) -> None:
    file = tmp_path / "desk.baton.json"
    save_graph(pipeline(), file, generations=0)
    assert studio.filing.load(file)
    (tmp_path / "notes").mkdir()
    (tmp_path / "rows [1].csv").write_text("a,b\n")
    for name, expected in (("notes", ("notes", "**/*")), ("rows [1].csv", (".", "rows [[]1].csv"))):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(tmp_path / name))])
        take_drop(studio, data, QPointF(40, 400))
        [node] = studio.session.selection
        found = studio.session.graph.nodes[node]
        assert (found.kind, found.title) == ("files", name)
        assert (found.config["root"], found.config["glob"]) == expected


def test_files_dropped_together_are_all_taken_and_a_text_that_is_no_graph_is_read(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    for name in ("a.txt", "b.md", "c.py"):
        (tmp_path / name).write_text("words")
    (tmp_path / "d.bin").write_bytes(b"\0\1")
    (tmp_path / "e.json").write_text("[")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in sorted(tmp_path.iterdir()) if path.is_file()])
    take_drop(studio, data, QPointF(0, 0))
    session, said = studio.session, studio.window.toasts
    qtbot.waitUntil(lambda: len(session.graph.nodes) == 3 and len(said.texts) == 2)
    assert {node.title for node in session.graph.nodes.values()} == {"a.txt", "b.md", "c.py"}
    assert len(set(session.graph.places.values())) == 3
    assert "d.bin" in " ".join(said.texts) and "valid JSON" in " ".join(said.texts)


def test_an_address_is_shown_first_and_opened_restricted(studio: Studio, qtbot: QtBot) -> None:
    text = (
        b'{"baton": 1, "name": "Afar", "nodes": [{"id": "get", "kind": "http", "config": {"url": "https://e.org/x"}}]}'
    )
    got = Fetched("https://example.org/afar.baton.json", text)
    studio.opening._ask(got, imported(text, got.name))
    assert not studio.session.graph.nodes
    Hands(studio, qtbot).answer("Open")
    assert list(studio.session.graph.nodes) == ["get"] and studio.session.path is None
    assert studio.trust.restricted and studio.trust.needed()


def test_an_address_that_leads_nowhere_is_one_sentence(studio: Studio, qtbot: QtBot) -> None:
    studio.actions["file.address"].trigger(studio)
    asked = dialog(studio, AddressDialog)
    assert isinstance(asked, AddressDialog)
    asked.field.clear()
    qtbot.keyClicks(asked.field, "https://127.0.0.1:9/x.baton.json")
    qtbot.keyClick(asked.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any("an address of this machine" in text for text in studio.window.toasts.texts))


@pytest.mark.slow
def test_versions_are_kept_compared_and_restored(
    studios: Studios, studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    file = tmp_path / "desk.baton.json"
    save_graph(pipeline(), file, generations=0)
    assert studio.filing.load(file)
    studio.actions["file.versions"].trigger(studio)
    shown = dialog(studio, VersionsDialog)
    assert isinstance(shown, VersionsDialog)
    qtbot.keyClicks(shown.field, "first words")
    qtbot.mouseClick(shown.keep, LEFT)
    assert [each.name for each in versions_of(file)] == ["first words"]
    session = studio.session
    grown = commands.set_config(commands.remove(session.graph, ["end"]), "draft", {"model": "best"})
    session.commit(commands.add_node(grown, "output", (600, 0), wanted="report")[0], "Edit")
    mine = session.whole
    qtbot.mouseClick(shown.rows[0]["Compare"], LEFT)
    other = studios.windows[-1]._studio
    faces = {key: other.canvas.display.face(key) for key in other.session.graph.nodes}
    assert {key: face.pill for key, face in faces.items()} == {
        "task": None, "draft": "changed", "report": "added", "end": "removed"
    }  # fmt: skip
    assert faces["draft"].reason == "config.model" and faces["end"].dashed
    assert other.canvas.display.edge("draft.text->end.value").dashed
    assert "1 node added, 1 node removed, 1 node changed, 1 edge removed" in other.window.bar.text
    panel = other.panels.widget("changes")
    assert isinstance(panel, Changes) and len(panel.rows) == 3
    row = panel.rows[0]
    assert isinstance(row, ChangeRow)
    qtbot.mouseClick(row.where, LEFT)
    assert other.session.selection == {"draft"}
    assert session.whole is mine
    studio.actions["file.versions"].trigger(studio)
    again = dialog(studio, VersionsDialog)
    assert isinstance(again, VersionsDialog)
    qtbot.mouseClick(again.rows[0]["Restore"], LEFT)
    assert session.whole == pipeline()
    session.undo()
    assert session.whole == mine


def test_nothing_of_a_comparison_can_be_changed(studio: Studio, qtbot: QtBot) -> None:
    other = compare(studio, pipeline(), pipeline(model="best"), ("one", "two"))
    assert other is not None
    grown, _ = commands.add_node(other.session.graph, "agent", (0, 0))
    assert not other.session.commit(grown, "Add")
    other.session.show(pipeline())
    assert other.session.changes is None and other.canvas.display.face("draft").pill is None


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_file_that_somebody_else_changed_is_merged_and_conflicts_are_chosen(
    studio: Studio, qtbot: QtBot, tmp_path: Path, side: str
) -> None:
    file, hands = tmp_path / "desk.baton.json", Hands(studio, qtbot)
    save_graph(pipeline(), file, generations=0)
    assert studio.filing.load(file)
    session = studio.session
    session.commit(commands.set_config(session.graph, "draft", {"model": "best"}), "Mine")
    theirs = commands.add_node(pipeline(model="medium"), "output", (600, 0), wanted="extra")[0]
    save_graph(theirs, file, generations=0)
    studio.filing.save()
    hands.answer("Merge both")
    assert "extra" in session.graph.nodes and len(conflicts_of(session.whole)) == 1
    assert "changed differently by two people" in studio.window.bar.text
    bar_button(studio, qtbot, "Choose")
    panel = studio.panels.widget("changes")
    assert isinstance(panel, Changes) and panel.isVisible()
    (row,) = panel.rows
    assert isinstance(row, ConflictRow)
    qtbot.mouseClick(row.buttons["ours" if side == "ours" else "theirs"], LEFT)
    assert session.graph.nodes["draft"].config["model"] == ("best" if side == "ours" else "medium")
    assert not conflicts_of(session.whole) and not panel.rows
    studio.filing.save()
    assert session.clean


def test_a_copied_workflow_of_another_tool_is_pasted_as_a_graph(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    QGuiApplication.clipboard().setText((SAMPLES / "chain.flowise.json").read_text("utf-8"))
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_V)
    assert set(studio.session.graph.nodes) == {"question", "translate", "answer"}
