"""Editors of lists, pairs, code and folders: typed into by hand, shown from the document, undone as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from engine.graph.graph import Graph
from engine.graph.records import Node
from gui.fields.chips import ChipsField, ModelsField
from gui.fields.code import CodeField, kind_of
from gui.fields.line import FolderField
from gui.fields.pairs import PairsField
from gui.fields.tools import ToolsField
from gui.studio import Studio
from gui.views.form_rows import Row
from tests.gui.hands import LEFT, Hands


@pytest.fixture
def hands(studio: Studio, qtbot: QtBot) -> Hands:
    return Hands(studio, qtbot)


def row(hands: Hands, kind: str, name: str, config: dict[str, Any] | None = None) -> Row:
    """The form row of a field of a fresh node."""
    session = hands.studio.session
    session.show(Graph(nodes={"n": Node("n", kind, config=config or {})}, places={"n": (0, 0)}))
    session.select(["n"])
    form = hands.inspector().form
    assert form is not None
    found = form.reveal(name)
    hands.settle()
    return found


def config(hands: Hands) -> dict[str, Any]:
    return dict(hands.studio.session.graph.nodes["n"].config)


def test_words_become_chips_and_go_again(hands: Hands) -> None:
    field = row(hands, "map", "matrix", {"over": "matrix"}).editor
    assert isinstance(field, ChipsField)
    field.line.setFocus()
    hands.type("python, os")
    assert config(hands)["matrix"] == ["python"]
    hands.key(Qt.Key.Key_Return)
    assert config(hands)["matrix"] == ["python", "os"] and [chip.cross for chip in field.chips]
    hands.bot.mouseClick(field.chips[0].cross, LEFT)
    assert config(hands)["matrix"] == ["os"]
    field.line.setFocus()
    hands.key(Qt.Key.Key_Backspace)
    assert "matrix" not in config(hands) and not field.chips
    hands.ctrl(Qt.Key.Key_Z)
    assert field.words == config(hands).get("matrix", [])


def test_chips_wrap_and_the_field_grows(hands: Hands) -> None:
    field = row(hands, "map", "matrix", {"over": "matrix", "matrix": ["one"]}).editor
    assert isinstance(field, ChipsField)
    low = field.box.height()
    words = [f"a_rather_long_name_{number}" for number in range(6)]
    field.edited.emit(words)
    hands.bot.waitUntil(lambda: field.box.height() > low)
    assert field.chips[-1].mapTo(field.box, QPoint(0, 0)).y() > field.chips[0].y()


def test_json_that_no_file_could_hold_is_said_and_not_taken(hands: Hands) -> None:
    found = row(hands, "input", "default", {"type": "json"})
    area = found.editor.editor()
    assert isinstance(area, QPlainTextEdit)
    for text in ('{"a": NaN}', '{"a": 1e999}', '{"a": 1, "a": 2}', "[" * 5000, '{"a": '):
        area.setPlainText(text)
        assert found.message.text().startswith("This is not JSON yet") and "default" not in config(hands), text
    hands.retype(area, '{"a": [1, null]}')
    assert config(hands)["default"] == {"a": [1, None]} and not found.message.isVisible()


@pytest.mark.slow
def test_models_and_tools_are_offered(hands: Hands) -> None:
    models = row(hands, "agent", "fallback").editor
    assert isinstance(models, ModelsField) and "best" in models.offers()
    tools = row(hands, "agent", "tools").editor
    assert isinstance(tools, ToolsField) and any(name.startswith("clock") for name in tools.offers())


def test_names_with_values_are_rows(hands: Hands) -> None:
    found = row(hands, "http", "headers", {"headers": {"Accept": "text/html"}})
    field = found.editor
    assert isinstance(field, PairsField) and [each.name.text() for each in field.rows] == ["Accept"]
    hands.bot.mouseClick(field.add, LEFT)
    hands.type("X-Key")
    field.rows[1].value.setFocus()
    hands.type("secret://shop")
    assert config(hands)["headers"] == {"Accept": "text/html", "X-Key": "secret://shop"}
    hands.retype(field.rows[1].name, "Accept")
    assert "two named" in found.message.text()
    assert config(hands)["headers"] == {"Accept": "text/html", "Accep": "secret://shop"}
    hands.bot.mouseClick(field.rows[1].cross, LEFT)
    assert config(hands)["headers"] == {"Accept": "text/html"} and not found.message.text()


def test_code_keeps_its_indent(hands: Hands) -> None:
    field = row(hands, "code", "source", {"source": ""}).editor
    assert isinstance(field, CodeField)
    field.area.setFocus()
    hands.type("def run(value):")
    hands.key(Qt.Key.Key_Return)
    hands.type("if value:")
    hands.key(Qt.Key.Key_Return)
    hands.type("return 1")
    hands.key(Qt.Key.Key_Return)
    hands.type("return 2")
    wanted = "def run(value):\n    if value:\n        return 1\n    return 2"
    assert field.area.toPlainText() == wanted and config(hands)["source"] == wanted
    hands.key(Qt.Key.Key_Return)
    hands.key(Qt.Key.Key_Tab)
    assert field.area.toPlainText().endswith("\n    ")
    hands.key(Qt.Key.Key_Backspace)
    assert field.area.toPlainText().endswith("return 2\n")
    hands.ctrl(Qt.Key.Key_A)
    hands.key(Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert field.area.toPlainText().startswith("def run(value):\nif value:\n    return 1")
    hands.key(Qt.Key.Key_Escape)
    assert hands.studio.canvas.hasFocus()


def test_code_is_coloured_by_what_it_is(hands: Hands) -> None:
    field = row(hands, "code", "source", {"source": "def run(x):\n    return len('a') + 1  # why"}).editor
    assert isinstance(field, CodeField)
    area: QPlainTextEdit = field.area
    colours = []
    for number in (0, 1):
        layout = area.document().findBlockByNumber(number).layout()
        assert layout is not None
        colours += [each.format.foreground().color().name() for each in layout.formats()]
    assert len(set(colours)) == 6  # keyword, defined, builtin, text, number, comment
    assert kind_of("word", "return") == "keyword" and kind_of("word", "len") == "builtin" and not kind_of("word", "x")


def test_a_folder_inside_the_graphs_own_is_named_from_there(hands: Hands, tmp_path: Path) -> None:
    field = row(hands, "files", "root").editor
    assert isinstance(field, FolderField)
    hands.studio.session.mark_saved(tmp_path / "a.baton.json")
    (tmp_path / "docs").mkdir()
    field.take(tmp_path / "docs")
    assert config(hands)["root"] == "docs" and field.line.text() == "docs"
    field.take(tmp_path.parent)
    assert config(hands)["root"] == str(tmp_path.parent)


def test_what_does_not_matter_is_not_shown(hands: Hands) -> None:
    found = row(hands, "merge", "vote", {"strategy": "vote"})
    form = hands.inspector().form
    assert form is not None and found.isVisibleTo(form) and not form.rows["separator"].isVisibleTo(form)
    session = hands.studio.session
    after = session.graph.with_tables(nodes={"n": Node("n", "merge", config={"strategy": "concat"})})
    session.commit(after, "Edit")
    assert not form.rows["vote"].isVisibleTo(form) and form.rows["separator"].isVisibleTo(form)
