"""The verbs: no two clash, each can be asked about at any time, menus and palette show them."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QLabel
from pytestqt.qtbot import QtBot

import gui
from engine.graph import commands
from gui.action import Actions
from gui.studio import Studio
from tests.gui.hands import Hands


def test_no_two_verbs_share_a_key() -> None:
    taken: dict[str, list[str]] = defaultdict(list)
    for action in Actions.load():
        for key in action.keys:
            sequence = QKeySequence(key)
            assert not sequence.isEmpty(), f"{action.name}: “{key}” is no key"
            taken[sequence.toString()].append(action.name)
    assert {key: names for key, names in taken.items() if len(names) > 1} == {}


def test_names_and_titles_in_a_menu_are_unique(studio: Studio) -> None:
    names = [action.name for action in studio.actions]
    assert len(names) == len(set(names)) > 25
    for menu in studio.actions.menus:
        titles = [action.words(studio) for action in studio.actions.of_menu(menu)]
        assert len(titles) == len(set(titles)), menu


def test_menus_show_what_can_be_done_now(studio: Studio) -> None:
    menu = studio.window._menus.main()
    edit = next(each.menu() for each in menu.actions() if each.text() == "Edit")
    undo = next(each for each in edit.actions() if each.text().startswith("Undo"))
    assert not undo.isEnabled() and undo.text().endswith("Ctrl+Z")
    grown, _ = commands.add_node(studio.session.graph, "agent", (0, 0))
    studio.session.commit(grown, "Add agent")
    edit = next(each.menu() for each in studio.window._menus.main().actions() if each.text() == "Edit")
    undo = next(each for each in edit.actions() if each.text().startswith("Undo Add agent"))
    assert undo.isEnabled()
    undo.trigger()
    assert not studio.session.graph.nodes


def test_palette_finds_verbs_nodes_and_graphs(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    node = hands.add("router", 0, 0)
    hands.ctrl(Qt.Key.Key_K)
    finder = hands.finder()
    qtbot.keyClicks(finder.field, "router")
    assert finder.titles[0] == node
    finder.field.setText("dark")
    assert finder.titles[0] == "Colours: dark"
    finder.field.setText("support desk")
    assert "support desk" in [title.lower() for title in finder.titles]
    finder.field.setText("tidy")
    qtbot.keyClick(finder.field, Qt.Key.Key_Return)
    assert studio.session.document.undo_stack.undo_label in ("Tidy the graph", "Add router")


def test_keys_of_the_canvas_leave_text_fields_alone(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    hands.add("agent", 0, 0)
    prompt = hands.inspector().form.rows["instructions"].editor.editor()  # type: ignore[union-attr]  # it is shown
    prompt.setFocus()
    qtbot.keyClicks(prompt, "f01?")
    qtbot.keyClick(prompt, Qt.Key.Key_Backspace)
    assert prompt.toPlainText() == "f01"
    assert len(studio.session.graph.nodes) == 1


def test_copy_paste_duplicate_delete(studio: Studio, qtbot: QtBot) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    first, second = hands.add("input", -200, 0), hands.add("agent", 100, 0)
    hands.wire(first, "value", second, "task")
    studio.canvas.setFocus()
    hands.ctrl(Qt.Key.Key_A)
    assert session.selection == {first, second}
    hands.ctrl(Qt.Key.Key_C)
    hands.ctrl(Qt.Key.Key_V)
    assert len(session.graph.nodes) == 4 and len(session.graph.edges) == 2
    assert session.document.undo_stack.undo_label == "Paste 2 nodes"
    hands.ctrl(Qt.Key.Key_D)
    assert len(session.graph.nodes) == 6
    hands.key(Qt.Key.Key_Delete)
    assert len(session.graph.nodes) == 4


def test_list_of_keys_opens_and_shows_every_key(studio: Studio, qtbot: QtBot) -> None:
    studio.canvas.setFocus()
    qtbot.keyClicks(studio.canvas, "?")
    page = next(each for each in studio.window.findChildren(QDialog) if each.isVisible())
    words = {label.text() for label in page.findChildren(QLabel)}
    for action in studio.actions:
        if action.keys and action.menu:
            assert action.words(studio) in words
            assert studio.window.key_text(action, every=True) in words
    page.close()


def test_no_dialog_runs_a_loop_of_its_own() -> None:
    """`.exec()` inside a coroutine leaves tasks that woke meanwhile dead for good (architecture.md)."""
    found = [
        f"{path.name}:{number}"
        for path in Path(next(iter(gui.__path__))).rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if re.search(r"\.exec_?\(", line)
    ]
    assert found == []
