"""The inbox: questions of stored runs that rest stand among the questions; an answer goes on with their run."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import replace
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from engine.base.clock import Clock
from engine.graph.graph import Graph
from engine.run.control import Run, RunOptions
from engine.testing import HandClock, build
from gui.panels.questions import Questions
from gui.studio import Studio
from gui.views.question_cards import StoredCard, due, moment
from tests.gui.hands import LEFT
from tests.gui.test_running import ended


def signing(name: str = "Sign it", **config: object) -> Graph:
    return build(
        {"draft": ("input", {"default": "text"}), "end": "output",
         "sign": ("review", {"question": "Right?", **config})},
        "draft.value -> sign.value", "sign.approved -> end.value", name=name,
    )  # fmt: skip


def paused(studio: Studio, graph: Graph, file: str = "", clock: Clock | None = None) -> str:
    """A run that rests for its question, of no window."""
    services = replace(studio.services, clock=clock or studio.services.clock)
    made = Run(graph, options=RunOptions(pace=0), services=services, file=file)
    assert asyncio.run(made.execute()).status == "paused"
    return made.id


def stored(studio: Studio, qtbot: QtBot, count: int = 1) -> list[StoredCard]:
    """Opens the panel and waits for that many questions of stored runs."""
    panel = studio.panels.widget("questions")
    assert isinstance(panel, Questions)
    studio.window.show_panel("questions")
    studio.inbox.refresh()
    qtbot.waitUntil(lambda: len(panel.stored) == count)
    return list(panel.stored.values())


def test_a_question_of_a_stored_run_is_answered_with_another_value(studio: Studio, qtbot: QtBot) -> None:
    run = paused(studio, signing())
    [card] = stored(studio, qtbot)
    assert card.isVisible() and card.where.text() == "Sign it › sign" and card.words.text() == "Right?"
    assert "asked" in card.aside.text()
    qtbot.keyClicks(card.form.area, "my ")  # type: ignore[attr-defined]  # of a text
    qtbot.mouseClick(card.approve, LEFT)
    session = studio.session
    qtbot.waitUntil(lambda: session.run_view is not None)
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.run == run
    assert session.run_view.status == "completed" and session.run_view.outputs == {"end": "my text"}
    assert "sign" in session.graph.nodes
    stored(studio, qtbot, 0)


def test_items_are_counted_as_on_the_canvas_live_and_stored(studio: Studio, qtbot: QtBot) -> None:
    sign = {"id": "sign", "kind": "review", "title": "Sign"}
    edges = {"from": "item.value", "to": "sign.value"}, {"from": "sign.approved", "to": "r.value"}
    body = {"nodes": [{"id": "item", "kind": "input"}, sign, {"id": "r", "kind": "output"}], "edges": [*edges]}
    nodes: dict[str, Any] = {"list": ("input", {"type": "list", "default": ["a", "b"]}), "end": "output"}
    nodes["each"] = "map", {"body": body}
    graph = build(nodes, "list.value -> each.items", "each.items -> end.value", name="Many")
    paused(studio, graph)
    names = [each.where.text() for each in stored(studio, qtbot, 2)]
    assert names == ["Many › each › item 1 › Sign", "Many › each › item 2 › Sign"]
    session, panel = studio.session, studio.panels.widget("questions")
    assert isinstance(panel, Questions)
    session.show(graph)
    assert session.run(options=RunOptions(attended=True))
    qtbot.waitUntil(lambda: len(panel.cards) == 2)
    assert [each.where.text() for each in panel.cards.values()] == ["each › item 1 › Sign", "each › item 2 › Sign"]
    session.stop()
    ended(studio, qtbot)


@pytest.mark.parametrize(
    ("schema", "why"), [({"type": "integer"}, "whole number"), ({"type": "string", "maxLength": 2}, "too long")]
)
def test_an_answer_that_does_not_fit_is_said_in_the_card_and_nothing_runs(
    studio: Studio, qtbot: QtBot, schema: dict[str, Any], why: str
) -> None:
    paused(studio, signing(schema=schema))
    [card] = stored(studio, qtbot)
    qtbot.mouseClick(card.approve, LEFT)
    assert card.message.isVisible() and why in card.message.text() and studio.session.run_view is None
    qtbot.mouseClick(card.reject, LEFT)
    qtbot.waitUntil(lambda: studio.session.run_view is not None)
    ended(studio, qtbot)
    assert studio.session.run_view is not None and studio.session.run_view.status == "completed"


def test_deadlines_are_said_and_what_is_late_goes_on_without_an_answer(studio: Studio, qtbot: QtBot) -> None:
    paused(studio, signing("Soon", deadline_s=3600))
    paused(studio, signing("Late", deadline_s=60), clock=HandClock(time.time() - 3600))
    late, soon = stored(studio, qtbot, 2)
    assert "answer by" in soon.aside.text() and soon.where.text().startswith("Soon")
    assert "its time is over" in late.aside.text() and not late.form.isEnabled()
    qtbot.mouseClick(late.go_on, LEFT)
    qtbot.waitUntil(lambda: studio.session.run_view is not None)
    ended(studio, qtbot)
    assert studio.session.run_view is not None
    assert studio.session.run_view.nodes["sign"].outputs.keys() == {"rejected"}


def test_a_live_question_shows_how_long_there_is(studio: Studio, qtbot: QtBot) -> None:
    panel = studio.panels.widget("questions")
    assert isinstance(panel, Questions)
    studio.session.show(signing(deadline_s=1800))
    studio.launch.start()
    qtbot.waitUntil(lambda: bool(panel.cards))
    (card,) = panel.cards.values()
    assert card.aside.text().endswith(" min left") and not panel.stored
    qtbot.mouseClick(card.approve, LEFT)
    ended(studio, qtbot)


def test_a_stored_question_waits_while_another_run_goes_on_here(studio: Studio, qtbot: QtBot) -> None:
    paused(studio, signing())
    panel, session = studio.panels.widget("questions"), studio.session
    assert isinstance(panel, Questions)
    session.show(signing("Other"))
    studio.launch.start()
    qtbot.waitUntil(lambda: bool(panel.cards))
    [card] = stored(studio, qtbot)
    here = session.run_view
    qtbot.mouseClick(card.approve, LEFT)
    assert session.run_view is here and card.isEnabled()
    assert any("going on already" in text for text in studio.window.toasts.texts)
    (question,) = panel.cards.values()
    qtbot.mouseClick(question.approve, LEFT)
    ended(studio, qtbot)
    assert len(stored(studio, qtbot)) == 1


@pytest.mark.parametrize(
    ("left", "said"),
    [(-1, "its time is over"), (42.5, "42 s left"), (600, "10 min left"), (7300, "2 h left"), (200_000, "2 days left")],
)
def test_a_wait_in_words(left: float, said: str) -> None:
    assert due(1000 + left, 1000) == said


def test_a_moment_of_another_day_says_the_day() -> None:
    now = time.time()
    assert re.fullmatch(r"\d\d:\d\d", moment(now))
    assert re.fullmatch(r"\d\d \S+, \d\d:\d\d", moment(now + 5 * 86_400))
