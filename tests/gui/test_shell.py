"""The rest of the shell: what is remembered, messages, crashes, the display, the library, start-up imports."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.base.secrets import Redactor
from engine.base.settings import Home
from engine.files import clip
from engine.graph import commands
from engine.graph.graph import Graph
from engine.testing import build
from gui import sharing
from gui.app import display_problem
from gui.canvas.geometry import Rect
from gui.crash import CrashLog
from gui.dialogs.settings import SettingsDialog
from gui.form import Form
from gui.messages import Bar, Toasts
from gui.panels.library import MIME, Library
from gui.state import StudioState
from gui.studio import Studio
from gui.studios import Studios
from gui.views.parts_tab import PartsTab
from tests.gui.hands import LEFT, Hands


def library(studio: Studio) -> Library:
    found = studio.panels.widget("library")
    assert isinstance(found, Library)
    return found


def test_state_is_remembered_and_a_broken_file_is_the_defaults(home: Home, tmp_path: Path) -> None:
    state = StudioState(home)
    file = tmp_path / "a.baton.json"
    file.write_text("{}")
    state.add_recent(file)
    state.add_recent(tmp_path / "gone.baton.json")
    state.put_inputs(file, {"task": "x"})
    again = StudioState(home)
    assert again.recent == [file] and again.inputs(file) == {"task": "x"} and again.inputs(None) == {}
    home.state_file.write_text("[1, 2")
    assert StudioState(home).recent == []


def test_sizes_and_hidden_panels_come_back(studios: Studios, qtbot: QtBot) -> None:
    first = studios.open_window()
    first.window.toggle_side("left")
    first.window.show_panel("log")
    first.window.close()
    second = studios.open_window()
    assert not second.window.side_shown("left") and second.window.side_shown("right")
    assert second.window.below.tabs.tabText(second.window.below.tabs.currentIndex()) == "Log"
    second.window.toggle_side("left")


def test_what_needs_an_answer_stands_before_what_is_good_to_know(studio: Studio, qtbot: QtBot) -> None:
    bar, said = studio.window.bar, list[str]()
    bar.ask("info", "No key is there.", ("Settings",), said.append)
    bar.ask("info", "It was saved.")
    bar.ask("warning", "The budget is spent.", ("Raise it",), said.append)
    bar.ask("error", "The disk is full.", ("Look",), said.append)
    assert bar.text == "The budget is spent."
    qtbot.mouseClick(bar.buttons[0], LEFT)
    qtbot.mouseClick(bar.buttons[0], LEFT)
    assert said == ["Raise it", "Look"] and bar.text == "No key is there." and bar.isVisible()
    qtbot.mouseClick(bar.buttons[0], LEFT)
    assert said[2:] == ["Settings"] and bar.text == "It was saved."
    bar.take_back("It was saved.")
    assert bar.isHidden()


def test_a_framed_graph_stays_whole_under_a_bar_and_in_a_smaller_window(studio: Studio, qtbot: QtBot) -> None:
    canvas, window = studio.canvas, studio.window
    tall = build(nodes={f"n{row}": "template" for row in range(9)})
    studio.session.show(replace(tall, places={f"n{row}": (0.0, 160.0 * row) for row in range(9)}))
    canvas.frame_all()

    def whole() -> bool:
        there, seen = canvas.scene.bounds(), canvas.camera.rect_to_scene(Rect(0, 0, *canvas.view_size))
        return there is not None and seen.covers(there)

    before = canvas.camera
    window.bar.ask("warning", "The file changed on disk. " * 20, ("Reload", "Compare"))
    qtbot.waitUntil(lambda: canvas.camera != before)
    qtbot.waitUntil(whole)
    window.bar.buttons[0].click()
    qtbot.waitUntil(lambda: canvas.camera == before)
    window.resize(1000, 650)
    qtbot.waitUntil(lambda: canvas.width() < 700 and whole())
    mine = canvas.camera.zoomed(2.0, (10, 10))
    canvas.set_camera(mine)
    window.resize(1600, 900)
    qtbot.waitUntil(lambda: canvas.width() > 700)
    assert canvas.camera == mine


def test_messages_wait_in_line_and_each_is_answered(studio: Studio, qtbot: QtBot) -> None:
    bar = Bar(studio.icons)
    answers: list[str] = []
    bar.ask("warning", "First?", ("Yes",), answers.append)
    bar.ask("warning", "Second?", ("No", "Maybe"), answers.append)
    assert bar.text == "First?"
    bar.buttons[0].click()
    assert bar.text == "Second?" and answers == ["Yes"]
    bar.buttons[1].click()
    assert answers == ["Yes", "Maybe"] and bar.isHidden()


def test_toasts_are_few_plain_and_do_not_repeat(studio: Studio) -> None:
    toasts = Toasts(studio.canvas, studio.icons)
    for number in (1, 2, 3, 3, 4):
        toasts.say("error", f"<b>Problem {number}</b>", "Do this.")
    assert toasts.texts == ["<b>Problem 2</b>", "<b>Problem 3</b>", "<b>Problem 4</b>"]


def test_a_toast_keeps_long_paths_and_its_cross_apart_in_a_narrow_window(studio: Studio, qtbot: QtBot) -> None:
    host = QWidget()
    host.resize(520, 300)
    host.show()
    toasts = Toasts(host, studio.icons)
    toasts.say("error", "There is no file /home/somebody/" + "x" * 200 + ".baton.json.", "Check the name.")
    (toast,) = toasts._toasts
    qtbot.waitUntil(lambda: toast._close.geometry().right() > 0)
    assert toast.width() <= 520 - 32 and toast.rect().contains(toast._close.geometry())
    for line in toast._lines:
        needed = line.fontMetrics().boundingRect(0, 0, line.width(), 9999, Qt.TextFlag.TextWordWrap, line.text())
        assert line.geometry().right() < toast._close.x() and needed.width() <= line.width()


def test_a_click_on_a_toast_begins_nothing_on_the_canvas(studio: Studio, qtbot: QtBot) -> None:
    studio.window.toasts.say("error", "Something is wrong", "Do this.")
    toast = studio.window.toasts._toasts[0]
    qtbot.mouseClick(toast, Qt.MouseButton.LeftButton, pos=toast.rect().center())
    assert studio.canvas._gesture is None


def test_an_unexpected_error_is_said_once_and_written_down(tmp_path: Path, qtbot: QtBot) -> None:
    log = CrashLog(tmp_path / "logs")
    seen: list[str] = []
    log.seen.connect(lambda text, _hint: seen.append(text))
    for _ in range(3):
        try:
            raise KeyError("lost")
        except KeyError as error:
            log.take(type(error), error, error.__traceback__)
    qtbot.waitUntil(lambda: bool(seen))
    assert len(seen) == 1 and "lost" in seen[0]
    (file,) = (tmp_path / "logs").iterdir()
    assert file.read_text().count("Traceback") == 3


def test_an_unexpected_error_tells_no_keys(tmp_path: Path, qtbot: QtBot) -> None:
    log = CrashLog(tmp_path / "logs")
    seen: list[str] = []
    log.seen.connect(lambda text, _hint: seen.append(text))
    key = "sk-proj-abcdefgh12345678abcdefgh"
    error = ValueError(f"Illegal header value: {key}")
    log.take(type(error), error, None)
    log.hide = Redactor(["correct horse battery"]).text
    error = ValueError("no such user: correct horse battery")
    log.take(type(error), error, None)
    qtbot.waitUntil(lambda: bool(seen))
    written = "".join(file.read_text() for file in (tmp_path / "logs").iterdir())
    for secret in (key, "correct horse battery"):
        assert secret not in written and secret not in "".join(seen)
    assert "Illegal header value: ***" in written and "no such user: ***" in written


@pytest.mark.parametrize(
    ("environ", "platform", "there"),
    [({}, "linux", False), ({"DISPLAY": ":0"}, "linux", True), ({"WAYLAND_DISPLAY": "w"}, "linux", True),
     ({}, "darwin", True), ({"QT_QPA_PLATFORM": "offscreen"}, "linux", True)],
)  # fmt: skip
def test_no_display_is_one_sentence(environ: dict[str, str], platform: str, there: bool) -> None:
    assert bool(display_problem(environ, platform)) is not there


def test_library_finds_adds_and_drags(studio: Studio, qtbot: QtBot) -> None:
    panel = library(studio)
    titles = [entry.title for entry in panel.entries()]
    assert titles[0] == "Flow" and "Work" in titles and "Saved graphs" in titles
    qtbot.keyClicks(panel.search, "router")
    assert [entry.title for entry in panel.entries() if entry.kind] == ["Router"]
    qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert [node.kind for node in studio.session.graph.nodes.values()] == ["router"]
    assert panel.search.text() == ""
    row = next(i for i, entry in enumerate(panel.entries()) if entry.title == "Agent")
    data = panel.model.mimeData([panel.model.index(row, 0)])
    assert isinstance(data, QMimeData) and bytes(data.data(MIME).data()) == b"agent"
    qtbot.keyClicks(panel.search, "zzzz")
    assert all(entry.heading for entry in panel.entries())


def test_added_nodes_do_not_hide_each_other(studio: Studio, qtbot: QtBot) -> None:
    panel = library(studio)
    agent = next(entry for entry in panel.entries() if entry.title == "Agent")
    for _ in range(4):
        panel.take(agent)
    assert len(set(studio.session.graph.places.values())) == 4


def test_nodes_added_by_tab_at_the_same_place_do_not_cover_each_other(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    for _ in range(3):
        hands.back_to_canvas()
        qtbot.mouseMove(studio.canvas, hands.at(0, 0))
        hands.key(Qt.Key.Key_Tab)
        qtbot.keyClicks(hands.finder().field, "agent")
        qtbot.keyClick(hands.finder().field, Qt.Key.Key_Return)
    assert len(set(studio.session.graph.places.values())) == 3


def test_a_search_gives_the_keyboard_back_unless_a_click_took_it(studio: Studio, qtbot: QtBot) -> None:
    hands = Hands(studio, qtbot)
    hands.back_to_canvas()
    hands.ctrl(Qt.Key.Key_K)
    hands.finder().field.setFocus()
    qtbot.keyClick(hands.finder().field, Qt.Key.Key_Escape)
    assert studio.canvas.hasFocus()
    hands.ctrl(Qt.Key.Key_K)
    library(studio).search.setFocus()
    assert library(studio).search.hasFocus()


def test_a_problem_is_counted_shown_and_solved_by_one_click(studio: Studio, qtbot: QtBot) -> None:
    from gui.panels.problems import Problems

    hands = Hands(studio, qtbot)
    hands.add("input", -200, 0)
    node = hands.add("agent", 100, 0)
    panel = studio.panels.widget("problems")
    assert isinstance(panel, Problems)
    qtbot.waitUntil(lambda: any(problem.node == node for problem in studio.session.problems))
    assert not panel.rows, "who does not look waits for no rows"
    studio.window.show_panel("problems")
    kept = [*panel.rows]
    studio.session.problems_changed.emit()
    assert panel.rows == kept, "a problem that stays keeps its row"
    assert studio.window.below.tabs.count_text("Problems") == str(len(studio.session.problems))
    with qtbot.waitSignal(panel.counted) as counted:
        panel.begin()
    worst = any(problem.severity == "error" for problem in studio.session.problems)
    assert worst and counted.args == [len(studio.session.problems), "text:failed"]
    fixable = next(row for row in panel.rows if row.problem.offer == "add_output" and row.button)
    fixable.button.click()
    assert "output" in [each.kind for each in studio.session.graph.nodes.values()]


def test_panels_that_have_nothing_to_tell_are_not_made(studio: Studio, qtbot: QtBot) -> None:
    """Each would cost a frame, in the moment that a graph is opened or a run begins."""
    said = ("input", {"type": "text", "default": "Hello"})
    studio.session.show(build({"say": said, "end": "output"}, "say.value -> end.value"))
    assert studio.session.run()
    qtbot.waitUntil(lambda: not studio.session.running)
    made = {panel.name for panel in studio.panels.all if studio.panels.is_made(panel.name)}
    assert not made & {"log", "questions", "compared", "changes"}


@pytest.mark.slow
def test_nothing_heavy_is_imported_before_the_first_paint(home: Home) -> None:
    program = """
