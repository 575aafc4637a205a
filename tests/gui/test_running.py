"""Runs in the window: started, watched, stopped, shown again; nothing of one is left, and nothing ticks at rest."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge
from engine.models.contract import ModelRequest, Reply
from engine.run import checkpoint
from engine.run.control import Run
from engine.run.events import Event
from gui import stored
from gui.burst import AS_MUCH, AT_ONCE, FEWEST, FRAMES_LATE, MOST, Burst
from gui.panels.log import Log
from gui.panels.runs import Runs
from gui.panels.timeline import Timeline
from gui.session import FEW
from gui.studio import Studio
from tests.engine.run.pricing import Priced
from tests.gui.hands import LEFT, Hands


def pipeline(default: str = "Pools stall under load. Timeouts help. Limits matter.") -> Graph:
    graph = Graph({"name": "Two steps"})
    graph, task = commands.add_node(graph, "input", (0, 0), wanted="task", config={"type": "text", "default": default})
    graph, agent = commands.add_node(
        graph,
        "agent",
        (250, 0),
        title="Think",
        wanted="agent",
        config={"model": "cheap", "prompt": "Sum up: {{ task }}"},
    )
    graph, out = commands.add_node(graph, "output", (500, 0))
    graph = commands.connect(graph, Edge(task, "value", agent, "task"))
    return commands.connect(graph, Edge(agent, "text", out, "value"))


def runners() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("run ")]


def ended(studio: Studio, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not studio.session.running)


def loop_of(studio: Studio) -> asyncio.AbstractEventLoop:
    """The loop on which the run of the window goes on."""
    thread = studio.session._running._thread
    assert thread is not None and thread.run._loop is not None
    return thread.run._loop


def never_answering(studio: Studio) -> None:
    """Models that are asked and say nothing."""
    models = Priced(studio.services)

    async def answer(name: str, request: ModelRequest) -> Reply:
        return await asyncio.get_running_loop().create_future()

    models.answer = answer
    studio.session.use(models.serve(studio.services))


def test_a_run_is_seen_from_start_to_end(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(pipeline())
    batches: list[list[Event]] = []
    session.run_ticked.connect(batches.append)
    studio.actions["run.start"].trigger(studio)
    assert session.running
    ended(studio, qtbot)
    events = [event for batch in batches for event in batch]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert session.run_result is not None and session.run_result.status == "completed"
    timeline, log = studio.panels.widget("timeline"), studio.panels.widget("log")
    assert isinstance(timeline, Timeline) and isinstance(log, Log)
    assert [lane.title for lane in timeline.chart.lanes] == ["task", "Think", "output"]
    assert all(lane.spans[-1].status == "ok" for lane in timeline.chart.lanes)
    studio.window.show_panel("log")
    assert any("run completed" in log.model.line(row).text for row in range(log.model.rowCount()))
    assert studio.past.of_node("agent")[0][0] == "ok"
    assert runners() == []


def test_a_graph_at_rest_is_ready_to_run(studio: Studio, qtbot: QtBot) -> None:
    session, services = studio.session, studio.services
    session.show(pipeline())
    qtbot.waitUntil(lambda: services.preparations.ready(session.whole, None))


def test_a_burst_of_events_is_taken_in_helpings_and_text_comes_along() -> None:
    def event(kind: str) -> Event:
        return Event(1, "r", 1, 0.0, 0.0, kind, "", "", "", 0, {})

    def helping(waiting: list[Event]) -> int:
        burst = Burst()
        burst.add(waiting[:7])
        burst.add(waiting[7:])
        return len(burst.helping())

    started, text = event("node.started"), event("text")
    assert helping([started] * AT_ONCE) == AT_ONCE
    assert helping([started] * (AT_ONCE + 1)) == AT_ONCE
    assert helping([text] * AT_ONCE * 3) == AT_ONCE * 3
    assert helping([text] * AT_ONCE * (AS_MUCH + 1)) == AT_ONCE * AS_MUCH, "a window that was held up is not again"
    assert AT_ONCE < helping([text, started] * AT_ONCE * 2) < AT_ONCE * 2
    assert helping([]) == 0
    many = AT_ONCE * FRAMES_LATE * 2
    assert helping([started] * many) == AT_ONCE * 2, "a long queue is not left to grow"


@pytest.mark.parametrize(("seconds", "size"), [(1.0, FEWEST), (0.0001, MOST)])
def test_helpings_are_as_large_as_the_machine_is_quick(seconds: float, size: int) -> None:
    burst = Burst()
    burst.add([Event(1, "r", seq, 0.0, 0.0, "node.started", "", "", "", 0, {}) for seq in range(3 * MOST)])
    seen: list[int] = []
    while burst:
        helping = burst.helping()
        seen += [event.seq for event in helping]
        burst.took(seconds)
    assert seen == list(range(3 * MOST)) and burst.at_once == size


def test_stop_ends_a_slow_run_and_says_so(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    never_answering(studio)
    session.show(pipeline())
    studio.launch.start()
    qtbot.waitUntil(lambda: bool(session.run_view and "agent" in session.run_view.nodes))
    session.stop()
    assert session.stopping
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.status == "cancelled"
    assert session.run_view.nodes["agent"].status == "cancelled"
    assert runners() == []


def test_editing_goes_on_while_a_run_keeps_its_snapshot(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(pipeline())
    studio.launch.start()
    snapshot = session.run_graph
    session.commit(commands.remove(session.graph, ["agent"]), "Delete agent")
    ended(studio, qtbot)
    assert session.run_graph is snapshot and snapshot is not None and "agent" in snapshot.nodes
    assert session.run_view is not None and session.run_view.status == "completed"


def test_closing_in_mid_run_asks_and_leaves_nothing(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    never_answering(studio)
    session.show(pipeline())
    studio.launch.start()
    studio.window.close()
    assert studio.window.isVisible() and session.running
    with qtbot.waitSignal(studio.window.closed):
        Hands(studio, qtbot).answer("Stop the run")
    assert runners() == []


def wide(steps: int, *, broken: bool = False) -> Graph:
    """Many steps at once: more than are made ready while the window waits."""
    graph = Graph({"name": "Wide"})
    for at in range(steps):
        graph, _ = commands.add_node(graph, "template", (0, at * 200.0), config={"template": f"Step {at}"})
    return commands.add_node(graph, "agent", (300, 0), config={"model": 5})[0] if broken else graph


def test_a_large_graph_is_made_ready_while_the_window_goes_on(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(wide(FEW + 1))
    threads: list[threading.Thread] = []
    made = Run.__init__

    def noted(run: Run, *args: object, **kwargs: object) -> None:
        threads.append(threading.current_thread())
        made(run, *args, **kwargs)  # type: ignore[arg-type]  # passed on as it came

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "__init__", noted)
        assert session.run()
        assert session.running and session.run_view is not None and not session.run_view.run
        ended(studio, qtbot)
    assert len(threads) == 1 and threads[0] is not threading.main_thread()
    assert session.run_view is not None and session.run_view.status == "completed"


def test_a_run_that_is_stopped_before_it_began_ends_as_stopped(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(wide(FEW + 1))
    session.run()
    session.stop()
    assert session.stopping
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.status == "cancelled"
    assert runners() == []


def test_a_large_graph_that_cannot_run_is_said_and_leaves_nothing(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(wide(FEW + 1, broken=True))
    assert session.run()
    ended(studio, qtbot)
    assert session.run_view is None and studio.window.toasts.texts
    studio.launch.start()
    below = studio.window.below.tabs
    qtbot.waitUntil(lambda: below.tabText(below.currentIndex()) == "Problems")
    assert session.run_view is None and not session.running


def test_an_invalid_graph_is_said_and_not_started(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    broken, _ = commands.add_node(Graph(), "agent", (0, 0), config={"model": 5})
    session.show(broken)
    studio.launch.start()
    assert not session.running and session.run_view is None
    assert studio.window.toasts.texts


def test_a_picture_that_a_run_needs_is_chosen_beside_the_graph(studio: Studio, tmp_path: Path, qtbot: QtBot) -> None:
    QImage(2, 2, QImage.Format.Format_RGB32).save(str(tmp_path / "dot.png"))
    graph, node = commands.add_node(Graph(), "input", (0, 0), wanted="photo", config={"type": "image"})
    graph, end = commands.add_node(graph, "output", (300, 0), wanted="end")
    studio.session.show(commands.connect(graph, Edge(node, "value", end, "value")), tmp_path / "mine.baton.json")
    studio.launch.start(rehearse=True)
    form = studio.launch.dialog
    assert form is not None
    choose, run = (next(b for b in form.findChildren(QPushButton) if b.text() == text) for text in ("Choose…", "Run"))
    qtbot.mouseClick(choose, LEFT)
    dialog = next(each for each in form.findChildren(QFileDialog) if each.isVisible())
    assert Path(dialog.directory().absolutePath()) == tmp_path
    dialog.fileSelected.emit(str(tmp_path / "dot.png"))
    dialog.reject()
    qtbot.mouseClick(run, LEFT)
    qtbot.waitUntil(lambda: studio.session.run_result is not None)
    assert studio.session.run_result is not None
    assert studio.session.run_result.outputs["end"]["media_type"] == "image/png"


@pytest.mark.parametrize(
    ("left", "words"), [(None, ""), (1.0, ""), (40.4, "about 40 s left"), (300.0, "about 5 min left")]
)
def test_the_time_left_in_words(studio: Studio, left: float | None, words: str) -> None:
    studio.window.progress.left = left
    assert studio.window.progress.words == words


def test_why_a_run_did_not_begin_is_said(studio: Studio) -> None:
    studio.session.show(commands.add_node(Graph(), "agent", (0, 0), config={"prompt": "{{ x }}"})[0])
    assert not studio.session.run()
    assert any("Nothing is connected to “x”" in text for text in studio.window.toasts.texts)


def test_a_graph_that_cannot_run_shows_why_before_inputs_are_typed(studio: Studio, qtbot: QtBot) -> None:
    graph, _ = commands.add_node(Graph(), "input", (0, 0))
    graph, agent = commands.add_node(graph, "agent", (250, 0), config={"prompt": "{{ task }}"})
    studio.session.show(graph)
    qtbot.waitUntil(lambda: any(each.severity == "error" for each in studio.session.problems))
    studio.launch.start()
    assert studio.launch.dialog is None and studio.window.toasts.texts
    below = studio.window.below.tabs
    assert below.tabText(below.currentIndex()) == "Problems" and studio.session.selection == {agent}


def test_an_empty_graph_says_what_to_do(studio: Studio) -> None:
    studio.launch.start()
    assert "nothing to run" in studio.window.toasts.texts[0]


def test_a_missing_key_offers_a_rehearsal(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    graph = pipeline()
    session.show(commands.set_config(graph, "agent", {"model": "openai/gpt-5"}))
    studio.launch.start()
    assert not session.running
    assert "OPENAI_API_KEY" in studio.window.bar.text
    studio.window.bar.buttons[0].click()
    assert session.running
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.rehearsal and session.run_view.status == "completed"


def test_stored_runs_are_listed_and_shown_again(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(pipeline())
    studio.launch.start()
    ended(studio, qtbot)
    first = session.run_view
    session.put_run_away()
    assert session.run_view is None
    studio.window.show_panel("runs")
    runs = studio.panels.widget("runs")
    assert isinstance(runs, Runs)
    qtbot.waitUntil(lambda: runs.model.rowCount() == 1)
    qtbot.mouseClick(runs.list.viewport(), LEFT, pos=runs.list.visualRect(runs.model.index(0, 1)).center())
    assert session.run_view is not None and first is not None
    assert session.run_view.nodes == first.nodes and session.run_view.outputs == first.outputs


def test_a_long_stored_run_is_read_while_the_window_goes_on(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = studio.session
    session.show(pipeline())
    studio.launch.start()
    ended(studio, qtbot)
    first = session.run_view
    assert first is not None
    session.put_run_away()
    monkeypatch.setattr(stored, "LONG", 0)
    seen: list[float] = []
    stored.look(studio, first.run, lambda: seen.append(session.run_length()))
    assert session.run_view is None
    qtbot.waitUntil(lambda: "Opening a long run." in studio.window.toasts.texts)
    qtbot.waitUntil(lambda: bool(seen))
    assert session.run_view is not None and session.run_view.nodes == first.nodes and seen[0] > 0
    session.go_to(0.0)
    assert session.run_seen is not None and session.run_seen.nodes != first.nodes


def test_a_long_run_shows_its_end_before_its_events_are_read(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = studio.session
    monkeypatch.setattr(stored, "LONG", 0)
    monkeypatch.setattr(checkpoint, "LONG", 0)
    session.show(pipeline())
    studio.launch.start()
    ended(studio, qtbot)
    first = session.run_view
    assert first is not None
    qtbot.waitUntil(lambda: checkpoint.kept(stored.journal(studio), first.run) is not None)
    session.put_run_away()
    told: list[object] = []

    def shown() -> None:
        session.go_to(0.0)  # no other moment can be looked at yet
        told.extend((len(session.run_events), session.run_view == first, session.run_result, session.moment))

    stored.look(studio, first.run, shown)
    qtbot.waitUntil(lambda: bool(told))
    assert told == [0, True, None, None]
    qtbot.waitUntil(lambda: len(session.run_events) == first.seq)
    session.go_to(0.0)
    assert session.run_seen is not None and session.run_seen.nodes != first.nodes
    session.go_to(None)
    studio.window.show_panel("log")
    log = studio.panels.widget("log")
    assert isinstance(log, Log) and log.model.rowCount() > 0


def test_nothing_ticks_at_rest(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(pipeline())
    studio.launch.start()
    ended(studio, qtbot)
    qtbot.waitUntil(lambda: not _ticking(studio))


def _ticking(studio: Studio) -> list[QTimer]:
    """Timers that come again and again; a cursor that blinks is Qt's own."""
    return [timer for timer in studio.window.findChildren(QTimer) if timer.isActive() and not timer.isSingleShot()]
