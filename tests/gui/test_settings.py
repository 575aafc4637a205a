"""Settings: keys of verbs, keys of providers, the size of text, what is stored; each page does what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit
from pytestqt.qtbot import QtBot

from engine.base.settings import Home, ProviderSettings
from engine.graph import commands
from engine.graph.graph import Graph
from engine.models import catalog
from gui.action import Actions
from gui.dialogs.ask import Question
from gui.dialogs.settings import SettingsDialog, show_settings
from gui.dialogs.templates import TemplatesDialog
from gui.dialogs.welcome import Welcome
from gui.settings.keys import KeysPage
from gui.settings.look import LookPage
from gui.settings.models import ModelsPage
from gui.settings.storage import StoragePage
from gui.state import WELCOMED
from gui.studio import Studio
from gui.studios import Studios
from tests.gui.hands import LEFT, Hands
from tests.gui.test_fixes import Ring

NOBODY = "http://127.0.0.1:9/v1"
"""An address where nothing answers."""


@contextmanager
def listing(*models: str, key: str = "") -> Iterator[str]:
    """The address of a server that lists its models as vendors do, to who has the key; to others it says 401."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            good = not key or self.headers["Authorization"] == f"Bearer {key}"
            body = {"data": [{"id": name} for name in models]} if good else {"error": {"message": "no such key"}}
            self.send_response(200 if good else 401)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def vendor() -> Iterator[str]:
    """The address of a vendor with two models."""
    with listing("small", "large", key="right-key") as address:
        yield f"{address}/v1"


def opened(studio: Studio, page: str) -> SettingsDialog:
    dialog = show_settings(studio, page)
    assert dialog is not None
    return dialog


def models_page(studio: Studio, studios: Studios, vendor: str, qtbot: QtBot) -> ModelsPage:
    settings = studios.services.settings.model_copy(update={"providers": {"openai": ProviderSettings(base_url=vendor)}})
    studios.take_settings(settings)
    studio.services.home.save_settings(settings)
    page = opened(studio, "models").pages["models"]
    assert isinstance(page, ModelsPage)
    qtbot.waitUntil(lambda: page.tree.topLevelItemCount() > 5)
    item = page.tree.findItems("OpenAI", Qt.MatchFlag.MatchExactly)[0]
    page.tree.setCurrentItem(item)
    return page


@pytest.mark.slow
def test_a_key_is_stored_tested_and_forgotten(studio: Studio, studios: Studios, vendor: str, qtbot: QtBot) -> None:
    ring = Ring()
    studio.services.secrets._open_keyring = lambda: ring
    card = models_page(studio, studios, vendor, qtbot).card
    qtbot.mouseClick(card.test, LEFT)
    qtbot.waitUntil(lambda: card.said.property("role") == "error")
    assert card.key.echoMode() == QLineEdit.EchoMode.Password
    qtbot.keyClicks(card.key, "right-key")
    qtbot.mouseClick(card.store, LEFT)
    qtbot.waitUntil(lambda: ring.held == {"OPENAI_API_KEY": "right-key"})
    qtbot.waitUntil(lambda: card.forget.isEnabled() and not card.key.text())
    qtbot.mouseClick(card.test, LEFT)
    qtbot.waitUntil(lambda: card.said.text() == "It works: 2 models.")
    assert [card.models.item(row).text() for row in range(card.models.count())] == ["large", "small"]
    qtbot.mouseClick(card.forget, LEFT)
    qtbot.waitUntil(lambda: ring.held == {})


@pytest.mark.slow
def test_closing_gives_up_what_is_asked(studio: Studio, studios: Studios, vendor: str, qtbot: QtBot) -> None:
    page = models_page(studio, studios, vendor, qtbot)
    page.card.test.click()
    window = page.window()
    assert isinstance(window, QDialog)
    window.reject()
    assert page.card._asking._going is None


