"""Trust in the studio: nothing from elsewhere reaches outside unasked, what one makes here does, and all is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from engine.files import clip
from engine.files.save import save_graph
from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.kinds.contract import Capability
from engine.plan.capabilities import capabilities
from gui.dialogs.trust import REHEARSE, RUN, TRUST, TrustDialog, shown
from gui.restricted import RestrictedBar
from gui.studio import Studio
from gui.topbar import TopBar
from tests.gui.hands import LEFT, Hands


def reading(glob: str = "*.txt") -> Graph:
    """A graph that reads files beside it."""
    graph, files = commands.add_node(Graph({"name": "Reader"}), "files", (0, 0), config={"root": ".", "glob": glob})
    graph, out = commands.add_node(graph, "output", (300, 0), wanted="out")
    return commands.connect(graph, Edge(files, "files", out, "value"))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """That graph as it came from somebody else."""
    (tmp_path / "a.txt").write_text("hello")
    path = tmp_path / "reader.baton.json"
    save_graph(reading(), path)
    return path


def dialog(studio: Studio) -> TrustDialog:
    return next(each for each in studio.window.findChildren(TrustDialog) if each.isVisible())


def press(studio: Studio, qtbot: QtBot, words: str) -> None:
    qtbot.mouseClick(next(each for each in dialog(studio).buttons if each.text() == words), LEFT)


def ended(studio: Studio, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: studio.session.run_result is not None and not studio.session.running)
    assert studio.session.run_result is not None
    return studio.session.run_result.status


def chip(studio: Studio) -> bool:
    bar = studio.window.findChild(TopBar)
    assert isinstance(bar, TopBar)
    return bar.restricted.isVisibleTo(bar)


def test_a_run_asks_first_and_shows_the_literal_things(studio: Studio, qtbot: QtBot, file: Path) -> None:
    studio.filing.load(file)
    assert chip(studio)
    studio.launch.start()
    assert not studio.session.running
    words = " ".join(label.text() for label in dialog(studio).findChildren(QLabel))
    assert "Read files" in words and str(file.parent) in words
    press(studio, qtbot, "Cancel")
    assert not studio.session.running and chip(studio)
    studio.launch.start()
    press(studio, qtbot, RUN)
    assert ended(studio, qtbot) == "completed" and not chip(studio)
    assert studio.session.run_view is not None
    assert studio.session.run_view.nodes["files"].outputs["files"] == [{"path": "a.txt", "text": "hello"}]
    studio.filing.load(file)  # it is remembered
    assert not chip(studio)


def test_no_reflex_gives_trust(studio: Studio, qtbot: QtBot, file: Path) -> None:
    studio.filing.load(file)
    studio.launch.start()
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
        qtbot.keyClick(dialog(studio), key)
    assert dialog(studio).isVisible() and not studio.session.running
    qtbot.keyClick(dialog(studio), Qt.Key.Key_Escape)
    assert studio.trust.needed() and chip(studio)


def test_what_one_makes_leaves_no_trace_of_trust_before_it_is_saved(studio: Studio, file: Path) -> None:
    session, store = studio.session, studio.services.trust
    studio.canvas.add_kind("files", studio.canvas.scene_centre())
    studio.filing._write(file.with_name("mine.baton.json"), None, None)

    def trusted() -> bool:
        return store.trusts(capabilities(session.whole, studio.services.beside(file.parent).kinds, file.parent))

    assert trusted()
    session.commit(commands.set_config(session.graph, "files", {"root": "sub"}), "Edit")
    assert not trusted() and not studio.trust.needed() and trusted(), "only as it is run, or saved"


def test_a_bar_that_was_shut_comes_back_with_the_next_thing_that_needs_trust(studio: Studio, file: Path) -> None:
    [bar] = studio.window.findChildren(RestrictedBar)
    studio.filing.load(file)
    assert bar.isVisible()
    bar.shut()
    studio.session.saved_changed.emit()
    assert not bar.isVisible()
    studio.session.show(Graph())
    studio.filing.load(file)
    assert bar.isVisible()


def test_a_rehearsal_needs_no_trust_and_gives_none(studio: Studio, qtbot: QtBot, file: Path) -> None:
    studio.filing.load(file)
    studio.launch.start()
    press(studio, qtbot, REHEARSE)
    assert ended(studio, qtbot).startswith("completed") and chip(studio)
    assert studio.session.run_view is not None and studio.session.run_view.rehearsal
    assert "hello" not in str(studio.session.run_view.nodes["files"].outputs)


def test_the_mark_in_the_bar_asks_too(studio: Studio, qtbot: QtBot, file: Path) -> None:
    studio.filing.load(file)
    bar = studio.window.findChild(TopBar)
    assert isinstance(bar, TopBar)
    qtbot.mouseClick(bar.restricted, LEFT)
    press(studio, qtbot, TRUST)
    assert not chip(studio) and not studio.trust.needed()


def test_who_looks_at_all_that_a_graph_could_do_has_not_trusted_it(studio: Studio, qtbot: QtBot, file: Path) -> None:
    [bar] = studio.window.findChildren(RestrictedBar)
    studio.filing.load(file)
    for words in ("Cancel", TRUST):
        assert chip(studio) and bar.isVisible()
        qtbot.mouseClick(bar.buttons[0], LEFT)
        press(studio, qtbot, words)
    assert not chip(studio) and not bar.isVisible()


def test_what_one_makes_here_is_ones_own_and_stays_so_in_its_file(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    hands = Hands(studio, qtbot)
    node = studio.canvas.add_kind("files", studio.canvas.scene_centre())
    session = studio.session
    session.commit(commands.set_config(session.graph, node, {"glob": "*.md"}), "Edit")
    assert not chip(studio)
    studio.filing._write(tmp_path / "mine.baton.json", None, None)
    studio.filing.load(tmp_path / "mine.baton.json")
    assert not chip(studio) and not studio.trust.needed()
    hands.settle()


def test_an_edit_of_a_trusted_graph_keeps_trust(studio: Studio, file: Path) -> None:
    studio.filing.load(file)
    assert studio.trust.give(studio.trust.needed())
    session = studio.session
    session.commit(commands.set_config(session.graph, "files", {"root": "sub"}), "Edit")
    assert not studio.trust.needed()
    studio.filing.load(file)
    assert not studio.trust.needed()


def test_an_edit_of_an_untrusted_graph_does_not_make_it_trusted(studio: Studio, file: Path) -> None:
    studio.filing.load(file)
    session = studio.session
    session.commit(commands.set_title(session.graph, "files", "Mine"), "Rename")
    session.commit(commands.set_config(session.graph, "files", {"root": "sub"}), "Edit")
    assert studio.trust.needed()


def test_a_paste_brings_no_trust_and_undo_takes_the_doubt_back(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    studio.canvas.add_kind("files", studio.canvas.scene_centre())
    part = reading("**/*.key")
    QGuiApplication.clipboard().setText(clip.copy(part, ("files",)))
    studio.actions["edit.paste"].trigger(studio)
    assert studio.trust.needed() and chip(studio)
    session.undo()
    assert not studio.trust.needed() and not chip(studio)
    session.redo()
    assert studio.trust.needed() and chip(studio)
    QGuiApplication.clipboard().clear()


def test_what_hides_is_shown_and_code_keeps_its_lines() -> None:
    assert shown(Capability("host", "https://a\u202eb\n")) == "https://a\\u202eb\\n"
    assert shown(Capability("code", "def run():\n    return '\x1b[2J'")) == "def run():\n    return '\\x1b[2J'"
    long = shown(Capability("code", "x = 1\n" * 2000))
    assert "12,000 characters" in long and len(long.split("\n")) <= 201
