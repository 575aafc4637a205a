"""Watching a run: what nodes, panels and the desktop show while models fail, answer late, or are asked again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem, QWidget
from pytestqt.qtbot import QtBot

from engine.base.errors import NodeError
from engine.graph import commands
from engine.graph.graph import Graph
from engine.models.contract import ModelRequest, Reply
from engine.testing import HandClock, build
from gui.bridge.faces import LOG
from gui.canvas.strip import grid
from gui.dialogs.edit_value import EditValue
from gui.panels.costs import Costs
from gui.panels.log import Log
from gui.panels.timeline import Timeline
from gui.studio import Studio
from gui.views.log_lines import line_of
from gui.views.question_cards import HeldCard
from tests.engine.run.pricing import Priced
from tests.engine.teams import Cast, Turn, delegate, desk, told
from tests.gui.hands import LEFT, Hands, Heard
from tests.gui.test_breaking import chain, held
from tests.gui.test_running import ended, loop_of

BODY = {
    "nodes": [{"id": "item", "kind": "input"},
              {"id": "ask", "kind": "agent", "config": {"model": "large", "prompt": "{{ item }}", "max_tokens": 50,
                                                        "retry": {"attempts": 1}}},
              {"id": "out", "kind": "output"}],
    "edges": [{"from": "item.value", "to": "ask.item"}, {"from": "ask.text", "to": "out.value"}],
}  # fmt: skip


def mapped() -> Graph:
    """A map of six items that goes on without those that fail."""
    each = {"body": BODY, "on_item_failure": "drop", "concurrency": 2}
    return build(
        {"list": ("input", {"type": "list", "default": [f"item {n}" for n in range(6)]}), "each": ("map", each),
         "end": "output"},
        "list.value -> each.items", "each.items -> end.value",
    )  # fmt: skip


@pytest.fixture
def models(studio: Studio) -> Priced:
    """Models that answer at once; a test says otherwise."""
    found = Priced(studio.services)
    studio.session.use(found.serve(studio.services))
    studio.services = studio.session.services or studio.services
    studio.launch.set_cache(False)
    return found


def failing(models: Priced, *words: str) -> list[str]:
    """Lets prompts with these words fail, as long as they stand in the list that it gives."""
    usual, broken = models.answer, list(words)

    async def answer(name: str, request: ModelRequest) -> Reply:
        if any(word in request.messages[-1].text for word in broken):
            raise NodeError("bad_request", "The server does not take it.")
        return await usual(name, request)

    models.answer = answer
    return broken


def cell_at(studio: Studio, node: str, index: int) -> QPointF:
    """Where the cell of an item is seen."""
    item = studio.canvas.scene.nodes[node]
    assert item.shape.strip is not None
    cell = grid(len(studio.canvas.display.face(node).cells), item.shape.strip).cell(index)
    at = studio.canvas.camera.to_view((item.x + cell.x + cell.w / 2, item.y + cell.y + cell.h / 2))
    return QPointF(*at)


@pytest.mark.slow
def test_a_map_shows_its_items_opens_one_and_retries_only_what_failed(
    studio: Studio, qtbot: QtBot, models: Priced
) -> None:
    session, hands = studio.session, Hands(studio, qtbot)
    session.show(mapped())
    broken = failing(models, "item 2", "item 4")
    session.run()
    ended(studio, qtbot)
    hands.settle()
    face = studio.canvas.display.face("each")
    assert len(face.cells) == 6 and [index for index, letter in enumerate(face.cells) if letter == "f"] == [2, 4]
    assert "2 failed" in face.footer[0]
    hands.click_node("each")
    inspector = hands.inspector()
    inspector.tabs.setCurrentIndex(4)
    heads = [inspector.parts.model.headerData(section, Qt.Orientation.Horizontal) for section in range(4)]
    assert heads == ["Item", "Time", "Money", "Gave"]
    rows = [inspector.parts.model.index(row, 3).data() for row in range(6)]
    assert rows[2] == "The server does not take it." and inspector.parts.retry.isVisible()
    qtbot.mouseDClick(studio.canvas, LEFT, pos=cell_at(studio, "each", 4).toPoint())
    assert session.inside == ("each",) and session.run_scope == "each[4]"
    ask = studio.canvas.display.face("ask")
    assert (ask.status, ask.button) == ("failed", LOG)
    session.go_up()
    broken.clear()
    asked = len(models.asked)
    assert studio.actions["run.retry_failed"].words(studio) == "Retry 2 failed items"
    studio.actions["run.retry_failed"].trigger(studio)
    ended(studio, qtbot)
    view = session.run_view
    assert view is not None and view.status == "completed" and len(models.asked) == asked + 2
    assert not studio.actions["run.retry_failed"].when(studio)


@pytest.mark.slow
def test_a_manager_shows_who_works_on_what_and_one_of_them_is_stopped_by_hand(
    studio: Studio, qtbot: QtBot, models: Priced
) -> None:
    async def works(_: ModelRequest) -> str:
        await asyncio.Event().wait()
        return "sold"

    plan: list[Turn] = [delegate(("sales", "sell the boat"), ("billing", "write the bill")), "We sold nothing."]
    cast = Cast(studio.services, lead=plan, sales=works, billing="It is written.")
    studio.session.use(cast.serve(studio.services))
    session, hands = studio.session, Hands(studio, qtbot)
    session.show(desk("sales", "billing"))
    session.run()
    lanes = studio.canvas.display
    qtbot.waitUntil(lambda: lanes.face("lead").footer[0] == "1 of 2 at work")
    assert (lanes.face("lead").body or "").startswith("sales: sell the boat")
    hands.settle()
    hands.click_node("lead")
    inspector = hands.inspector()
    inspector.tabs.setCurrentIndex(4)
    parts = inspector.parts
    assert [parts.model.index(row, 0).data() for row in range(2)] == ["sales", "billing"]
    qtbot.mouseClick(parts.list.viewport(), LEFT, pos=parts.list.visualRect(parts.model.index(0, 0)).center())
    qtbot.mouseClick(parts.page.stop, LEFT)
    ended(studio, qtbot)
    stopped, other = told(cast.of("lead")[1])
    assert "a person stopped the work of “sales”" in stopped and other == "It is written."
    assert session.run_result is not None and session.run_result.outputs == {"out": "We sold nothing."}
    face = lanes.face("lead")
    assert (face.status, face.body) == ("ok", "We sold nothing.")


def test_the_button_of_a_failed_node_leads_to_its_lines_in_the_log(
    studio: Studio, qtbot: QtBot, models: Priced
) -> None:
    hands = Hands(studio, qtbot)
    ask = ("agent", {"model": "large", "prompt": "hello", "max_tokens": 50})
    studio.session.show(build({"good": ask, "bad": ("agent", {**ask[1], "prompt": "no"})}))
    failing(models, "no")
    studio.session.run()
    ended(studio, qtbot)
    hands.settle()
    item = studio.canvas.scene.nodes["bad"]
    middle = item.x + item.shape.width - 26, item.y + (item.shape.footer or 0)
    assert studio.canvas.under.button(middle) == "bad"
    qtbot.mouseClick(studio.canvas, LEFT, pos=hands.at(*middle))
    log = studio.panels.widget("log")
    assert isinstance(log, Log) and log.isVisible()
    assert {log.model.line(row).key for row in range(log.model.rowCount())} == {"bad"}
    place = QStyleOptionViewItem()
    log.table.itemDelegateForColumn(2).initStyleOption(place, log.model.index(0, 2))
    assert place.textElideMode == Qt.TextElideMode.ElideMiddle, "what is deep inside is still told by its own name"


def test_the_log_is_filtered_by_node_level_and_text_also_while_it_grows(
    studio: Studio, qtbot: QtBot, models: Priced
) -> None:
    hands, session = Hands(studio, qtbot), studio.session
    session.show(commands.add_node(mapped(), "agent", (0, 0), wanted="each_more", config={"prompt": "hello"})[0])
    failing(models, "item 2")
    studio.window.show_panel("log")
    log = studio.panels.widget("log")
    assert isinstance(log, Log)

    def run() -> None:
        session.run()
        ended(studio, qtbot)
        hands.settle()

    def lines() -> list[tuple[str, str]]:
        return [(line.key, line.level) for line in log.model.rows]

    run()
    whole = lines()
    assert {"info", "good", "error"} <= {level for _, level in whole} and len(set(whole)) > 8
    assert len(whole) == sum(line_of(event, 0.0) is not None for event in session.run_events), "each once"
    log.show_node("each")
    mine = [(key, level) for key, level in whole if key == "each" or key.startswith("each[")]
    assert lines() == mine and ("each", "info") in mine and ("each[1]/ask", "info") in mine
    qtbot.keyClick(log.node, Qt.Key.Key_Up)
    qtbot.keyClick(log.node, Qt.Key.Key_Up)
    assert lines() == whole
    qtbot.keyClicks(log.search, "EACH_M")
    assert lines() == [(key, level) for key, level in whole if key == "each_more"] != []
    log.search.clear()
    qtbot.keyClick(log.level, Qt.Key.Key_Down)
    qtbot.keyClick(log.level, Qt.Key.Key_Down)
    errors = [(key, level) for key, level in whole if level == "error"]
    assert lines() == errors
    run()
    assert lines() == errors, "what comes later passes the same filters"


def test_a_retry_counts_down_and_a_slow_answer_keeps_its_clock(studio: Studio, qtbot: QtBot, models: Priced) -> None:
    session, usual, turns = studio.session, models.answer, iter(["fail", "slow"])
    released, clock = asyncio.Event(), HandClock()
    session.use(models.serve(replace(studio.services, clock=clock)))

    async def answer(name: str, request: ModelRequest) -> Reply:
        if next(turns, "") == "fail":
            raise NodeError("transient", "The connection broke.", retry_after=0.4)
        await released.wait()
        return await usual(name, request)

    models.answer = answer
    config = {"model": "large", "prompt": "hello", "max_tokens": 50, "retry": {"attempts": 3, "base_s": 0.3}}
    session.show(build({"ask": ("agent", config), "end": "output"}, "ask.text -> end.value"))
    seen: set[tuple[str, str]] = set()
    face = lambda: studio.canvas.display.face("ask")  # noqa: E731  (read again and again)
    session.run_ticked.connect(lambda _: seen.add((face().status, face().footer[0])))
    session.run()
    qtbot.waitUntil(lambda: ("retry", "attempt 2 of 3") in seen)
    loop = loop_of(studio)
    loop.call_soon_threadsafe(clock.move, 1)
    qtbot.waitUntil(lambda: face().status == "running" and face().ringed)
    assert face().clock is not None and session.run_graph is not None
    loop.call_soon_threadsafe(released.set)
    ended(studio, qtbot)
    view = session.run_view
    assert view is not None and [each.outcome for each in view.nodes["ask"].attempts] == ["failed", "ok"]


def test_every_stored_moment_is_what_was_seen_live(studio: Studio, qtbot: QtBot, models: Priced) -> None:
    session = studio.session
    session.show(mapped())
    failing(models, "item 3")
    quick = models.answer

    looked_at = asyncio.Event()

    async def answer(name: str, request: ModelRequest) -> Reply:
        await looked_at.wait()
        return await quick(name, request)

    models.answer = answer
    live: dict[int, dict[str, str]] = {}

    def note(_events: object) -> None:
        view = session.run_view
        assert view is not None
        live[view.seq] = {key: node.status for key, node in view.nodes.items()}

    session.run_ticked.connect(note)
    session.run()
    qtbot.waitUntil(lambda: any("running" in states.values() for states in live.values()))
    loop_of(studio).call_soon_threadsafe(looked_at.set)
    ended(studio, qtbot)
    session.run_ticked.disconnect(note)
    replay = session._running.replay
    for seq, states in live.items():
        assert {key: node.status for key, node in replay.view_at(seq).nodes.items()} == states


def test_an_output_is_changed_and_the_run_goes_on_from_it(studio: Studio, qtbot: QtBot) -> None:
    session, hands = studio.session, Hands(studio, qtbot)
    session.show(chain())
    studio.launch.start()
    ended(studio, qtbot)
    hands.click_node("a")
    inspector = hands.inspector()
    inspector.tabs.setCurrentIndex(1)
    qtbot.mouseClick(inspector.output.values["text"].edit, LEFT)
    dialog = next(each for each in studio.window.findChildren(EditValue) if each.isVisible())
    hands.retype(dialog.area, "mine")
    qtbot.mouseClick(dialog.run, LEFT)
    ended(studio, qtbot)
    view = session.run_view
    assert view is not None and view.outputs == {"end": "mineb"} and view.nodes["i"].source == "reused"


def test_a_wire_holds_the_value_that_passes(studio: Studio, qtbot: QtBot) -> None:
    session, hands = studio.session, Hands(studio, qtbot)
    session.show(chain())
    hands.settle()
    session.select(edges=["a.text->b.t"])
    studio.canvas.setFocus()
    hands.key(Qt.Key.Key_F9)
    assert session.breakpoints == {"a.text->b.t"} and studio.canvas.display.edge("a.text->b.t").breaks
    assert _reds(studio, "a.text->b.t") > 20
    studio.launch.start()
    card = held(studio, qtbot, "a.text->b.t")
    assert isinstance(card, HeldCard) and card.form.value() == {"value": "xa"}
    hands.retype(card.form.parts["value"].area, "other")  # type: ignore[attr-defined]  # of an object, and of a text
    qtbot.mouseClick(card.go_on, LEFT)
    ended(studio, qtbot)
    assert session.run_view is not None and session.run_view.outputs == {"end": "otherb"}


def _reds(studio: Studio, edge: str) -> int:
    """How many red points there are about the middle of a wire."""
    x, y = studio.canvas.scene.edges[edge].curve.points(2)[1]
    at = Hands(studio, None).at(x, y)  # type: ignore[arg-type]  # it only looks
    image: QImage = studio.canvas.grab().toImage()
    points = [image.pixelColor(at.x() + dx, at.y() + dy) for dx in range(-6, 7) for dy in range(-6, 7)]
    return sum(1 for point in points if point.red() > 180 and point.green() < 140 and point.blue() < 140)


def test_who_looks_elsewhere_is_told_of_questions_and_the_end(
    studio: Studio, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, heard = studio.session, Heard()
    studio.window.telling.desktop = heard
    titles: list[str] = []
    studio.window.windowTitleChanged.connect(titles.append)
    session.show(chain())
    session.break_at(["b"])
    studio.launch.start()
    held(studio, qtbot, "b")
    assert heard.said == []  # the window is in front
    qtbot.waitUntil(lambda: any(share and share > 0 for share in heard.shares))
    monkeypatch.setattr(studio.window, "isActiveWindow", lambda: False)
    session.let_go("b")
    ended(studio, qtbot)
    assert len(heard.said) == 1 and "done" in heard.said[0][0]
    assert heard.shares[-1] is None
    assert any("% · " in title for title in titles) and not studio.window.windowTitle().startswith("1")
    studio.launch.start()
    held(studio, qtbot, "b")
    assert "held at a breakpoint" in heard.said[-1][0]
    session.stop()
    ended(studio, qtbot)


def test_the_entry_in_the_taskbar_asks_for_attention(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing else tells: no session bus, no tray."""
    for name in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    asking: list[QWidget] = []
    monkeypatch.setattr(QApplication, "alert", asking.append)
    other = studio.open_tab()
    assert other is not None
    other.window.telling.desktop.notify("Draft: done", "2 s")
    assert asking == [studio.window.frame], "the window around the tab"


