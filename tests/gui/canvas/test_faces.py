"""What nodes and edges show of a run: each state has its glyph, words and figures, and only what changed is redrawn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.registry import Kinds
from engine.run.events import Event
from engine.run.view import View
from gui.bridge.captions import Captions
from gui.bridge.display import Display
from gui.bridge.faces import Face, node_face
from gui.canvas.ink import Ink
from gui.canvas.motion import breath, caret_shown, travelled
from gui.canvas.paint_node import clock_text, footer_words
from gui.canvas.picture import Picture
from gui.canvas.view import Canvas
from gui.figures import brief, dollars, money, seconds, tokens
from gui.session import Session
from gui.theme.icons import Icons
from gui.theme.theme import Theme


def folded(*rows: tuple[str, str, dict[str, Any]]) -> tuple[View, list[Event]]:
    """A view of events one second apart, the first at 101 s."""
    view, events = View(), []
    for seq, (kind, node, data) in enumerate(rows, 1):
        events.append(Event(1, "r", seq, 0.0, 100.0 + seq, kind, node, node, "", 1, data))
        view.apply(events[-1])
    return view, events


STARTED = ("node.started", "a", {"attempts": 3})
ERROR = {"class": "credentials", "message": "The key is not accepted."}


@pytest.mark.parametrize(
    ("rows", "status", "glyph"),
    [
        ([("node.queued", "a", {})], "queued", "queued"),
        ([STARTED], "running", "running"),
        ([STARTED, ("node.retry", "a", {"class": "429", "wait_s": 3.0, "attempts": 3})], "retry", "retry"),
        ([STARTED, ("node.waiting", "a", {"for": ["you"]})], "waiting", "waiting"),
        ([STARTED, ("node.ok", "a", {"source": "ran"})], "ok", "ok"),
        ([STARTED, ("node.ok", "a", {"source": "ran", "degraded": "misrouted"})], "degraded", "degraded"),
        ([("node.ok", "a", {"source": "cache"})], "cache", "cache"),
        ([("node.ok", "a", {"source": "reused"})], "reused", "reused"),
        ([("node.ok", "a", {"source": "pinned"})], "pinned", "pinned"),
        ([STARTED, ("node.failed", "a", {"error": ERROR})], "failed", "failed"),
        ([STARTED, ("node.handled", "a", {"error": ERROR})], "handled", "handled"),
        ([("node.skipped", "a", {"reason": "not_chosen"})], "skipped", "skipped"),
        ([("node.cancelled", "a", {"reason": "cancelled"})], "cancelled", "cancelled"),
    ],
)
def test_every_state_has_a_glyph_of_its_own(rows: list[Any], status: str, glyph: str) -> None:
    view, _ = folded(*rows)
    face = node_face(view, "a")
    assert (face.status, face.glyph) == (status, glyph)


def test_what_never_began_shows_no_state_once_the_run_is_over() -> None:
    under_way, _ = folded(("run.started", "", {}))
    assert node_face(under_way, "a").glyph == "queued"
    over, events = folded(("run.started", "", {}), ("run.finished", "", {"status": "cancelled"}))
    assert (node_face(over, "a").status, node_face(over, "a").glyph) == ("", "")
    view, display = View(), Display()
    display.show(view, pair(), live=True)
    assert display.face("a").glyph == "queued"
    for event in events:
        view.apply(event)
        display.tick([event])
    assert display.face("a").glyph == "", "seen as it happens too"


def test_a_value_used_again_names_the_model_that_made_it_and_not_the_tier_of_today() -> None:
    for made in (("cache.hit", "a", {"run": "q", "model": "rehearsal"}), ("node.ok", "a", {"model": "rehearsal"})):
        view, _ = folded(STARTED, made, ("node.ok", "a", {"source": "cache"}))
        assert (node_face(view, "a").line, node_face(view, "a").pill) == ("built-in", "rehearsal")


def test_a_running_node_streams_counts_and_breathes() -> None:
    view, _ = folded(
        STARTED,
        ("model.request", "a", {"model": "openai/gpt-5"}),
        ("model.response", "a", {"usage": {"input_tokens": 700, "output_tokens": 112}, "cost_usd": 0.0043}),
        ("text", "a", {"text": "The pool "}),
        ("text", "a", {"text": "stalls"}),
    )
    face = node_face(view, "a")
    assert (face.body, face.streaming, face.ringed, face.moving) == ("The pool stalls", True, True, True)
    assert (face.line, face.footer[0], face.footer[1]) == ("gpt-5", "812 tok", "$0.0043")
    assert clock_text(face, 105.6) == "4.6 s"


def test_a_retry_says_which_attempt_why_and_how_long() -> None:
    view, _ = folded(STARTED, ("node.retry", "a", {"class": "429", "message": "Busy.", "wait_s": 3.0, "attempts": 3}))
    face = node_face(view, "a")
    assert face.footer[0] == "attempt 2 of 3"
    assert face.body == "Busy."
    assert clock_text(face, 102.0) == "429 · 3 s"
    assert clock_text(face, 999.0) == "429 · 0 s"


def test_a_failure_shows_its_sentence_and_a_skip_its_reason() -> None:
    failed, _ = folded(STARTED, ("node.failed", "a", {"error": ERROR}))
    face = node_face(failed, "a")
    assert face.body == face.reason == "The key is not accepted."
    assert face.footer == ("credentials", "", "1.0 s")
    skipped = node_face(folded(("node.skipped", "a", {"reason": "upstream_failed", "by": "draft"}))[0], "a")
    assert skipped.footer[0] == "skipped · blocked by draft"
    assert skipped.dashed
    assert skipped.dim


def test_a_node_that_was_skipped_for_a_failure_names_the_node_that_failed() -> None:
    graph = Graph({}, {"key": Node("key", "agent", "Ask the vendor", {}), "end": Node("end", "output", "", {})}, {}, {})
    view, _ = folded(("node.failed", "key", {"error": ERROR}),
                     ("node.skipped", "end", {"reason": "upstream_failed", "by": "key"}))  # fmt: skip
    display = Display()
    display.show(view, graph, live=False)
    assert display.face("end").body == "“Ask the vendor” failed."


def test_what_costs_less_than_its_last_place_is_not_told_as_nothing() -> None:
    assert (money(0.00002), dollars(0.00002)) == ("<$0.0001", "<$0.0001")
    assert (money(0.0), money(0.0001)) == ("$0.00", "$0.0001")


def test_a_rehearsal_is_marked_and_costs_nothing() -> None:
    view, _ = folded(
        STARTED,
        ("model.request", "a", {"model": "rehearsal"}),
        ("model.response", "a", {"usage": {"input_tokens": 5, "output_tokens": 5}, "cost_usd": 0.0}),
        ("node.ok", "a", {"source": "ran", "outputs": {"text": "Yes."}}),
    )
    face = node_face(view, "a")
    assert (face.line, face.pill) == ("built-in", "rehearsal")
    assert face.footer == ("10 tok", "", "3.0 s")


def test_a_join_says_what_has_come_and_a_map_how_far_it_is() -> None:
    join = node_face(View(), "a", joins=5, arrived=2)
    assert (join.pill, join.progress, join.footer[0]) == ("2 of 5", 0.4, "waits for 3")
    view, _ = folded(STARTED, ("node.progress", "a", {"done": 31, "total": 50, "note": "1 failed"}))
    face = node_face(view, "a")
    assert (face.footer[:2], face.progress) == (("31 of 50", "1 failed"), 0.62)


def test_a_join_does_not_wait_for_what_never_comes() -> None:
    edges = [Edge(source, "text", "join", "items") for source in "abcd"]
    nodes = {name: Node(name, "agent", name.upper()) for name in "abcd"} | {"join": Node("join", "merge")}
    graph, display = Graph({}, nodes, {edge.key: edge for edge in edges}), Display()
    view, _ = folded(("edge.live", "", {"edge": edges[0].key}), ("edge.dead", "", {"edge": edges[1].key}))
    display.show(view, graph, live=True)
    face = display.face("join")
    assert (face.pill, face.footer[0], face.reason) == ("1 of 4", "waits for 2", "waits for 2 of 4: C, D")


def test_a_countdown_has_room_beside_the_attempts() -> None:
    retry = {"class": "transient", "message": "OpenAI cannot be reached.", "wait_s": 2.0, "attempts": 3}
    view, _ = folded(STARTED, ("node.retry", "a", retry))
    face = node_face(view, "a")
    assert (face.footer, face.reason) == (("attempt 2 of 3", "", ""), "OpenAI cannot be reached.")


def test_a_map_that_has_ended_says_what_became_of_its_items() -> None:
    view, _ = folded(
        STARTED,
        ("node.progress", "a", {"done": 50, "total": 50, "note": "1 failed"}),
        ("node.ok", "a", {"source": "ran", "outputs": {"items": []}}),
    )
    assert node_face(view, "a").footer[0] == "50 of 50, 1 failed"


def test_a_tier_says_its_model_or_that_the_built_in_one_stands_in() -> None:
    kinds = Kinds.load()
    node = Node("a", "agent", "A", {"model": "cheap", "prompt": "x"})
    lines = [Captions(kinds, name).of(node)[0].line for name in (lambda _: "deepseek-chat", lambda _: "", None)]
    assert lines == ["deepseek-chat", "built-in", "model"]


def test_a_picture_is_called_by_its_name_and_not_shown_as_data() -> None:
    picture = {"media_type": "image/png", "data": "AAAA", "path": "/somewhere/chart.png"}
    assert brief(picture, 100) == "chart.png · image/png"
    assert brief({"media_type": "image/png", "data": "AAAA"}, 100) == "image/png"
    assert brief({"media_type": 1}, 5) == '{\n  "'


def test_figures_read_as_people_write_them() -> None:
    assert [tokens(n) for n in (0, 812, 3400, 123_456)] == ["", "812 tok", "3.4k tok", "123k tok"]
    assert [dollars(n) for n in (None, 0.0121, 1.5)] == ["$ ?", "$0.0121", "$1.50"]
    assert [seconds(n) for n in (None, 0.0, 0.012, 4.6, 187.0)] == ["", "0 ms", "12 ms", "4.6 s", "3:07"]


def pair() -> Graph:
    edges = [Edge("a", "text", "b", "task"), Edge("c", "text", "b", "task")]
    nodes = {key: Node(key, "agent") for key in "abc"}
    return Graph({}, nodes, {edge.key: edge for edge in edges})


def test_an_edge_lights_up_flows_and_settles() -> None:
    display, graph, key = Display(), pair(), "a.text->b.task"
    view, _ = folded(("node.ok", "a", {"source": "ran", "outputs": {"text": "Hi"}}), ("edge.live", "", {"edge": key}))
    display.show(view, graph, live=True)
    assert display.edge(key).colour == "state:ok"
    assert display.passed(graph.edges[key]) == "Hi"
    assert display.passed(graph.edges["c.text->b.task"]) is None
    started = Event(1, "r", 3, 0, 103.0, "node.started", "b", "b", "", 1, {})
    view.apply(started)
    fresh = display.tick([started])
    assert key in fresh.edges
    assert {"a", "b"} <= fresh.nodes
    assert display.edge(key).flowing
    assert display.flowing == {key}
    assert display.moving == {"b"}
    done = Event(1, "r", 4, 0, 104.0, "node.ok", "b", "b", "", 1, {"source": "ran"})
    view.apply(done)
    display.tick([done])
    assert not display.flowing
    assert not display.moving


def test_dead_edges_fade_and_differ_by_more_than_colour() -> None:
    for why, colour in (("benign", "wire"), ("failed", "state:failed")):
        view, _ = folded(("edge.dead", "", {"edge": "a.text->b.task", "why": why}))
        display = Display()
        display.show(view, pair(), live=False)
        face = display.edge("a.text->b.task")
        assert (face.colour, face.dashed) == (colour, True)
        assert face.alpha < 0.5


def test_streaming_text_alone_redraws_nothing_that_stands_still() -> None:
    display = Display()
    view, _ = folded(STARTED, ("text", "a", {"text": "one "}))
    display.show(view, pair(), live=True)
    more = Event(1, "r", 3, 0, 103.0, "text", "a", "a", "", 1, {"text": "two"})
    view.apply(more)
    assert display.tick([more]).nodes == set()
    assert display.face("a").body == "one two"


def test_a_node_added_during_a_run_shows_no_state_and_problems_show_at_rest_only() -> None:
    display = Display()
    view, _ = folded(STARTED)
    display.show(view, pair(), live=True)
    assert display.face("new") == Face()
    assert display.mark({"a": ("error", "No prompt."), "new": ("warning", "Not reached.")}) == {"a", "new"}
    assert display.face("a").glyph == "running"
    assert (display.face("new").glyph, display.face("new").reason) == ("warning", "Not reached.")
    assert display.face("new").marked and not display.face("a").marked
    assert display.mark({"a": ("error", "No prompt.")}) == {"new"}


def test_events_inside_containers_do_not_touch_nodes_of_the_same_name() -> None:
    display = Display()
    view, _ = folded(STARTED)
    display.show(view, pair(), live=True)
    inner = Event(1, "r", 9, 0, 109.0, "node.failed", "map1[0]/a", "a", "map1[0]", 1, {"error": ERROR})
    view.apply(inner)
    assert display.tick([inner]).nodes == set()
    assert display.face("a").status == "running"


def test_motion_is_smooth_bounded_and_still_when_calm() -> None:
    assert all(0.2 <= breath(t / 10) <= 1.0 for t in range(100))
    assert breath(0.3, calm=True) == breath(1.7, calm=True)
    assert {caret_shown(t / 10) for t in range(20)} == {True, False}
    assert caret_shown(0.9, calm=True)
    assert travelled(10.0, 10.0, 3) == [0.0]
    assert len(travelled(20.0, 10.0, 3)) == 3
    assert all(0 <= share < 1 for share in travelled(20.0, 10.0, 3))


def test_an_edge_with_a_problem_wears_its_sign_until_a_run_passes_it() -> None:
    display = Display()
    assert display.mark_edges({"a.x->b.y": "error"}) == {"a.x->b.y"}
    assert display.edge("a.x->b.y").wrong == "error" and not display.edge("c.x->b.y").wrong
    assert display.mark_edges({"a.x->b.y": "error"}) == set()
    assert display.mark_edges({}) == {"a.x->b.y"}


def test_an_edge_with_an_error_and_a_warning_wears_the_error(canvas: Canvas, session: Session, qtbot: QtBot) -> None:
    edge = Edge("draft", "gone", "report", "value")  # from no port, and the second to one that takes one value
    session.show(replace(session.graph, edges={**session.graph.edges, edge.key: edge}))
    both = {"error", "warning"}
    qtbot.waitUntil(lambda: {each.severity for each in session.problems if each.edge == edge.key} == both)
    assert canvas.display.edge(edge.key).wrong == "error"


def test_the_middle_of_the_bottom_line_makes_room_for_a_long_left(qapp: QApplication) -> None:
    theme = Theme("dark")
    ink = Ink(theme, Icons(theme))
    measure = ink.measure("mono")
    for left in ("812 tok", "→ billing", "→ billing, technical, sales, everything else"):
        shown, middle, x = footer_words(ink, (left, "4 delegations", "2.1 s"), 224, "2.1 s")
        assert 12 + measure(shown) < x - 6
        assert x + measure(middle) <= 224 - 12 - measure("2.1 s")
        assert shown == left or shown.endswith("…")


def test_why_a_map_failed_is_not_written_over_its_cells(qapp: QApplication) -> None:
    graph = Graph({}, {"a": Node("a", "map", "Refactor", {})}, {}, {"a": (0, 0)})
    opened = ("map.opened", "a", {"total": 30})
    pictures = []
    for message in ("Word " * 80, "Nothing else " * 80):
        view, _ = folded(STARTED, opened, ("node.failed", "a", {"error": {**ERROR, "message": message}}))
        pictures.append(Picture(graph, Kinds.load(), view=view).image(1.0))
    middle = pictures[0].height() // 2  # the words end above, the cells reach below it
    below = [each.copy(0, middle - 12, each.width(), middle) for each in pictures]
    assert pictures[0] != pictures[1] and below[0] == below[1]


def test_a_manager_has_a_line_for_each_of_its_team_with_what_was_said_last() -> None:
    team = {"coder": "The pool is quadratic above 300 connections", "writer": "Short", "tester": ""}
    rows = [STARTED]
    for number, who in enumerate(team, 1):
        about = {"scope": f"a[{number}].1", "specialist": who, "brief": "Look at the third part of it"}
        rows.append(("delegation.started", "a", about))
    view, _ = folded(*rows)
    for number, said in enumerate(team.values(), 1):
        view.delegations[f"a[{number}]"].text = said
    face = node_face(view, "a")
    assert (face.body or "").splitlines() == [
        "coder: …bove 300 connections", "writer: Short", "tester: Look at the third p…"]  # fmt: skip
    assert face.footer[0] == "3 of 3 at work"
