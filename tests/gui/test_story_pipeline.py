"""A person draws the article's pipeline from nothing, runs it, watches it, saves it and opens it again."""

from __future__ import annotations

import itertools
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from engine.files.open import open_graph
from gui.studio import Studio
from gui.topbar import TopBar
from tests.gui.hands import Hands

PROMPTS = {
    "Research": "Collect facts about {{ task }}",
    "Draft": "Write from {{ notes }}",
    "Review": "Improve {{ draft }}",
}


def draw(hands: Hands) -> list[str]:
    """Five nodes, titles and prompts typed, wires dragged. Returns the ids in order."""
    ids = [hands.add("input", -520, 0)]
    for index, (title, prompt) in enumerate(PROMPTS.items()):
        node = hands.add("agent", -260 + 260 * index, 0)
        ids.append(node)
        hands.key(Qt.Key.Key_F2)
        hands.type(title)
        assert hands.inspector().form is not None
        hands.retype(hands.inspector().form.rows["prompt"].editor.editor(), prompt)
    ids.append(hands.add("output", 520, 0))
    hands.studio.canvas.frame_all()
    wires = [("value", "task"), ("text", "notes"), ("text", "draft"), ("text", "value")]
    for source, target, (out, into) in zip(ids, ids[1:], wires, strict=False):
        hands.wire(source, out, target, into)
    return ids


def test_pipeline_from_nothing(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    ids = draw(hands)

    graph = session.graph
    assert [graph.nodes[node].title for node in ids[1:4]] == list(PROMPTS)
    assert [graph.nodes[node].config["prompt"] for node in ids[1:4]] == list(PROMPTS.values())
    assert [(edge.source, edge.target) for edge in graph.edges.values()] == list(itertools.pairwise(ids))
    assert not session.clean

    pixels = studio.canvas.grab().toImage()
    seen: dict[str, set[str]] = {node: set() for node in ids}
    session.run_ticked.connect(lambda _: [seen[key].add(node.status) for key, node in session.run_view.nodes.items()])
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_Return)
    dialog = studio.launch.dialog
    assert dialog is not None
    qtbot.keyClicks(dialog._rows[0].editor, "Why do connection pools stall in services under load?")
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    with qtbot.waitSignal(session.run_changed):
        qtbot.keyClick(dialog._rows[0].editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: not session.running)

    assert session.run_view is not None
    assert session.run_view.status == "completed", studio.window.toasts.texts
    assert {session.run_view.nodes[node].status for node in ids} == {"ok"}
    assert all("ok" in states for states in seen.values())
    assert studio.canvas.grab().toImage() != pixels, "the canvas shows how the nodes ended"
    bar = studio.window.findChild(TopBar)
    assert bar.state.status == "ok" and "rehearsal" not in bar.plan.text()

    hands.click_node(ids[1])
    assert hands.inspector().badge.text.startswith("done")
    hands.inspector().tabs.setCurrentIndex(2)
    said = hands.inspector().messages.blocks
    assert any("Why do connection pools stall" in block.text for block in said), "the prompt as sent"

    file = tmp_path / "pipeline.baton.json"
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_S)
    chooser = next(each for each in studio.window.findChildren(QFileDialog) if each.isVisible())
    chooser.fileSelected.emit(str(file))
    chooser.close()
    assert session.clean and session.path == file
    assert open_graph(file) == session.graph
    saved = session.graph
    studio.filing.new()
    assert not session.graph.nodes
    studio.filing.open(file)
    assert session.graph == saved
    assert list(session.graph.edges) == list(saved.edges)


def test_each_step_has_a_name_and_typing_is_one(studio: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    node = hands.add("agent", 0, 0)
    stack = session.document.undo_stack
    assert stack.undo_label == "Add agent"
    form = hands.inspector().form
    assert form is not None
    hands.retype(form.rows["prompt"].editor.editor(), "Say {{ who }}")
    assert stack.undo_label == f"Edit prompt of “{node}”"
    hands.ctrl(Qt.Key.Key_Z)
    assert session.graph.nodes[node].config["prompt"] == "{{ task }}", "the whole burst, not a letter"
    assert form.rows["prompt"].editor.editor().toPlainText() == "{{ task }}"
    assert stack.redo_label == f"Edit prompt of “{node}”"
    hands.ctrl(Qt.Key.Key_Z, shift=True)
    assert session.graph.nodes[node].config["prompt"] == "Say {{ who }}"
    hands.ctrl(Qt.Key.Key_Z)
    hands.ctrl(Qt.Key.Key_Z)
    assert not session.graph.nodes and session.clean
