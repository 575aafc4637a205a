"""Tool servers in the studio: added, pasted, tried against a real process, seen for what they are, accepted anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from engine.files.save import save_graph
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.run.servers import Listed
from gui.dialogs.ask import Question
from gui.dialogs.import_servers import ImportServers
from gui.dialogs.server_form import ServerForm
from gui.dialogs.servers import ServersDialog, show_servers
from gui.dialogs.trust import TRUST, TrustDialog
from gui.studio import Studio
from gui.views.graph_form import GraphForm
from gui.views.server_page import ServerPage
from tests.engine.tools.mcp.conftest import odd
from tests.gui.hands import LEFT, Hands


def named(studio: Studio, name: str) -> Listed:
    return next(each for each in studio.servers.all() if each.name == name)


def opened(studio: Studio, name: str = "") -> ServersDialog:
    return show_servers(studio, name)


def page(dialog: ServersDialog) -> ServerPage:
    assert dialog.page is not None
    return dialog.page


def words(dialog: ServersDialog) -> str:
    """All that the page of a server says."""
    found = page(dialog)
    texts = [label.text() for label in found.findChildren(QLabel)]
    return "\n".join([*texts, *(area.toPlainText() for area in found.findChildren(QPlainTextEdit))])


def looked(studio: Studio, qtbot: QtBot, dialog: ServersDialog, press: str = "Start and look") -> None:
    """Presses a button that starts the server, and waits for what it says."""
    qtbot.mouseClick(page(dialog).buttons[press], LEFT)
    qtbot.waitUntil(lambda: dialog.chosen is not None and not studio.servers.looking(dialog.chosen))


def test_a_tool_of_a_server_of_the_settings_is_no_problem(studio: Studio, qtbot: QtBot) -> None:
    studio.servers.put("settings", {"gh": {"command": "gh"}})
    tools = {"tools": ["gh.*", "lab.*"], "prompt": "hi"}
    studio.session.show(commands.add_node(Graph(), "agent", (0, 0), config=tools)[0])
    qtbot.waitUntil(lambda: any(each.code == "unknown_tool" for each in studio.session.problems))
    said = [each.message for each in studio.session.problems if each.code == "unknown_tool"]
    assert len(said) == 1 and "lab.*" in said[0]


def holding(studio: Studio, servers: dict[str, Any]) -> None:
    """Opens a graph of the person's own with these servers."""
    studio.session.show(Graph({"name": "Mine"}))
    studio.servers.put("graph", servers)


def test_the_dialog_that_is_open_goes_to_the_server_that_is_asked_for(studio: Studio, qtbot: QtBot) -> None:
    holding(studio, {name: {"command": name} for name in ("one", "two")})
    form = studio.window.findChild(GraphForm)
    assert form is not None
    dialogs = []
    for name in ("one", "two"):
        button = next(each for each in form.servers.buttons if each.text().startswith(name))
        qtbot.mouseClick(button, LEFT)
        dialogs.append(next(each for each in studio.window.findChildren(ServersDialog) if each.isVisible()))
        assert dialogs[-1].chosen is not None and dialogs[-1].chosen.name == name
    assert dialogs[0] is dialogs[1]


def test_a_server_is_added_by_hand_and_looked_at(studio: Studio, qtbot: QtBot) -> None:
    hands, dialog = Hands(studio, qtbot), opened(studio)
    qtbot.mouseClick(dialog.add, LEFT)
    form = next(each for each in dialog.findChildren(ServerForm) if each.isVisible())
    described = odd()
    hands.retype(form.name, "helper")
    hands.retype(form.command, described["command"])
    hands.retype(form.args, " ".join(described["args"]))
    qtbot.mouseClick(form.save, LEFT)
    assert studio.session.whole.head["tool_servers"] == {"helper": described}
    assert dialog.chosen is not None and dialog.chosen.name == "helper" and "never used" in words_of_list(dialog)
    looked(studio, qtbot, dialog)
    said = words(dialog)
    assert "It says that it is odd 1" in said and "13 tools" in said and "Notes a text down" in said
    marks = {card.accessibleName().split(".")[0] for card in page(dialog).cards}
    assert "echo, reads" in marks and "write, writes" in marks
    studio.session.undo()
    assert dialog.chosen is None


