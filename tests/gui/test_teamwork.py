"""Agents that act for others: their writes let, their tasks redirected, their cards read, and graphs served."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from engine.files import open_graph
from engine.files.save import save_graph
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.models.contract import ModelRequest
from engine.run.control import RunOptions
from gui.dialogs.serve import show_serve
from gui.fields.card import CardField
from gui.panels.questions import Questions
from gui.studio import Studio
from gui.views.parts_tab import PartsTab
from tests.engine.teams import Cast, delegate, desk
from tests.engine.tools.mcp.conftest import odd
from tests.gui.hands import LEFT, Hands

SAMPLES = Path(__file__).parents[2] / "saved_graphs"


def ended(studio: Studio, qtbot: QtBot) -> Any:
    qtbot.waitUntil(lambda: studio.session.run_result is not None and not studio.session.running)
    return studio.session.run_result


def test_a_writing_tool_is_let_for_the_rest_of_the_run(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    notes, session = tmp_path / "notes", studio.session
    session.show(Graph({"name": "Notes"}))
    graph = session.whole
    for name in ("one", "two"):
        config = {"tool": "odd.write", "arguments": {"text": name}}
        graph, tool = commands.add_node(graph, "tool", (0, 0), wanted=name, config=config)
        graph, out = commands.add_node(graph, "output", (300, 0), wanted=f"{name}_out")
        graph = commands.connect(graph, Edge(tool, "result", out, "value"))
    session.commit(graph, "Draw")
    studio.servers.put("graph", {"odd": odd("fine", notes)})
    studio.launch.start()
    panel = studio.panels.widget("questions")
    assert isinstance(panel, Questions)
    qtbot.waitUntil(lambda: len(panel.cards) == 2)
    card = next(iter(panel.cards.values()))
    assert "odd.write" in card.words.text() and not notes.exists()
    qtbot.mouseClick(card.for_run, LEFT)
    assert ended(studio, qtbot).status == "completed"
    assert sorted(notes.read_text("utf-8").split()) == ["one", "two"]


@pytest.mark.slow
def test_a_task_is_read_and_redirected_with_a_message(studio: Studio, qtbot: QtBot) -> None:
    begun = threading.Event()

    async def busy(request: ModelRequest) -> str:
        if begun.is_set():
            return f"did: {request.messages[-1].text}"
        begun.set()
        return await asyncio.get_running_loop().create_future()

    turns: Any = {"lead": [delegate(("billing", "pay it")), "Done."], "billing": busy, "sales": "sold"}
    session = studio.session
    session.use(Cast(studio.services, **turns).serve(studio.services))
    session.show(desk("billing", "sales"))
    session.run(options=RunOptions(journal=False))
    qtbot.waitUntil(begun.is_set)
    session.show_node("lead")
    inspector = Hands(studio, qtbot).inspector()
    qtbot.waitUntil(lambda: bool(session.run_view and session.run_view.delegations))
    inspector.tabs.setCurrentIndex(4)
    assert inspector.tabs.tabText(4) == "Tasks"
    parts: PartsTab = inspector.parts
    assert parts.model.headerData(0, Qt.Orientation.Horizontal) == "Task"
    qtbot.mouseClick(parts.list.viewport(), LEFT, pos=parts.list.visualRect(parts.model.index(0, 1)).center())
    page = parts.page
    assert page.isVisible() and page.blocks["Brief"].text.startswith("pay it") and page.orders.isVisible()
    assert not page.redirect.isEnabled(), "there is nothing to say yet"
    qtbot.keyClicks(page.message, "Only half of it.")
    qtbot.mouseClick(page.redirect, LEFT)
    assert studio.window.focusWidget() is page.message, "the next Enter stops nothing"
    assert ended(studio, qtbot).status == "completed"
    qtbot.waitUntil(lambda: "did: pay it" in page.blocks["Result"].text)
    assert "A person adds: Only half of it." in page.blocks["Result"].text
    assert "Only half of it." in page.notes.text() and not page.orders.isVisible()
    assert page.title.isEnabled() and not page.said.isVisible()
    parts.list.setFocus()
    qtbot.keyClick(parts.list, Qt.Key.Key_Return)
    qtbot.waitUntil(page.said.isVisible)
    assert any("did: pay it" in block.text for block in page.said.blocks), "all that was said can be read"


@pytest.mark.slow
def test_a_sub_agent_of_a_swarm_can_be_looked_at_though_it_stands_in_no_graph(studio: Studio, qtbot: QtBot) -> None:
    studio.session.show(open_graph(SAMPLES / "research_swarm.baton.json"))
    studio.launch.start(rehearse=True)
    run = ended(studio, qtbot)
    assert run.status == "completed"
    studio.session.show_node("swarm")
    inspector = Hands(studio, qtbot).inspector()
    inspector.tabs.setCurrentIndex(4)
    parts: PartsTab = inspector.parts
    qtbot.mouseClick(parts.list.viewport(), LEFT, pos=parts.list.visualRect(parts.model.index(1, 0)).center())
    page = parts.page
    qtbot.mouseClick(page.more, LEFT)
    said = {block.title.text().partition("  ")[0]: block.text for block in page.said.blocks}
    assert said["Prompt as sent"] == page.blocks["Brief"].text and said["Instructions"]
    assert not page.title.isEnabled()


@pytest.fixture
def agent() -> Iterator[str]:
    """The address of a server that shows the card of an agent, and does nothing else."""

    class Card(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            skill = {"id": "s", "name": "Weigh\u202e", "description": "Weighs ships", "tags": []}
            way = {"url": address, "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
            card = {
                "name": "Harbour", "description": "Knows ships.", "version": "7", "skills": [skill],
                "supportedInterfaces": [way], "capabilities": {}, "defaultInputModes": [], "defaultOutputModes": [],
            }  # fmt: skip
            body = json.dumps(card).encode()
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Card)
    address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield address
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.slow
def test_a_remote_agent_says_what_it_can_do_when_asked(studio: Studio, qtbot: QtBot, agent: str) -> None:
    session, hands = studio.session, Hands(studio, qtbot)
    session.show(Graph({"name": "Ships"}))
    session.commit(commands.add_node(session.whole, "remote_agent", (0, 0), config={"card": agent})[0], "Draw")
    session.show_node("remote_agent")
    inspector = hands.inspector()
    inspector.edit_first()
    assert inspector.form is not None
    field = inspector.form.rows["card"].editor
    assert isinstance(field, CardField) and not field.words()
    qtbot.mouseClick(field.look, LEFT)
    qtbot.waitUntil(lambda: "is not public" in field.words() or "private" in field.words())
    studio.take_settings(studio.services.settings.model_copy(update={"allow_private_addresses": ("127.0.0.1",)}))
    qtbot.mouseClick(field.look, LEFT)
    qtbot.waitUntil(lambda: "Harbour" in field.words())
    assert "Weigh\\u202e: Weighs ships" in field.words() and "7" in field.words()


def test_what_serves_the_graph_is_there_to_be_copied(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "My reports.baton.json"
    save_graph(desk("billing"), file)
    studio.filing.load(file)
    dialog = show_serve(studio)
    assert dialog is not None
    qtbot.mouseClick(dialog.texts[0].copy, LEFT)
    server = json.loads(QGuiApplication.clipboard().text())["mcpServers"]["my_reports"]
    assert Path(server["command"]).is_absolute() and server["args"][-3:] == ["serve", str(file), "--mcp"]
    dialog.tabs.setCurrentIndex(4)
    assert f"serve '{file}' --a2a" in dialog.texts[4].text and dialog.texts[4].isVisible()