import json, sys
from PySide6.QtWidgets import QApplication
app = QApplication([])
from engine.base.settings import Home, Settings
from gui import studios
from gui.views.parts_tab import PartsTab
from gui.window import Window

studios.WARM_UP_MS = 1_000_000_000  # a busy machine may take longer than that to paint
studio = studios.Studios(app, Home(), Settings()).open_first([])
app.processEvents()
heavy = ["httpx", "aiohttp", "networkx", "jinja2", "genai_prices", "rich", "keyring", "mcp", "typer",
         "urllib.request", "difflib", "statistics", "xml.sax"]
ours = ["engine.models.wires", "engine.plan.check", "engine.run.control", "engine.run.admission.queues",
        "gui.dropped", "gui.fields", "gui.dialogs.finder", "gui.dialogs.servers", "gui.dialogs.settings"]
print(json.dumps([name for name in [*heavy, *ours] if name in sys.modules]))
sys.stdout.flush()
import os
os._exit(0)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(done.stdout or "null") == [], done.stderr[-1500:]


def test_panels_and_tabs_are_made_when_they_are_first_shown(studio: Studio, qtbot: QtBot) -> None:
    made = {panel.name for panel in studio.panels.all if studio.panels.is_made(panel.name)}
    assert made == {"library", "inspector", "timeline"}
    assert not studio.window.findChildren(PartsTab) and not studio.window.findChildren(Form)
    studio.window.show_panel("costs")
    assert studio.panels.is_made("costs") and studio.panels.widget("costs").isVisible()
    assert not studio.panels.is_made("runs")


