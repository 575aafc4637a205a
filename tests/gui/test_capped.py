"""A run that comes up against its budget: said with a button that raises it, while it goes on or after it paused."""

from __future__ import annotations

from typing import Any

from pytestqt.qtbot import QtBot

from engine.graph.graph import Graph
from engine.run.control import RunOptions
from engine.testing import build
from gui.studio import Studio
from tests.engine.run.pricing import Priced
from tests.gui.hands import LEFT
from tests.gui.test_running import ended


def spending(count: int, budget: float) -> Graph:
    """Agents side by side; each reserves at most a dollar and costs half of one."""
    config = {"prompt": "task", "model": "large", "max_tokens": 100}
    return build({f"a{i}": ("agent", config) for i in range(count)}, settings={"budget_usd": budget})


def test_a_paused_run_goes_on_with_a_raised_budget(studio: Studio, qtbot: QtBot) -> None:
    models, session, bar = Priced(studio.services), studio.session, studio.window.bar
    session.services = models.serve(studio.services)
    session.show(spending(4, 1.0))
    assert session.run()
    ended(studio, qtbot)
    assert session.run_view is not None and (session.run_view.status, session.run_view.reason) == ("paused", "budget")
    paid = models.calls
    assert "$1.00" in bar.text and [each.text() for each in bar.buttons] == ["Raise it to $2.00"]
    qtbot.mouseClick(bar.buttons[0], LEFT)
    assert session.running
    ended(studio, qtbot)
    assert session.run_view.budget_usd == 2.0 and models.calls > paid
    qtbot.mouseClick(bar.buttons[0], LEFT)
    ended(studio, qtbot)
    assert session.run_view.status == "completed" and models.calls == 4
    assert bar.isHidden()


def test_calls_that_wait_go_on_once_the_budget_is_raised(studio: Studio, qtbot: QtBot) -> None:
    models, session, bar = Priced(studio.services), studio.session, studio.window.bar
    session.services = models.serve(studio.services)
    config = {"prompt": "task", "model": "large", "max_tokens": 100}
    nodes: dict[str, Any] = {f"a{i}": ("agent", config) for i in range(3)}
    nodes |= {city: ("input", {"type": "json", "default": {"city": city}}) for city in ("rome", "oslo")}
    nodes["both"] = "merge", {"strategy": "json", "on_conflict": "ask"}  # a person is asked, so the run does not pause
    edges = ("rome.value -> both.items", "oslo.value -> both.items")
    session.show(build(nodes, *edges, settings={"budget_usd": 1.0}))
    assert session.run(options=RunOptions(attended=True))
    qtbot.waitUntil(lambda: not bar.isHidden() and bool(session.questions), timeout=20_000)
    qtbot.mouseClick(bar.buttons[0], LEFT)
    qtbot.waitUntil(lambda: bool(session.run_view and session.run_view.budget_usd == 2.0), timeout=20_000)
    qtbot.waitUntil(lambda: models.calls == 3, timeout=20_000)
    assert session.running and session.run_view is not None
    (key,) = session.questions
    session.answer(key, {"decision": "approved", "value": {"city": "rome"}})
    ended(studio, qtbot)
    assert session.run_view.status == "completed"
    assert not any(event.kind == "run.paused" for event in session.run_events)


def test_a_budget_in_tokens_is_not_answered_with_money(studio: Studio, qtbot: QtBot) -> None:
    models, session, bar = Priced(studio.services), studio.session, studio.window.bar
    session.services = models.serve(studio.services)
    config = {"prompt": "task", "model": "large", "max_tokens": 100}
    session.show(build({"a": ("agent", config)}, settings={"budget_usd": 9.0, "budget_tokens": 20}))
    assert session.run()
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.status == "paused"
    assert "20 tokens" in bar.text and "Budget, tokens" in bar.text
    assert not any("Raise" in each.text() for each in bar.buttons)