@pytest.mark.slow
def test_a_verb_gets_another_key_and_no_two_share_one(studio: Studio, home: Home, qtbot: QtBot) -> None:
    dialog = opened(studio, "keys")
    page = dialog.pages["keys"]
    assert isinstance(page, KeysPage)
    page.choose("edit.duplicate")
    page.edit.setKeySequence(QKeySequence("Ctrl+K"))
    qtbot.mouseClick(page.take, LEFT)
    assert "Find anything" in page.said.text() and page.actions_now["edit.duplicate"].keys == ("Ctrl+D",)
    page.edit.setKeySequence(QKeySequence("Left"))
    qtbot.mouseClick(page.add, LEFT)
    assert "the canvas" in page.said.text()
    page.edit.setKeySequence(QKeySequence("Ctrl+Alt+U"))
    qtbot.mouseClick(page.take, LEFT)
    assert page.actions_now["edit.duplicate"].keys == ("Ctrl+Alt+U",)
    dialog._save()
    assert home.load_settings().keys == {"edit.duplicate": ("Ctrl+Alt+U",)}
    hands = Hands(studio, qtbot)
    hands.add("agent", 0, 0)
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_D)
    assert len(studio.session.graph.nodes) == 1, "the usual key is free"
    hands.key(Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    assert len(studio.session.graph.nodes) == 2


def test_a_freed_key_can_be_given_away_and_the_usual_one_is_then_refused(studio: Studio, qtbot: QtBot) -> None:
    page = opened(studio, "keys").pages["keys"]
    assert isinstance(page, KeysPage)
    page.choose("edit.duplicate")
    qtbot.mouseClick(page.none, LEFT)
    page.choose("edit.tidy")
    page.edit.setKeySequence(QKeySequence("Ctrl+D"))
    qtbot.mouseClick(page.add, LEFT)
    assert page.actions_now["edit.tidy"].keys == ("Ctrl+Shift+T", "Ctrl+D")
    page.choose("edit.duplicate")
    qtbot.mouseClick(page.usual, LEFT)
    assert page.said.text() and page.actions_now["edit.duplicate"].keys == ()
    page.choose("edit.tidy")
    qtbot.mouseClick(page.usual, LEFT)
    page.choose("edit.duplicate")
    qtbot.mouseClick(page.usual, LEFT)
    assert page.changes() == {"keys": {}}


def test_keys_of_verbs_that_are_gone_do_no_harm() -> None:
    actions = Actions.load().with_keys({"no.such": ("Ctrl+D",)})
    found = actions.holder("Ctrl+D")
    assert found is not None and found.name == "edit.duplicate"


@pytest.mark.slow
def test_text_grows_at_once_and_everywhere(studio: Studio, home: Home) -> None:
    dialog = opened(studio, "look")
    page = dialog.pages["look"]
    assert isinstance(page, LookPage)
    before = studio.theme.px(100)
    page.scale.setCurrentIndex(page.scale.findData(1.5))
    dialog._save()
    assert studio.theme.px(100) == 150 > before and home.load_settings().font_scale == 1.5


def test_stored_runs_are_counted_and_deleted(studio: Studio, qtbot: QtBot) -> None:
    graph, _ = commands.add_node(Graph(), "template", (0, 0), config={"template": "words"})
    studio.session.show(graph)
    studio.launch.start_with({})
    qtbot.waitUntil(lambda: studio.session.run_view is not None and not studio.session.running)
    page = opened(studio, "storage").pages["storage"]
    assert isinstance(page, StoragePage)
    qtbot.waitUntil(lambda: page.runs.text().startswith("1 run,"))
    qtbot.mouseClick(page.clean_runs, LEFT)
    question = next(each for each in page.findChildren(Question) if each.isVisible())
    next(button for button in question.buttons if button.text() == "Delete").click()
    qtbot.waitUntil(lambda: page.runs.text().startswith("0 runs,"))


def test_a_first_start_says_what_was_found_once(
    studios: Studios, vendor: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "right-key")
    studio = studios.open_first([])
    qtbot.waitUntil(lambda: studio.window.findChild(Welcome) is not None)
    page = studio.window.findChild(Welcome)
    qtbot.waitUntil(lambda: page.keys.text() == "Keys found: OpenAI (environment).")
    assert page.local.text() == "No model runs here." and "cheap, medium and best are" in page.tiers.text()
    page.pattern.click()
    assert any(each.isVisible() for each in studio.window.findChildren(TemplatesDialog))
    assert studios.state.get(WELCOMED)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers of this computer have as long to answer as a busy machine may need."""
    monkeypatch.setattr(catalog, "PROBE_S", 60)


def look_here(studios: Studios, address: str) -> None:
    """From now on models of this computer are looked for, Ollama at an address; nothing else is set up."""
    local = {"ollama": ProviderSettings(base_url=address), "lmstudio": ProviderSettings(base_url=NOBODY)}
    update = {"tiers": {}, "local_discovery": True, "providers": local}
    studios.take_settings(studios.services.settings.model_copy(update=update))


@pytest.mark.usefixtures("patient")
def test_models_of_this_computer_are_what_nodes_and_problems_tell_of(studios: Studios, qtbot: QtBot) -> None:
    with listing("llama3.2:3b") as address:
        look_here(studios, address)
        studio = studios.open_first([])
        qtbot.waitUntil(lambda: studio.window.findChild(Welcome) is not None)
        page = studio.window.findChild(Welcome)
        qtbot.waitUntil(lambda: page.local.text() == "Models on this computer: Ollama with 1 model.")
    assert "need none" in page.keys.text()
    meant = "Now cheap, medium and best are ollama/llama3.2:3b; the settings change that."
    assert page.tiers.text() == meant
    assert "llama3.2:3b" in {item.caption.line for item in studio.canvas.scene.nodes.values()}
    qtbot.waitUntil(lambda: not studio.session.problems)


@pytest.mark.usefixtures("patient")
def test_a_rehearsal_is_said_only_where_no_model_of_this_computer_answers(studios: Studios, qtbot: QtBot) -> None:
    studios.state.put(WELCOMED, True)
    look_here(studios, NOBODY)
    studio = studios.open_first([])
    settled: list[bool] = []
    with listing("llama3.2:3b") as address:
        look_here(studios, address)
        studio.launch.settle(False, lambda rehearse, _: settled.append(rehearse))
        qtbot.waitUntil(lambda: "llama3.2:3b" in {item.caption.line for item in studio.canvas.scene.nodes.values()})
    assert settled == [False] and not studio.window.bar.isVisible()
    look_here(studios, NOBODY)
    studio.launch.settle(False, lambda rehearse, _: settled.append(rehearse))
    qtbot.waitUntil(studio.window.bar.isVisible)
    assert "No model key yet" in studio.window.bar.text


def test_what_is_found_after_the_window_went_is_not_looked_at(studio: Studio) -> None:
    studio.window.close_now()
    studio.window.see_models()
    assert not studio.session._checker._timer.isActive()