def test_who_looks_elsewhere_is_not_told_that_an_unknown_price_is_none(
    studio: Studio, qtbot: QtBot, models: Priced, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = studio.window.telling.desktop = Heard()
    monkeypatch.setattr(studio.window, "isActiveWindow", lambda: False)
    studio.session.show(build({"ask": ("agent", {"model": "large", "prompt": "hello", "max_tokens": 50})}))
    for known in (True, False):
        models.price_known = known
        studio.session.run()
        ended(studio, qtbot)
    assert [text.split(" · ")[1] for _, text in heard.said] == ["$0.50", "price unknown"]


def test_costs_are_summed_up_by_node_and_by_model(studio: Studio, qtbot: QtBot, models: Priced) -> None:
    studio.session.show(mapped())
    studio.session.run()
    ended(studio, qtbot)
    studio.window.show_panel("costs")
    costs = studio.panels.widget("costs")
    assert isinstance(costs, Costs)

    def rows() -> list[list[str]]:
        found = (costs.list.topLevelItem(row) for row in range(costs.list.topLevelItemCount()))
        return [[item.text(column) for column in range(2)] for item in found if item]

    assert rows() == [["each › ask", "6"]]
    assert costs.list.headerItem().text(0) == "Node"
    costs.way.setCurrentText("By model")
    costs.way.activated.emit(1)
    assert len(rows()) == 1 and rows()[0][1] == "6"


def test_the_timeline_opens_a_map_and_names_the_critical_path(studio: Studio, qtbot: QtBot, models: Priced) -> None:
    studio.session.show(mapped())
    studio.session.run()
    ended(studio, qtbot)
    studio.window.show_panel("timeline")
    timeline = studio.panels.widget("timeline")
    assert isinstance(timeline, Timeline)

    def titles() -> list[Any]:
        return [lane.title for lane in timeline.chart.lanes]

    assert titles() == ["list", "each", "end"] and all(lane.critical for lane in timeline.chart.lanes)
    timeline.chart.toggled.emit("each")
    assert titles() == ["list", "each", *(f"item {n}" for n in range(1, 7)), "end"]
    timeline.chart.toggled.emit("each[1]")
    assert titles()[3:7] == ["item 2", "item", "ask", "out"]
    timeline.chart.entered.emit("each[5]")
    assert studio.session.inside == ("each",) and studio.session.run_scope == "each[5]"
