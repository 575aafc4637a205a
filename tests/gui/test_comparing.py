"""Two runs compared: chosen in the list, told node by node, the first difference marked on the canvas."""

from __future__ import annotations

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine.archive.compare import Change, NodeDifference, RunComparison
from engine.graph import commands
from engine.testing import build
from gui.bridge.differs import differing
from gui.comparing import compare_runs, totals
from gui.panels.compared import Compared
from gui.panels.runs import Runs
from gui.stored import journal
from gui.studio import Studio
from tests.gui.hands import LEFT
from tests.gui.test_running import ended, pipeline


def test_the_first_difference_of_two_runs_is_marked(studio: Studio, qtbot: QtBot) -> None:
    session, display = studio.session, studio.canvas.display
    session.show(pipeline())
    for prompt in ("Sum up: {{ task }}", "Shout: {{ task }}"):
        session.commit(commands.set_config(session.graph, "agent", {"prompt": prompt}), "Edit")
        studio.launch.start()
        ended(studio, qtbot)
    newer = session.run_view
    studio.window.show_panel("runs")
    runs, compared = studio.panels.widget("runs"), studio.panels.widget("compared")
    assert isinstance(runs, Runs) and isinstance(compared, Compared) and newer is not None
    for row, held in ((0, Qt.KeyboardModifier.NoModifier), (1, Qt.KeyboardModifier.ControlModifier)):
        place = runs.list.visualRect(runs.model.index(row, 1)).center()
        qtbot.mouseClick(runs.list.viewport(), LEFT, held, place)
    next(each for each in runs.menu().actions() if each.text() == "Compare them").trigger()
    assert session.run_view is not None and session.run_view.run == newer.run
    assert compared.isVisible() and compared.rows[0].where.text() == "Think"
    older, now = compared.rows[0].words.text().split("became")[:2]
    assert "Sum up" in older and "Shout" in now
    face = display.face("agent")
    assert face.pill == "first difference" and face.outlined and "prompt" in face.reason
    assert display.face("task").pill != "differs"
    qtbot.mouseClick(compared.rows[0].where, LEFT)
    assert session.selection == {"agent"}
    session.put_run_away()
    assert session.comparison is None and not compared.rows and display.face("agent").pill is None


def test_the_sum_of_a_comparison_tells_only_what_differs() -> None:
    compared = RunComparison(("x", "y"), ("completed", "failed"), (), ("end",), (1.0, 1.0), (0.25, None), (900, 1200))
    assert list(totals(compared)) == [
        "outcome completed → failed", "tokens 900 tok → 1.2k tok", "money $0.25 → unknown", "other outputs: end",
    ]  # fmt: skip


def test_runs_of_another_graph_are_not_marked_on_this_one(studio: Studio, qtbot: QtBot) -> None:
    session = studio.session
    session.show(pipeline())
    for _ in range(2):
        studio.launch.start()
        ended(studio, qtbot)
    one, two = (run.id for run in journal(studio).runs())
    session.show(build({"other": ("template", {"template": "x"})}))
    compare_runs(studio, one, two)
    assert any("of another graph" in text for text in studio.window.toasts.texts)


def test_differences_inside_a_container_mark_it_too() -> None:
    change = (Change("output", 1, 2),)
    nodes = tuple(NodeDifference(key, change) for key in ("m[1]/a", "m[2]/b", "end"))
    compared = RunComparison(("x", "y"), ("completed",) * 2, nodes, (), (1.0, 1.0), (0.0, 0.0), (0, 0))
    top = differing(compared, "")
    assert {name: each.first for name, each in top.items()} == {"m": True, "end": False}
    assert "m[1]/a" in top["m"].words
    assert {name: each.first for name, each in differing(compared, "m[2]").items()} == {"b": False}