def test_a_panel_is_made_for_what_it_counts_and_then_stands_where_it_belongs(studio: Studio, qtbot: QtBot) -> None:
    studio.session.show(build({"a": ("agent", {})}))
    qtbot.waitUntil(lambda: studio.panels.is_made("problems"))
    assert studio.panels.counts["problems"][0] == len(studio.session.problems) > 0
    assert not studio.panels.widget("problems").isVisible()
    studio.window.move_panel("runs", "left")
    assert not studio.panels.is_made("log") and studio.panels.widget("runs").isVisible()


class Moved(QObject):
    """Notes how many widgets are in one that gets another parent: Qt looks at the style of each of them then."""

    def __init__(self) -> None:
        super().__init__()
        self.most = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ParentChange:
            self.most = max(self.most, len(watched.findChildren(QWidget)))
        return False


def test_each_part_of_a_window_is_made_in_the_part_around_it(studios: Studios, qapp: QApplication) -> None:
    moved = Moved()
    qapp.installEventFilter(moved)
    studio = studios.open_window()
    qapp.removeEventFilter(moved)
    assert moved.most < 20 < len(studio.window.right.findChildren(QWidget))


def test_what_is_dropped_from_outside(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    from PySide6.QtCore import QPointF, QUrl

    hands = Hands(studio, qtbot)
    hands.add("agent", 0, 0)
    text = QMimeData()
    text.setText(clip.copy(studio.session.graph, studio.session.graph.nodes))
    studio.canvas.dropped.emit(text, QPointF(400, 400))
    assert len(studio.session.graph.nodes) == 2
    assert studio.session.document.undo_stack.undo_label == "Drop 1 node"
    plain = QMimeData()
    plain.setText("just words")
    studio.canvas.dropped.emit(plain, QPointF(0, 0))
    assert [note.text for note in studio.session.graph.notes.values()] == ["just words"]
    studio.session.undo()
    graph = studio.session.graph
    picture = tmp_path / "shared.png"
    sharing.write(studio, "png", picture)
    studio.session.show(Graph())
    file = QMimeData()
    file.setUrls([QUrl.fromLocalFile(str(picture))])
    studio.canvas.dropped.emit(file, QPointF(0, 0))
    assert studio.session.graph.nodes == graph.nodes and not studio.session.clean


def test_sharing_refuses_a_key_and_writes_nothing(studio: Studio, qtbot: QtBot, tmp_path: Path) -> None:
    key = "sk-ant-" + "api03a1b2c3d4e5f6g7h8i9j0"
    bad, _ = commands.add_node(Graph(), "agent", (0, 0), config={"prompt": f"Use {key}"})
    studio.session.show(bad)
    sharing.write(studio, "json", tmp_path / "x.baton.json")
    qtbot.waitUntil(lambda: bool(studio.window.toasts.texts))
    assert key not in " ".join(studio.window.toasts.texts)
    assert list(tmp_path.glob("*.json")) == []
    QGuiApplication.clipboard().setText("before")
    sharing.copy_text(studio)
    assert QGuiApplication.clipboard().text() == "before", "a key does not reach the clipboard either"


@pytest.mark.slow
def test_settings_hold_in_every_window_at_once(studios: Studios, home: Home, qtbot: QtBot) -> None:
    first, second = studios.open_window(), studios.open_window()
    assert studios.theme.dark
    first.actions["help.settings"].trigger(first)
    dialog = first.window.findChild(SettingsDialog)
    dialog.pages["look"].look.setCurrentIndex(2)
    dialog.pages["models"].tiers["cheap"].setCurrentText("ollama/llama3.2")
    limits = dialog.pages["limits"]
    limits.private.setText("localhost, wiki.local:8080")
    limits.day.setText("much")
    dialog._save()
    assert studios.theme.dark and dialog.wrong.isVisibleTo(dialog)
    limits.day.setText("2.5")
    dialog._save()
    assert home.load_settings().budget_day_usd == 2.5
    assert home.load_settings().allow_private_addresses == ("localhost", "wiki.local:8080")
    assert not studios.theme.dark
    assert second.services.settings.tiers["cheap"] == "ollama/llama3.2"
    assert home.load_settings().appearance == "light"
