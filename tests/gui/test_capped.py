"""A run that comes up against its budget: said with a button that raises it, while it goes on or after it paused."""

from __future__ import annotations

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.graph.graph import Graph
from engine.run.control import RunOptions
from engine.run.journal import Journal
from engine.testing import build
from gui.stored import look
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
    session.put_run_away()
    assert bar.isHidden(), "it speaks of the run that is watched"
    look(studio, Journal(studio.services.home.runs).runs()[0].id)
    qtbot.mouseClick(bar.buttons[0], LEFT)
    assert session.running
    ended(studio, qtbot)
    assert session.run_view.budget_usd == 2.0 and models.calls > paid
    qtbot.mouseClick(bar.buttons[0], LEFT)
    ended(studio, qtbot)
    assert session.run_view.status == "completed" and models.calls == 4
    assert bar.isHidden()


@pytest.mark.parametrize("budget", [{"budget_usd": 1.0}, {"budget_tokens": 130}])
def test_calls_that_wait_go_on_once_the_budget_is_raised(
    budget: dict[str, float], studio: Studio, qtbot: QtBot
) -> None:
    models, session, bar = Priced(studio.services), studio.session, studio.window.bar
    session.services = models.serve(studio.services)
    config = {"prompt": "task", "model": "large", "max_tokens": 100}
    nodes: dict[str, Any] = {f"a{i}": ("agent", config) for i in range(3)}
    nodes |= {city: ("input", {"type": "json", "default": {"city": city}}) for city in ("rome", "oslo")}
    nodes["both"] = "merge", {"strategy": "json", "on_conflict": "ask"}  # a person is asked, so the run does not pause
    edges = ("rome.value -> both.items", "oslo.value -> both.items")
    session.show(build(nodes, *edges, settings=budget))
    assert session.run(options=RunOptions(attended=True))
    qtbot.waitUntil(lambda: not bar.isHidden() and bool(session.questions))
    qtbot.mouseClick(bar.buttons[0], LEFT)
    raised = [(2.0, None), (None, 260)]
    shown = session.run_view
    assert shown is not None
    qtbot.waitUntil(lambda: (shown.budget_usd, shown.budget_tokens) in raised)
    qtbot.waitUntil(lambda: models.calls == 3)
    assert session.running and session.run_view is not None
    (key,) = session.questions
    session.answer(key, {"decision": "approved", "value": {"city": "rome"}})
    ended(studio, qtbot)
    assert session.run_view.status == "completed"
    assert not any(event.kind == "run.paused" for event in session.run_events)


def test_a_budget_in_tokens_is_raised_in_tokens_live_and_after_the_pause(studio: Studio, qtbot: QtBot) -> None:
    models, session, bar = Priced(studio.services), studio.session, studio.window.bar
    session.services = models.serve(studio.services)
    nodes: dict[str, Any] = {"a": ("agent", {"prompt": "task", "model": "large", "max_tokens": 100})}
    session.show(build(nodes, settings={"budget_usd": 9.0, "budget_tokens": 20}))
    assert session.run()
    ended(studio, qtbot)
    view = session.run_view
    assert view is not None and (view.status, view.reason, view.budget_tokens) == ("paused", "budget", 20)
    assert "20 tokens" in bar.text and "$" not in bar.text
    more = int(bar.buttons[0].text().removeprefix("Raise it to ").removesuffix(" tokens"))
    assert more >= 100 + 1, "as much as the next call needs, though twice the budget would be less"
    qtbot.mouseClick(bar.buttons[0], LEFT)
    ended(studio, qtbot)
    view = session.run_view
    assert view is not None and (view.status, view.budget_tokens, view.budget_usd) == ("completed", more, 9.0)
    assert models.calls == 1 and bar.isHidden()


@pytest.mark.slow
def test_the_budget_of_a_node_is_raised_in_the_graph_and_a_new_run_goes_on(studio: Studio, qtbot: QtBot) -> None:
    models, session, bar = Priced(studio.services), studio.session, studio.window.bar
    session.services = models.serve(studio.services)
    agent = {"id": "say", "kind": "agent", "config": {"prompt": "{{ item }}", "model": "large", "max_tokens": 100}}
    body = {"nodes": [{"id": "item", "kind": "input"}, agent, {"id": "r", "kind": "output"}],
            "edges": [{"from": "item.value", "to": "say.item"}, {"from": "say.text", "to": "r.value"}]}  # fmt: skip
    nodes: dict[str, Any] = {"list": ("input", {"type": "list", "default": [1, 2, 3]}), "end": "output"}
    nodes["each"] = "map", {"body": body, "concurrency": 1, "budget_usd": 1.5}
    session.show(build(nodes, "list.value -> each.items", "each.items -> end.value"))
    assert session.run()
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.reason == "budget"
    first, paid = session.run_view.run, models.calls
    assert "the node “each”, $1.50" in bar.text and bar.buttons[0].text() == "Raise it to $3.00 and go on"
    qtbot.mouseClick(bar.buttons[0], LEFT)
    ended(studio, qtbot)
    assert (session.run_view.status, session.run_view.run == first) == ("completed", False)
    assert (paid, models.calls) == (2, 3), "what was finished is not paid for again"
    assert session.whole.nodes["each"].config["budget_usd"] == 3.0
    assert session.document.undo_stack.undo_label == "Raise the budget"
