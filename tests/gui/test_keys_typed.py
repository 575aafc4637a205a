"""Keys in fields beside the document: said at the field without repeating them, and not remembered (T3)."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from engine.base.settings import Home
from engine.graph.graph import Graph
from engine.graph.records import Node
from gui.dialogs.address import ask_address
from gui.dialogs.inputs import InputsDialog
from gui.studio import Studio
from tests.gui.hands import Hands

SECRET = "sk-ant-" + "api03a1b2c3d4e5f6g7h8i9j0"


def said(studio: Studio) -> str:
    notice = studio.window.keys_typed.notice
    return notice.text() if isinstance(notice, QLabel) and notice.isVisible() else ""


def focused(field: QWidget, qtbot: QtBot) -> None:
    field.window().activateWindow()
    qtbot.waitUntil(field.window().isActiveWindow)
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)


def test_a_key_given_to_a_run_is_noticed_and_not_remembered(studio: Studio, home: Home, qtbot: QtBot) -> None:
    nodes = {name: Node(name, "input", config={"type": "text", "name": name}) for name in ("topic", "token")}
    studio.session.show(Graph(nodes=nodes))
    studio.launch.start(rehearse=True)
    dialog = studio.launch.dialog
    assert isinstance(dialog, InputsDialog)
    topic, token = dialog.findChildren(QPlainTextEdit)
    focused(topic, qtbot)
    qtbot.keyClicks(topic, "ferries")
    assert said(studio) == ""
    focused(token, qtbot)
    QGuiApplication.clipboard().setText(f"Bearer {SECRET}")
    token.paste()
    assert "an Anthropic key" in said(studio) and SECRET not in said(studio)
    assert token.property("invalid")
    focused(topic, qtbot)
    assert said(studio) == "" and not token.property("invalid"), "it is said where the keyboard is"
    dialog._accept()
    assert studio.state.inputs(None) == {"topic": "ferries"}
    assert SECRET not in home.state_file.read_text()


def test_what_is_said_goes_with_the_key(studio: Studio, qtbot: QtBot) -> None:
    ask_address(studio)
    line = next(each for each in studio.window.findChildren(QLineEdit) if each.window() is not studio.window)
    focused(line, qtbot)
    Hands(studio, qtbot).retype(line, f"https://x.example/?key={SECRET}")
    assert "key" in said(studio)
    Hands(studio, qtbot).retype(line, "https://x.example/")
    assert said(studio) == "" and not line.property("invalid")


@pytest.mark.parametrize("mode", [QLineEdit.EchoMode.Password, QLineEdit.EchoMode.Normal])
def test_where_keys_belong_nothing_is_said(studio: Studio, qtbot: QtBot, mode: QLineEdit.EchoMode) -> None:
    line = QLineEdit(studio.window)
    line.setEchoMode(mode)
    line.show()
    focused(line, qtbot)
    line.setText(SECRET)
    assert bool(said(studio)) == (mode == QLineEdit.EchoMode.Normal)
    line.deleteLater()
    qtbot.waitUntil(lambda: studio.window.keys_typed.notice is None)


def test_fields_of_the_document_have_their_own_word(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    hands.add("agent", 0, 0)
    form = hands.inspector().form
    assert form is not None
    area = form.rows["prompt"].editor.editor()
    focused(area, qtbot)
    hands.retype(area, SECRET)
    assert said(studio) == "" and "Anthropic" in form.rows["prompt"].message.text()
