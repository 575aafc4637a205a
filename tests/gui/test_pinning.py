"""Pinned outputs: pinned from a run by the canvas's menu, seen at rest, taken by the next run, marked when stale."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine.graph import commands
from gui.fixes import solve
from gui.studio import Studio
from tests.gui.hands import Hands
from tests.gui.test_running import ended, pipeline


def test_an_output_is_pinned_taken_and_let_go(studio: Studio, qtbot: QtBot) -> None:
    session, display = studio.session, studio.canvas.display
    session.show(pipeline())
    session.select(["agent"])
    assert not studio.actions["run.pin"].when(studio)
    studio.launch.start()
    ended(studio, qtbot)
    assert session.run_view is not None
    said = session.run_view.nodes["agent"].outputs["text"]
    session.go_to(0.0)
    assert not studio.actions["run.pin"].when(studio), "at that moment it has given nothing"
    session.go_to(None)
    Hands(studio, qtbot).click_node("agent")
    studio.actions["run.pin"].trigger(studio)
    assert session.graph.nodes["agent"].config["pinned"]["value"] == said
    assert display.face("agent").glyph == "pinned" and not studio.actions["edit.redo"].when(studio)
    session.put_run_away()
    face = display.face("agent")
    assert face.glyph == "pinned" and face.footer[0] == "pinned" and face.body and said.startswith(face.body)
    studio.launch.start()
    ended(studio, qtbot)
    node = session.run_view.nodes["agent"]
    assert (node.source, node.outputs["text"], node.input_tokens) == ("pinned", said, 0)
    assert not studio.actions["run.pin"].when(studio)
    studio.actions["run.unpin"].trigger(studio)
    assert "pinned" not in session.graph.nodes["agent"].config
    session.put_run_away()
    assert display.face("agent").glyph == ""
    session.undo()
    assert display.face("agent").glyph == "pinned"


def test_a_pin_of_something_else_is_marked_and_solved(studio: Studio, qtbot: QtBot) -> None:
    session, display = studio.session, studio.canvas.display
    session.show(pipeline())
    studio.launch.start()
    ended(studio, qtbot)
    session.select(["agent"])
    studio.actions["run.pin"].trigger(studio)
    session.put_run_away()
    session.commit(commands.set_config(session.graph, "agent", {"prompt": "Else: {{ task }}"}), "Edit")
    qtbot.waitUntil(lambda: any(each.code == "stale_pin" for each in session.problems))
    face = display.face("agent")
    assert face.glyph == "warning" and "older" in face.reason and face.footer[0] == "pinned"
    solve(studio, next(each for each in session.problems if each.code == "stale_pin"))
    assert "pinned" not in session.graph.nodes["agent"].config