def words_of_list(dialog: ServersDialog) -> str:
    return "\n".join(dialog.list.item(row).text() for row in range(dialog.list.count()))


@pytest.mark.slow
def test_a_graph_from_elsewhere_starts_nothing_before_it_is_trusted(
    studio: Studio, qtbot: QtBot, tmp_path: Path
) -> None:
    trace = tmp_path / "trace"
    save_graph(Graph({"name": "Theirs", "tool_servers": {"odd": odd("stubborn", trace)}}), tmp_path / "t.baton.json")
    studio.filing.load(tmp_path / "t.baton.json")
    bar = studio.window.restricted
    assert bar.isVisible() and "start the program odd: " in bar.text and '"-I" "-S"' in bar.text
    dialog = opened(studio, "odd")
    qtbot.mouseClick(page(dialog).buttons["Start and look"], LEFT)
    asked = next(each for each in studio.window.findChildren(TrustDialog) if each.isVisible())
    assert not trace.exists() and not studio.servers.looking(named(studio, "odd"))
    qtbot.mouseClick(next(each for each in asked.buttons if each.text() == TRUST), LEFT)
    qtbot.waitUntil(lambda: studio.servers.found(named(studio, "odd")) is not None)
    assert trace.exists() and bar.isHidden()


@pytest.mark.slow
def test_a_changed_definition_is_blocked_shown_and_accepted(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    holding(studio, {"odd": odd("changes", trace)})
    dialog = opened(studio, "odd")
    looked(studio, qtbot, dialog)
    trace.write_text("Sends everything\u202e to me", "utf-8")
    looked(studio, qtbot, dialog, "Look again")
    said = words(dialog)
    assert "-Says it again" in said and "+Sends everything\\u202e to me" in said and "1 blocked" in said
    assert page(dialog).cards[0].accessibleName().startswith("echo, reads. blocked"), "what matters stands first"
    looked(studio, qtbot, dialog, "Accept as it is now")
    assert "blocked" not in words(dialog) and "Accept as it is now" not in page(dialog).buttons


@pytest.mark.slow
def test_what_hides_is_written_out(studio: Studio, qtbot: QtBot) -> None:
    holding(studio, {"odd": odd("hidden")})
    dialog = opened(studio, "odd")
    looked(studio, qtbot, dialog)
    said = words(dialog)
    assert "Adds\\u200b two\\u202e numbers" in said and "4 characters of its description do not show" in said
    assert "Not offered: its schema hides characters" in said and "\u202e" not in said


def test_one_that_fails_says_why_and_shows_its_log(studio: Studio, qtbot: QtBot) -> None:
    holding(studio, {"odd": odd("dead"), "bad": {"args": []}})
    dialog = opened(studio, "odd")
    looked(studio, qtbot, dialog)
    assert "ended with code 3" in words(dialog) and "the key \\u202e is missing" in words(dialog)
    dialog.list.setCurrentRow(1)
    assert "its command is missing" in words(dialog) and "Start and look" not in page(dialog).buttons


@pytest.mark.slow
def test_a_start_that_takes_too_long_can_be_stopped(studio: Studio, qtbot: QtBot) -> None:
    holding(studio, {"odd": odd("silent")})
    dialog = opened(studio, "odd")
    qtbot.mouseClick(page(dialog).buttons["Start and look"], LEFT)
    qtbot.waitUntil(lambda: any(studio.servers._going.values()))
    qtbot.mouseClick(page(dialog).buttons["Stop"], LEFT)
    qtbot.waitUntil(lambda: not studio.servers.looking(named(studio, "odd")))
    assert "It was stopped" in words(dialog)


def test_a_pasted_configuration_is_shown_first_and_brings_no_trust(studio: Studio, qtbot: QtBot) -> None:
    config = {
        "mcpServers": {"gh": {"command": "npx", "args": ["-y", "server"], "env": {"GH_TOKEN": "ghp_" + "x1" * 18}}}
    }
    QGuiApplication.clipboard().setText(json.dumps(config))
    dialog = opened(studio)
    qtbot.mouseClick(dialog.take, LEFT)
    found = next(each for each in dialog.findChildren(ImportServers) if each.isVisible())
    shown = "\n".join(each.text() for each in found.findChildren(type(found.wrong)))
    assert 'npx "-y" "server"' in shown and "GH_TOKEN=secret://GH_TOKEN" in shown
    qtbot.mouseClick(found.take, LEFT)
    qtbot.waitUntil(lambda: studio.servers._background._pool.activeThreadCount() == 0)
    head = studio.session.whole.head["tool_servers"]
    assert head["gh"]["env"] == {"GH_TOKEN": "secret://GH_TOKEN"} and "ghp_" not in json.dumps(dict(head))
    assert studio.trust.needed() and "ghp_" not in QGuiApplication.clipboard().text()


@pytest.mark.parametrize(
    ("text", "says"),
    [("{", "not JSON"), ('{"a": 1}', "no tool server"), ('{"mcpServers": {"x": {}}}', "command is missing")],
)  # fmt: skip
def test_rubbish_is_told_apart(studio: Studio, qtbot: QtBot, text: str, says: str) -> None:
    QGuiApplication.clipboard().clear()
    dialog = opened(studio)
    qtbot.mouseClick(dialog.take, LEFT)
    found = next(each for each in dialog.findChildren(ImportServers) if each.isVisible())
    found.text.setPlainText(text)
    assert says in found.wrong.text() and not found.take.isEnabled()


@pytest.mark.slow
def test_servers_of_the_settings_hold_for_all_graphs_and_are_edited_there(studio: Studio, qtbot: QtBot) -> None:
    studio.servers.put("settings", {"mine": {"url": "https://mcp.example.org/mcp"}})
    assert studio.services.home.load_settings().tool_servers == {"mine": {"url": "https://mcp.example.org/mcp"}}
    hands, dialog = Hands(studio, qtbot), opened(studio, "mine")
    qtbot.mouseClick(page(dialog).buttons["Edit…"], LEFT)
    form = next(each for each in dialog.findChildren(ServerForm) if each.isVisible())
    assert form.url.isVisible() and not form.command.isVisible()
    hands.retype(form.name, "clock")
    qtbot.mouseClick(form.save, LEFT)
    assert "built-in" in form.wrong.text()
    hands.retype(form.name, "other")
    qtbot.mouseClick(form.save, LEFT)
    assert list(studio.services.home.load_settings().tool_servers) == ["other"]
    qtbot.mouseClick(page(dialog).buttons["Remove"], LEFT)
    press_in(dialog, qtbot, "Remove")
    assert not studio.services.home.load_settings().tool_servers


def press_in(dialog: QDialog, qtbot: QtBot, text: str) -> None:
    """Presses a button of the question over a dialog."""
    question = next(each for each in dialog.findChildren(Question) if each.isVisible())
    qtbot.mouseClick(next(each for each in question.findChildren(QPushButton) if each.text() == text), LEFT)


def test_the_page_of_the_graph_leads_to_each_server(studio: Studio, qtbot: QtBot) -> None:
    holding(studio, {"odd": odd()})
    form = studio.window.findChild(GraphForm)
    assert isinstance(form, GraphForm)
    button = form.servers.buttons[0]
    assert button.text().startswith("odd · never used")
    qtbot.mouseClick(button, LEFT)
    dialog = next(each for each in studio.window.findChildren(ServersDialog) if each.isVisible())
    assert dialog.chosen is not None and dialog.chosen.name == "odd"


@pytest.mark.slow
def test_a_run_shows_how_it_fares_with_its_servers(studio: Studio, qtbot: QtBot) -> None:
    holding(studio, {"odd": odd()})
    session = studio.session
    session.commit(one_call(session.whole), "Draw")
    dialog = opened(studio, "odd")
    studio.launch.start()
    qtbot.waitUntil(lambda: session.run_result is not None and not session.running)
    assert session.run_result is not None and session.run_result.outputs == {"out": "hello"}
    assert "In the run that is shown it runs" in words(dialog)


def one_call(graph: Graph) -> Graph:
    """A graph that calls a tool of a server, without a model."""
    config = {"tool": "odd.echo", "arguments": {"text": "hello"}}
    graph, tool = commands.add_node(graph, "tool", (0, 0), config=config)
    graph, out = commands.add_node(graph, "output", (300, 0), wanted="out")
    return commands.connect(graph, Edge(tool, "result", out, "value"))
