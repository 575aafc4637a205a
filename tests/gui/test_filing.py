"""Files: nothing unsaved goes without a question, nothing on disk is overwritten unseen, what was lost comes back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from engine.base.settings import Home
from engine.files.open import open_graph
from engine.files.recover import Recovery
from engine.files.save import save_graph
from engine.graph import commands
from engine.graph.changes import between
from engine.graph.graph import Graph
from engine.testing import build
from gui.dialogs.ask import Question
from gui.disk_watch import DiskWatch
from gui.filing import file_name
from gui.saved import first_sample, title_of
from gui.studio import Studio
from gui.studios import Studios
from tests.gui.hands import LEFT, Hands


def one_node(studio: Studio) -> Graph:
    grown, _ = commands.add_node(studio.session.graph, "agent", (0, 0))
    studio.session.commit(grown, "Add agent")
    return studio.session.graph


def asked(studio: Studio) -> list[Question]:
    return [each for each in studio.window.findChildren(Question) if each.isVisible()]


def chooser(studio: Studio) -> QFileDialog:
    return next(each for each in studio.window.findChildren(QFileDialog) if each.isVisible())


def test_closing_with_unsaved_work_asks(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    hands = Hands(studio, qtbot)
    graph = one_node(studio)
    studio.window.close()
    assert studio.window.isVisible()
    hands.answer("Cancel")
    assert studio.window.isVisible() and studio.session.graph is graph
    studio.window.close()
    hands.answer("Save")
    file = tmp_path / "kept.baton.json"
    with qtbot.waitSignal(studio.window.closed):
        chooser(studio).fileSelected.emit(str(file))
    assert open_graph(file) == graph and studio.state.recent == [file]


def test_closing_what_is_saved_asks_nothing(studio: Studio, qtbot: QtBot) -> None:
    with qtbot.waitSignal(studio.window.closed):
        studio.window.close()
    assert not studio.window.isVisible()


def test_discard_leaves_nothing_to_recover(studio: Studio, qtbot: QtBot, home: Home) -> None:
    one_node(studio)
    studio.window.close()
    with qtbot.waitSignal(studio.window.closed):
        Hands(studio, qtbot).answer("Discard")
    assert Recovery(home).pending() == []


def test_a_file_changed_by_another_program_is_noticed(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    hands, file = Hands(studio, qtbot), tmp_path / "shared.baton.json"
    save_graph(one_node(studio), file, generations=0)
    assert studio.filing.load(file)
    other, _ = commands.add_node(studio.session.graph, "output", (300, 0))
    save_graph(other, file, generations=0)
    one_node(studio)
    mine = studio.session.graph
    studio.filing.save()
    assert open_graph(file) == other, "nothing was overwritten yet"
    assert "changed by another program" in _words(asked(studio)[0])
    hands.answer("Overwrite")
    assert open_graph(file) == mine and studio.session.clean


def test_opening_it_again_asks_about_what_would_be_lost(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    hands, file = Hands(studio, qtbot), tmp_path / "shared.baton.json"
    save_graph(one_node(studio), file, generations=0)
    assert studio.filing.load(file)
    other, _ = commands.add_node(studio.session.graph, "output", (300, 0))
    save_graph(other, file, generations=0)
    mine = one_node(studio)
    studio.filing.save()
    hands.answer("Open it again")
    assert studio.session.graph == mine and "lost otherwise" in _words(asked(studio)[0])
    hands.answer("Discard")
    assert studio.session.graph == other and studio.session.clean


def test_a_merge_that_is_undone_is_asked_about_again(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    """What the other program wrote is never overwritten by a document that does not hold it."""
    hands, file = Hands(studio, qtbot), tmp_path / "shared.baton.json"
    save_graph(one_node(studio), file, generations=0)
    assert studio.filing.load(file)
    other, _ = commands.add_node(studio.session.graph, "output", (300, 0))
    save_graph(other, file, generations=0)
    one_node(studio)
    studio.filing.save()
    hands.answer("Merge both")
    joined = studio.session.graph
    studio.session.undo()
    studio.filing.save()
    assert open_graph(file) == other and "changed by another program" in _words(asked(studio)[0])
    hands.answer("Cancel")
    studio.session.redo()
    studio.filing.save()
    assert open_graph(file) == joined and not asked(studio)


def _words(question: Question) -> str:
    from PySide6.QtWidgets import QLabel

    return " ".join(label.text() for label in question.findChildren(QLabel))


@pytest.mark.parametrize("content", ["", "{", '{"baton": 1, "nodes": 3}', "\x00\x01", "[" * 5000])
def test_a_broken_file_is_one_sentence_and_loses_nothing(studio: Studio, tmp_path: Path, content: str) -> None:
    file = tmp_path / "broken.baton.json"
    file.write_text(content)
    graph = studio.session.graph
    assert not studio.filing.load(file)
    assert studio.session.graph is graph
    (text,) = studio.window.toasts.texts
    assert text and "Traceback" not in text


def test_a_folder_that_is_gone_keeps_the_work(studio: Studio, tmp_path: Path) -> None:
    studio.filing._write(tmp_path / "nowhere" / "x.baton.json", None, None)
    assert "could not be saved" in studio.window.toasts.texts[0]
    assert studio.session.path is None


def test_a_newer_file_is_shown_but_not_changed(studio: Studio, tmp_path: Path) -> None:
    file = tmp_path / "newer.baton.json"
    file.write_text(json.dumps({"baton": 99, "name": "Later", "nodes": [], "edges": []}))
    assert studio.filing.load(file)
    assert "newer" in studio.window.bar.text and studio.window.bar.isVisible()
    grown, _ = commands.add_node(studio.session.graph, "agent", (0, 0))
    assert not studio.session.commit(grown, "Add agent")
    assert studio.window.toasts.texts


def test_first_start_shows_a_sample_as_a_copy(studios: Studios, qtbot: QtBot) -> None:
    studio = studios.open_first([])
    sample = first_sample()
    assert sample is not None
    assert studio.session.graph == open_graph(sample)
    assert studio.session.path is None and studio.session.clean
    assert studio.filing.name == title_of(sample)


def test_last_file_is_opened_again(studios: Studios, home: Home, tmp_path: Path, qtbot: QtBot) -> None:
    file = tmp_path / "mine.baton.json"
    graph, _ = commands.add_node(Graph({"name": "Mine"}), "agent", (0, 0))
    save_graph(graph, file, generations=0)
    first = studios.open_first([file])
    first.window.close()
    again = studios.open_first([])
    assert again.session.path == file and studios.state.recent == [file]


def test_work_of_a_killed_studio_is_offered_and_comes_back(studios: Studios, home: Home, qtbot: QtBot) -> None:
    script = textwrap.dedent(
        """
        import os, signal
        from engine.base.settings import Home
        from engine.files.recover import Recovery
        from engine.graph import commands
        from engine.graph.changes import between
        from engine.graph.graph import Graph
        log = Recovery(Home()).log(None)
        before = Graph({"name": "Half done"})
        after, _ = commands.add_node(before, "agent", (0, 0), title="Survivor")
        log.record(between(before, after), after)
        assert log.flush()
        os.kill(os.getpid(), signal.SIGKILL)
        """
    )
    subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    studio = studios.open_first([])
    bar = studio.window.bar
    qtbot.waitUntil(bar.isVisible)
    assert "Half done" in bar.text
    bar.buttons[0].click()
    assert [node.title for node in studio.session.graph.nodes.values()] == ["Survivor"]
    assert not studio.session.clean
    assert [entry.alive for entry in Recovery(home).pending()] == [True], "the old log is gone, the new one holds it"


@pytest.mark.parametrize("touched", [False, True])
def test_recovered_work_is_not_saved_over_what_came_meanwhile(
    studios: Studios, home: Home, qtbot: QtBot, tmp_path: Path, touched: bool
) -> None:
    file, before = tmp_path / "shared.baton.json", Graph({"name": "Before"})
    save_graph(before, file, generations=0)
    mine, _ = commands.add_node(before, "agent", (0, 0))
    log = Recovery(home).log(file)
    log.record(between(before, mine), mine)
    log.close(keep=True)
    if touched:
        save_graph(Graph({"name": "Theirs"}), file, generations=0)
        os.utime(file, (time.time() + 9, time.time() + 9))  # clocks of files are coarse
    studio = studios.open_first([])
    qtbot.waitUntil(studio.window.bar.isVisible)
    studio.window.bar.buttons[0].click()
    studio.filing.save()
    assert open_graph(file) == (Graph({"name": "Theirs"}) if touched else mine)
    assert bool(asked(studio)) == touched


def test_an_answered_message_gives_the_keyboard_back_to_the_canvas(studio: Studio, qtbot: QtBot) -> None:
    session, bar, said = studio.session, studio.window.bar, list[str]()
    graph, node = commands.add_node(Graph(), "agent", (0, 0), title="Draft")
    session.show(graph)
    session.select([node])
    bar.ask("warning", "No key.", ("Rehearse", "Settings"), said.append)
    qtbot.mouseClick(bar.buttons[0], LEFT)
    assert said == ["Rehearse"] and studio.canvas.hasFocus(), "not the field of the title, which keys would change"


def test_what_another_window_works_on_is_not_offered(studios: Studios, home: Home, qtbot: QtBot) -> None:
    recovery, graph = Recovery(home), Graph({"name": "Elsewhere"})
    log = recovery.log(None)
    log.record(between(Graph(), graph), graph)
    assert log.flush() and [entry.name for entry in recovery.pending()] == ["Elsewhere"]
    studio = studios.open_window()
    studio.filing.offer_recovery()
    assert studio.window.bar.isHidden()
    log.close(keep=True)
    studio.filing.offer_recovery()
    assert "Elsewhere" in studio.window.bar.text and not studio.window.bar.isHidden()


def test_what_stands_beside_a_graph_is_found_once_it_has_a_place(studio: Studio, tmp_path: Path) -> None:
    inner = build({"x": "input", "y": "output"}, "x.value -> y.value")
    save_graph(inner, tmp_path / "inner.baton.json")
    studio.session.show(build({"s": ("subgraph", {"graph": "inner.baton.json"})}), unsaved=True)
    assert studio.canvas.scene.nodes["s"].shape.socket("x", False, 0) is None
    studio.filing._write(tmp_path / "outer.baton.json", None, None)
    assert studio.canvas.scene.nodes["s"].shape.socket("x", False, 0) is not None


def test_file_names_from_titles() -> None:
    assert file_name("Research, draft & review") == "research_draft_review"
    assert file_name("../../etc/passwd") == "etc_passwd"
    assert file_name("…") == "graph"


def test_a_file_that_is_open_elsewhere_is_brought_forward_there(studios: Studios, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "one.baton.json"
    save_graph(Graph(head={"name": "One"}), file)
    first, second = studios.open_window(), studios.open_window()
    first.filing.open(file)
    second.filing.open(file)
    assert second.session.path is None, "a file is edited in one place"
    qtbot.waitUntil(lambda: any("open here already" in text for text in first.window.toasts.texts))
    first.window.close()
    second.filing.open(file)
    assert second.session.path == file


def test_a_change_by_another_program_is_offered_for_reload(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "one.baton.json"
    save_graph(Graph(head={"name": "One"}), file)
    studio.filing.open(file)
    for name in ("Two", "Three"):
        save_graph(Graph(head={"name": name}), file)
        qtbot.waitUntil(lambda: "another program" in studio.window.bar.text and not studio.window.bar.isHidden())
        button = next(each for each in studio.window.bar.findChildren(QPushButton) if each.text() == "Open it again")
        button.click()
        assert studio.session.whole.name == name and studio.session.clean


def test_a_file_that_went_and_came_back_later_is_noticed(qapp: object, qtbot: QtBot, tmp_path: Path) -> None:
    file, watch = tmp_path / "mine.baton.json", DiskWatch()
    watch.follow(file, save_graph(Graph({"name": "mine"}), file))
    with qtbot.waitSignal(watch._soon.timeout):
        file.unlink()
    with qtbot.waitSignal(watch.changed) as changed:
        save_graph(Graph({"name": "theirs"}), file)
    assert changed.args == [file]
    watch.follow(None, None)


def test_a_graph_whose_file_was_taken_away_is_not_lost(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    hands, bar, file = Hands(studio, qtbot), studio.window.bar, tmp_path / "mine.baton.json"
    save_graph(one_node(studio), file, generations=0)
    assert studio.filing.load(file)
    elsewhere = file.rename(tmp_path / "moved.json")
    qtbot.waitUntil(lambda: "is gone from its folder" in bar.text and bar.isVisible())
    assert studio.session.clean and not studio.window.close()
    assert "Its file is gone" in _words(asked(studio)[0])
    hands.answer("Cancel")
    elsewhere.rename(file)
    qtbot.waitUntil(lambda: not bar.isVisible())
    file.unlink()
    qtbot.waitUntil(bar.isVisible)
    qtbot.mouseClick(bar.buttons[0], LEFT)
    assert open_graph(file) == studio.session.whole and not asked(studio) and not studio.filing.gone


def test_what_the_window_itself_saves_is_no_change_by_another(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "one.baton.json"
    save_graph(Graph(head={"name": "One"}), file)
    studio.filing.open(file)
    studio.session.commit(commands.set_head(studio.session.graph, "name", "Mine"), "Rename")
    studio.filing.save()
    with qtbot.assertNotEmitted(studio.filing._watch.changed):
        studio.filing._watch._look()
