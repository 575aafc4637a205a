"""What a run is given in the window: values are read as the command line reads them, files by their names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from engine.files.save import save_graph
from engine.graph.graph import Graph
from engine.graph.records import Node
from gui.dialogs.inputs import InputsDialog
from gui.studio import Studio
from tests.gui.hands import LEFT, Hands


def asking(studio: Studio, file: Path, kind: str) -> None:
    """Opens a graph with one input of a type."""
    save_graph(Graph(nodes={"it": Node("it", "input", config={"type": kind, "name": "it"})}), file, generations=0)
    assert studio.filing.load(file)


def asked(studio: Studio) -> InputsDialog:
    studio.launch.start(rehearse=True)
    dialog = studio.launch.dialog
    assert isinstance(dialog, InputsDialog)
    return dialog


def field(dialog: InputsDialog) -> QWidget:
    return next(each for each in dialog.findChildren(QWidget) if each.accessibleName() == "it")


def run(studio: Studio, qtbot: QtBot, dialog: InputsDialog, text: str) -> Any:
    """Types a value and presses Run. Returns what the run was given; None where it was not begun."""
    Hands(studio, qtbot).retype(field(dialog), text)
    button = next(each for each in dialog.findChildren(QPushButton) if each.text() == "Run")
    qtbot.mouseClick(button, LEFT)
    if dialog.isVisible():
        return None
    qtbot.waitUntil(lambda: not studio.session.running)
    view = studio.session.run_view
    return view and view.nodes["it"].outputs["value"]


MEANT: list[tuple[str, str, Any]] = [
    ("number", "9007199254740993", 9007199254740993),
    ("number", "0.5", 0.5),
    ("json", '{"a": true}', {"a": True}),
    ("json", "just words", "just words"),
]
WRONG = [
    ("number", "inf", "takes a number"),
    ("number", "true", "takes a number"),
    ("list", "{}", "takes a list"),
    ("json", '{"a": NaN}', "takes JSON"),
    ("json", "[" * 400, "takes JSON"),
    ("file", "gone.txt", "cannot be read"),
]


def test_what_is_typed_arrives_as_it_was_meant(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    for kind, text, value in MEANT:
        asking(studio, tmp_path / f"{kind}.baton.json", kind)
        assert run(studio, qtbot, asked(studio), text) == value


def test_what_is_no_value_of_its_type_is_said_at_its_field(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    for kind, text, said in WRONG:
        asking(studio, tmp_path / f"{kind}.baton.json", kind)
        dialog = asked(studio)
        assert run(studio, qtbot, dialog, text) is None
        assert any(said in label.text() for label in dialog.findChildren(QLabel) if label.isVisible()), text
        dialog.reject()


def test_a_file_is_named_and_read_anew_at_each_run(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    file, notes = tmp_path / "g.baton.json", tmp_path / "notes.txt"
    asking(studio, file, "file")
    notes.write_text("one")
    assert run(studio, qtbot, asked(studio), "notes.txt") == {"path": "notes.txt", "text": "one"}
    assert studio.state.inputs(file) == {"it": {"path": "notes.txt"}}, "what stands in files is not kept elsewhere"
    notes.write_text("two")
    dialog = asked(studio)
    line = field(dialog)
    assert isinstance(line, QLineEdit) and line.text() == "notes.txt"
    assert run(studio, qtbot, dialog, "notes.txt") == {"path": "notes.txt", "text": "two"}
