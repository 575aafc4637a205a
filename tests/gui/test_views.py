"""The pure parts of panels: lanes, ruler, log lines, conversations, matching, times."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from engine.graph import commands
from engine.graph.graph import Graph
from engine.plan.problem import warning
from engine.run.events import VERSION, Event
from engine.run.journal import StoredRun
from engine.run.view import NodeView, PartView, View
from gui.checking import gathered
from gui.figures import clock_text, seconds_text, tokens_text
from gui.matching import fit, rank
from gui.theme.icons import Icons
from gui.views.lanes import Lane, Lanes, Span, joined, tick_text, ticks
from gui.views.log_lines import line_of
from gui.views.messages import conversation, tools_used
from gui.views.node_state import glyph_of, words_of
from gui.views.parts_tab import PartsTab
from gui.views.run_table import ago, cells_of


class Tape:
    """Makes events of a run one after the other and folds them."""

    def __init__(self) -> None:
        self.view, self.events = View(), []

    def tell(self, mono: float, kind: str, node: str = "", attempt: int = 0, **data: Any) -> Event:
        event = Event(VERSION, "r", len(self.events) + 1, 1e9 + mono, mono, kind, node, node, "", attempt, data)
        self.events.append(event)
        self.view.apply(event)
        return event


def graph() -> Graph:
    made = Graph()
    for name in ("late", "first", "never"):
        made, _ = commands.add_node(made, "agent", (0, 0), wanted=name, title=name.capitalize())
    return made


def lanes(view: View, graph: Graph, now: float = 0.0) -> list[Lane]:
    """The lanes of a graph with nothing opened, without its critical path."""
    return list(Lanes(view, lambda key: graph.nodes[key].name, now=now).of(graph))


def tape() -> Tape:
    told = Tape()
    told.tell(10.0, "run.started")
    told.tell(10.0, "node.started", "first", 1, attempts=3)
    told.tell(11.5, "node.retry", "first", 1, **{"class": "rate", "message": "429", "wait_s": 2.0, "attempts": 3})
    told.tell(13.5, "node.started", "first", 2, attempts=3)
    told.tell(14.0, "node.started", "late", 1)
    told.tell(15.0, "node.ok", "first", 2, source="ran", outputs={"text": "yes"})
    told.tell(15.0, "node.skipped", "never", reason="not_chosen")
    return told


def test_lanes_have_a_bar_for_each_attempt_in_order_of_starting() -> None:
    found = lanes(tape().view, graph(), now=16.0)
    assert [lane.title for lane in found] == ["First", "Late", "Never"]
    first, late, never = found
    assert [(span.start, span.end, span.status) for span in first.spans] == [(0.0, 1.5, "failed"), (3.5, 5.0, "ok")]
    assert first.spans[0].caption == "rate limit" and first.spans[1].caption == "1.5 s"
    assert late.spans[0].live and late.spans[0].end == 6.0, "a running bar reaches to now"
    assert late.spans[0].caption == "", "and nobody knows yet how long it takes"
    assert never.spans == () and never.note == "not chosen"


def test_a_lane_without_a_bar_says_why() -> None:
    told = tape()
    told.tell(16.0, "node.failed", "late", 1, error={"class": "tool", "message": "No."})
    told.tell(16.0, "node.skipped", "never", reason="upstream_failed", by="late")
    notes = {lane.node: lane.note for lane in lanes(told.view, graph())}
    assert notes == {"first": "", "late": "", "never": "blocked by Late"}
    forked = Tape()
    forked.tell(10.0, "run.started")
    forked.tell(10.0, "node.ok", "first", source="reused", outputs={"text": "yes"})
    assert {lane.node: lane.note for lane in lanes(forked.view, graph())}["first"] == "reused"


def test_what_is_inside_an_opened_container_has_lanes_of_its_own() -> None:
    told = tape()
    told.view.nodes["late"].first = 0
    told.view.nodes["late"].parts |= {
        0: PartView(0, "late[0]", 14.0, 16.0, {"status": "ok", "cost_usd": 0.25}),
        1: PartView(1, "late[1]", 14.0, 15.0, {"status": "failed", "error": {"message": "It broke."}}),
        2: PartView(2, "late[2]", 14.5, 15.0, {"status": "interrupted"}),
        3: PartView(3, "late[3]", 15.0),
    }
    found = list(Lanes(told.view, str.capitalize, {"late"}, now=17.0).of(graph()))
    assert [(lane.title, lane.depth, lane.opened) for lane in found] == [
        ("First", 0, False), ("Late", 0, True), *((f"item {n}", 1, False) for n in (1, 2, 3, 4)), ("Never", 0, False),
    ]  # fmt: skip
    assert [span for lane in found[2:6] for span in lane.spans] == [
        Span(4.0, 6.0, "ok", "2.0 s · $0.25"), Span(4.0, 5.0, "failed", "It broke."),
        Span(4.5, 5.0, "cancelled", "0.5 s"), Span(5.0, 7.0, "running", "2.0 s", live=True),
    ]  # fmt: skip


def test_a_bar_says_that_a_result_is_less_than_was_asked_for() -> None:
    told = tape()
    told.tell(16.0, "node.ok", "late", 1, source="ran", degraded="one source was silent", outputs={})
    assert [lane.spans[-1].status for lane in lanes(told.view, graph())[:2]] == ["ok", "degraded"]


def test_a_bar_says_when_its_price_is_unknown() -> None:
    told = tape()
    told.tell(15.5, "model.response", "late", 1, usage={"input_tokens": 1, "output_tokens": 1}, cost_usd=None)
    told.tell(16.0, "node.ok", "late", 1, source="ran", outputs={})
    assert lanes(told.view, graph())[1].spans[0].caption == "2.0 s · price unknown"


def test_what_happens_inside_a_container_is_summed_up_by_its_lane() -> None:
    told = tape()
    event = told.tell(15.0, "node.started", "first", 3)
    for item in range(50):
        told.view.apply(event._replace(scope=f"late[{item}]", node="work", key=f"late[{item}]/work"))
    told.tell(16.0, "node.progress", "late", done=31, total=50, note="1 failed")
    found = lanes(told.view, graph())
    assert [lane.title for lane in found] == ["First", "Late", "Never"]
    assert found[1].spans[0].caption == "31 / 50 · 1 failed"


def test_a_specialist_has_bars_where_it_worked_for_its_manager() -> None:
    told = Tape()
    told.tell(10.0, "run.started")
    told.tell(10.0, "node.started", "first", 1)
    for number, at in ((1, 11.0), (2, 13.0)):
        scope = f"first[{number}]"
        told.tell(at, "delegation.started", "first", 1, scope=scope, specialist="late", brief="b")
        for seconds, kind, data in ((0, "node.started", {}), (1, "node.ok", {"source": "ran", "outputs": {}})):
            mono = at + seconds
            told.view.apply(Event(VERSION, "r", 9, mono, mono, kind, f"{scope}/late", "late", scope, 1, data))
    during = lanes(told.view, graph(), now=14.5)
    assert [(span.start, span.end) for span in during[1].spans] == [(1.0, 2.0), (3.0, 4.0)]
    told.tell(15.0, "node.ok", "first", 1, source="ran", outputs={})
    told.tell(15.0, "node.started", "late", 1)
    told.tell(15.0, "node.ok", "late", 1, source="ran", outputs={})
    after = lanes(told.view, graph())
    assert [lane.title for lane in after] == ["First", "Late", "Never"]
    assert after[1].spans == during[1].spans, "its node settles after the manager without working again"


@given(st.lists(st.builds(Span, st.integers(0, 9), st.integers(0, 9), st.sampled_from("ab"))))
def test_bars_that_lie_over_each_other_are_drawn_as_one(spans: list[Span]) -> None:
    def drawn(bars: Iterable[Span]) -> set[tuple[str, int]]:
        return {(bar.status, at) for bar in bars for at in range(int(bar.start), int(bar.end))}

    spans = sorted((replace(span, end=span.start + span.end) for span in spans), key=lambda span: span.start)
    found = joined(spans)
    assert drawn(found) == drawn(spans)
    assert all(
        (first.status, first.live) != (second.status, second.live) or second.start >= first.end
        for first, second in itertools.pairwise(found)
    )


@given(st.floats(0.01, 1e6), st.floats(1, 60))
def test_the_ruler_is_even_and_finds_room(seconds: float, room: float) -> None:
    marks = ticks(seconds, room)
    assert marks[0] == 0 and len(marks) <= room + 1.001
    assert marks[-1] <= seconds * (1 + 1e-9)
    steps = [b - a for a, b in itertools.pairwise(marks)]
    assert all(abs(step - steps[0]) < 1e-6 * max(1.0, seconds) for step in steps)


def test_words_of_the_ruler() -> None:
    assert [tick_text(at, 1) for at in (0, 1)] == ["0 s", "1 s"]
    assert tick_text(0.5, 0.5) == "0.5 s" and tick_text(120, 60) == "2 min"


def test_states_in_words() -> None:
    view = tape().view
    assert words_of(view.nodes["late"], view, 16.0) == "running 2.0 s"
    assert words_of(view.nodes["first"], view, 16.0) == "done · 5.0 s"
    assert words_of(view.nodes["never"], view, 16.0) == "skipped"
    assert glyph_of(view.nodes["never"]) == "skipped"


def test_an_answer_of_unknown_price_is_not_logged_as_free() -> None:
    told, usage = tape(), {"input_tokens": 3, "output_tokens": 5}
    said = [line_of(told.tell(16, "model.response", "late", 1, model="m", usage=usage, cost_usd=cost), 10.0)
            for cost in (None, 0.25)]  # fmt: skip
    assert [line.text.rpartition(", ")[2] for line in said if line] == ["price unknown", "$0.25"]


def test_log_lines_say_what_happened() -> None:
    told = tape()
    lines = [line_of(event, 10.0) for event in told.events]
    texts = [line.text for line in lines if line]
    assert texts[1] == "started" and texts[3] == "started, attempt 2 of 3"
    assert "rate limit: 429 Next try in 2.0 s." in texts
    assert lines[-1] is not None and lines[-1].at == 5.0
    assert line_of(told.tell(16, "text", "late", text="x"), 10.0) is None
    met = {"resource": "fs:a.md", "why": "late writes what first has read", "outcome": "refused"}
    said = line_of(told.tell(16, "conflict.detected", "late", **met), 10.0)
    assert said is not None and (said.level, said.text) == (
        "warning", "fs:a.md: late writes what first has read (refused)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "told", "text"),
    [("node.skipped", {"reason": "upstream_failed", "by": "first"}, "skipped: blocked by first"),
     ("node.fallback", {"from": "cheap", "to": "best", "message": "It broke."}, "goes on with best: It broke."),
     ("route.chosen", {"routes": ["yes"], "confidence": 0.82, "reason": "So it says"},
      "chose yes: So it says (82 % sure)"),
     ("route.chosen", {"routes": ["yes"], "confidence": 1.0, "reason": "the rule holds"}, "chose yes: the rule holds"),
     ("delegation.started", {"specialist": "sales", "reason": "A quote", "confidence": 1.0},
      "delegates to sales: A quote (100 % sure)"),
     ("delegation.rejected", {"reason": "not mine"}, "what it delegated was turned down: not mine")],
)  # fmt: skip
def test_the_log_says_who_chose_what_and_why(kind: str, told: dict[str, object], text: str) -> None:
    line = line_of(Event(VERSION, "r", 1, 0.0, 0.0, kind, "late", "late", "", 1, told), 0.0)
    assert line is not None
    assert line.text == text


@pytest.mark.parametrize(
    ("kind", "told", "level"),
    [("node.ok", {"source": "ran"}, "good"), ("node.ok", {"degraded": "it is shorter"}, "warning"),
     ("node.failed", {"error": {"class": "tool"}}, "error"), ("node.handled", {"error": {"class": "tool"}}, "warning"),
     ("route.chosen", {"routes": ["yes"]}, "info"), ("route.chosen", {"routes": ["yes"], "misrouted": True}, "warning"),
     ("run.finished", {"status": "completed"}, "good"), ("run.finished", {"status": "failed"}, "error"),
     ("run.finished", {"status": "completed_with_warnings"}, "warning")],
)  # fmt: skip
def test_what_needs_a_look_stands_out_in_the_log(kind: str, told: dict[str, object], level: str) -> None:
    line = line_of(Event(VERSION, "r", 1, 0.0, 0.0, kind, "late", "late", "", 1, told), 0.0)
    assert line is not None and line.level == level


@pytest.mark.parametrize(
    "kind", ["node.failed", "node.ok", "model.response", "route.chosen", "run.finished", "node.retry"]
)
def test_log_lines_survive_events_that_say_little(kind: str) -> None:
    event = Event(VERSION, "r", 1, 0.0, 0.0, kind, "a", "a", "", 1, {})
    assert line_of(event, 0.0) is not None


def test_conversation_is_the_request_as_sent_and_the_answers() -> None:
    told = tape()
    messages = [{"role": "system", "text": "Be short."}, {"role": "user", "text": "Why?"}]
    told.tell(16, "model.request", "late", 1, model="openai/gpt-5", messages=messages)
    calls = [{"name": "search", "arguments": {"q": "x"}}]
    usage = {"input_tokens": 3, "output_tokens": 5}
    told.tell(
        17, "model.response", "late", 1, model="gpt-5", text="Because.", usage=usage, cost_usd=0.1, tool_calls=calls
    )
    said = conversation(told.view.nodes["late"])
    assert [each.text for each in said] == ["Be short.", "Why?", "Because."]
    assert "3 in, 5 out" in said[-1].who
    assert [each.who for each in tools_used(told.view.nodes["late"])] == ["search"]


def test_matching_prefers_starts_and_needs_every_word() -> None:
    things = ["Sub-graph another graph", "Merge several branches", "Agent a model", "Manager"]
    assert rank("ag", things, str)[0] == "Agent a model"
    assert rank("graph", things, str) == ["Sub-graph another graph"]
    assert fit("merge zebra", "Merge several branches") is None
    assert rank("", things, str) == things


@given(st.text(max_size=8), st.lists(st.text(max_size=12), max_size=8))
def test_matching_never_invents(typed: str, things: list[str]) -> None:
    assert set(rank(typed, things, str)) <= set(things)


def test_times_and_amounts_for_people() -> None:
    assert clock_text(6.44) == "00:06.4" and clock_text(3723) == "1:02:03"
    assert seconds_text(4.56) == "4.6 s" and seconds_text(125) == "2 min 05 s"
    assert tokens_text(812) == "812 tok" and tokens_text(3400) == "3.4k tok"
    assert [ago(s) for s in (5, 120, 7200, 90_000, 300_000)] == [
        "5 s ago",
        "2 min ago",
        "2 h ago",
        "yesterday",
        "3 days ago",
    ]


def test_a_run_without_an_end_is_not_called_done() -> None:
    crashed = StoredRun("r1", "", "", 100.0, None, "running", None)
    cells = cells_of(crashed, 130.0)
    assert (cells.glyph, cells.texts[0]) == ("running", "running")
    cells = cells_of(replace(crashed, status="interrupted"), 130.0)
    assert cells.glyph == "warning" and cells.texts[:2] == ("interrupted", "Untitled") and cells.texts[4] == ""
    paused = cells_of(StoredRun("r2", "", "", 100.0, 101.0, "paused", None), 130.0)
    assert paused.glyph == "waiting" and paused.texts[4] == "price unknown"


def test_a_run_during_which_the_clock_was_set_back_has_no_negative_duration() -> None:
    run = StoredRun("r1", "", "", 86_400.0, 1.0, "completed", 0.0)
    assert run.seconds is None and cells_of(run, 130.0).texts[2:4] == ("0 s ago", "")
    assert cells_of(replace(run, ended=86_402.0), 130.0).texts[3] == "2.0 s"


def test_tiers_without_a_model_are_one_problem_of_the_graph() -> None:
    other = warning("unreachable", "x", "m", "f")
    tiers = [warning("tier_not_mapped", node, "m", "f", offer="map_tiers") for node in ("a", "b")]
    found = gathered([tiers[0], other, tiers[1]])
    assert [(each.code, each.node) for each in found] == [("tier_not_mapped", ""), ("unreachable", "x")]


def test_of_many_items_only_those_that_failed_are_listed_when_one_wants_that(qtbot: QtBot, icons: Icons) -> None:
    tab, node = PartsTab(icons), NodeView("m", "m", total=4, first=0)
    qtbot.addWidget(tab)
    tab.show()
    for number, status in enumerate(("ok", "failed", "ok", "failed")):
        node.parts[number] = PartView(number, f"m[{number}]", 0.0, 1.0, {"status": status, "value": status})

    def shown(*, can_retry: bool) -> list[str]:
        tab.show_node(node, 2.0, can_retry=can_retry, delegations={}, nodes={}, team=(), live=False)
        return [tab.model.index(row, 0).data() for row in range(tab.model.rowCount())]

    assert shown(can_retry=False) == ["item 1", "item 2", "item 3", "item 4"] and tab.retry.isHidden()
    qtbot.mouseClick(tab.only_failed, Qt.MouseButton.LeftButton, pos=QPoint(8, tab.only_failed.height() // 2))
    assert [part.number for part in tab.model.parts] == [1, 3]
    assert shown(can_retry=True) == ["item 2", "item 4"] and not tab.retry.isHidden()
    with qtbot.waitSignal(tab.opened) as opened:
        tab.list.activated.emit(tab.model.index(1, 0))
    assert opened.args == [3]


def test_tasks_leave_room_for_what_came_of_them(qtbot: QtBot, icons: Icons) -> None:
    told, tab = tape(), PartsTab(icons)
    qtbot.addWidget(tab)
    tab.resize(320, 400)
    tab.show()
    told.tell(16.0, "delegation.started", "first", scope="first[1].1", specialist="never", brief="Look.")
    node = told.view.nodes["first"]
    for cost in (0.0, 0.01):  # the column of money comes with the first that cost something
        node.parts[1] = replace(node.parts[1], ended=17.0, told={**node.parts[1].told, "cost_usd": cost})
        tab.show_node(node, 17.0, can_retry=False, delegations={}, nodes={}, team=(), live=True)
        header = tab.list.header()
        assert tab.list.isColumnHidden(2) == (not cost)
        assert header.length() <= tab.list.viewport().width() and header.sectionSize(0) >= 100
