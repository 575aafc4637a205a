"""Sizes, sockets, curves, camera, index, snapping and line breaking: the pure parts of the canvas."""

from __future__ import annotations

from itertools import pairwise
from math import dist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.contract import ERROR, Port, Ports
from gui.canvas.camera import FARTHEST, NEAREST, Camera, framing
from gui.canvas.geometry import GRID, SOCKETS_EACH, Rect, Wired, bounds, shape_of, slot_of
from gui.canvas.index import GridIndex
from gui.canvas.routing import crosses, nearest, route
from gui.canvas.snap import snap
from gui.canvas.wrap import Stream, elided, grown, head, inert, tail

numbers = st.floats(-5000, 5000)
points = st.tuples(numbers, numbers)
sizes = st.floats(0, 3000)
rects = st.builds(Rect, numbers, numbers, sizes, sizes)
cameras = st.builds(Camera, numbers, numbers, st.floats(FARTHEST, NEAREST))

AGENT = Ports((Port("task", many=True),), (Port("text", "text"), ERROR))
ROUTER = Ports((Port("value"),), (Port("a", label="Billing"), Port("b"), Port("default"), ERROR))


def test_a_node_without_edges_has_a_socket_for_each_port_and_hides_its_error_port() -> None:
    shape = shape_of(AGENT, Wired())
    assert [(s.name, s.output, s.quiet) for s in shape.sockets] == [
        ("task", False, False), ("text", True, False), ("error", True, True)]  # fmt: skip
    assert shape.well is not None
    assert shape.sockets[0].y == shape.height / 2


def test_a_port_has_a_socket_for_each_of_its_edges_and_the_node_grows_with_them() -> None:
    shape = shape_of(AGENT, Wired((), (("text", 7),)))
    ys = [s.y for s in shape.sockets if s.name == "text"]
    assert len(ys) == 7
    assert ys == sorted(ys)
    assert shape.height > shape_of(AGENT, Wired()).height
    assert all(0 < y < shape.height for y in ys)


def test_a_wired_error_port_shows() -> None:
    shape = shape_of(AGENT, Wired((), (("error", 1),)))
    error = shape.socket("error", True)
    assert error is not None
    assert not error.quiet


def test_outputs_that_few_graphs_use_show_once_they_are_wired() -> None:
    merge = Ports((Port("items", many=True),), (Port("value"), Port("conflicts", "list"), ERROR))
    at_rest = shape_of(merge, Wired()).socket("conflicts", True)
    wired = shape_of(merge, Wired((), (("conflicts", 1),))).socket("conflicts", True)
    assert at_rest is not None and at_rest.quiet
    assert wired is not None and not wired.quiet
    assert wired.pill == "conflicts"


def test_an_input_that_few_graphs_use_stands_apart_and_hides_until_it_is_wired() -> None:
    merge = Ports((Port("items", many=True), Port("base", required=False)), (Port("value"),))
    at_rest, wired = shape_of(merge, Wired((("items", 2),))), shape_of(merge, Wired((("items", 2), ("base", 1))))
    assert [s.quiet for s in at_rest.sockets if not s.output] == [False, False, True]
    middle = [s.y for s in at_rest.sockets if s.name == "items"]
    assert sum(middle) / 2 == at_rest.height / 2
    base = wired.socket("base", False)
    assert base is not None and not base.quiet
    assert base.y > middle[-1]
    own = shape_of(Ports((Port("base", many=True),), ()), Wired()).socket("base", False)
    assert own is not None and not own.quiet


def test_routes_carry_their_label_in_a_pill_and_do_not_overlap() -> None:
    routes = [s for s in shape_of(ROUTER, Wired()).sockets if s.output and not s.quiet]
    assert [s.pill for s in routes] == ["Billing", "b", "default"]
    assert all(b.y - a.y >= 22 for a, b in pairwise(routes))


def test_a_port_that_only_an_edge_names_is_kept_as_broken() -> None:
    shape = shape_of(AGENT, Wired((("gone", 1),), ()))
    ghost = shape.socket("gone", False)
    assert ghost is not None
    assert ghost.port is None
    unknown = shape_of(None, Wired((("x", 2),), (("y", 1),)))
    assert [(s.name, s.slot) for s in unknown.sockets] == [("x", 0), ("x", 1), ("y", 0)]


@given(st.integers(1, 60), st.integers(1, 60), st.booleans())
def test_sockets_stand_on_the_border_inside_the_height(ins: int, outs: int, source: bool) -> None:
    shape = shape_of(AGENT, Wired((("task", ins),), (("text", outs), ("error", 1))), source=source)
    assert shape.height % GRID == 0
    for socket in shape.sockets:
        assert socket.x == (shape.width if socket.output else 0)
        assert 0 < socket.y < shape.height
    assert sum(s.name == "task" for s in shape.sockets) == min(ins, SOCKETS_EACH)


@given(st.integers(1, 200))
def test_slots_keep_the_order_of_edges(count: int) -> None:
    slots = [slot_of(i, count) for i in range(count)]
    assert slots == sorted(slots)
    assert slots[0] == 0
    assert max(slots) == min(count, SOCKETS_EACH) - 1


@given(points, points)
def test_a_curve_joins_its_ends_level_and_stays_in_its_box(a: tuple[float, float], b: tuple[float, float]) -> None:
    curve = route(a, b)
    assert curve.at(0) == pytest.approx(a, abs=1e-6)
    assert curve.at(1) == pytest.approx(b, abs=1e-6)
    assert curve.c[1] == a[1]
    assert curve.d[1] == b[1]
    assert curve.c[0] > a[0]
    assert curve.d[0] < b[0]
    assert all(curve.box.grown(1e-3).contains(*point) for point in curve.points())


@given(points, points, st.floats(0, 1))
def test_a_point_on_a_curve_is_near_it(a: tuple[float, float], b: tuple[float, float], t: float) -> None:
    curve = route(a, b)
    away, where = nearest(curve, curve.at(t))
    assert away <= 0.02 * (dist(a, b) + 60)
    assert 0 <= where <= 1


def test_a_swipe_cuts_what_it_crosses_only() -> None:
    curve = route((0, 0), (200, 100))
    assert crosses(curve, (100, -50), (100, 150))
    assert not crosses(curve, (0, 60), (60, 100))


@given(cameras, points)
def test_view_and_canvas_points_are_two_names_for_one_place(camera: Camera, point: tuple[float, float]) -> None:
    assert camera.to_scene(camera.to_view(point)) == pytest.approx(point, abs=1e-3)


@given(cameras, st.floats(0.01, 100), st.tuples(st.floats(0, 2000), st.floats(0, 2000)))
def test_zooming_keeps_the_point_under_the_pointer(camera: Camera, factor: float, at: tuple[float, float]) -> None:
    after = camera.zoomed(factor, at)
    assert FARTHEST <= after.zoom <= NEAREST
    assert after.to_scene(at) == pytest.approx(camera.to_scene(at), abs=1e-3)


@given(rects)
def test_framing_shows_all_of_it_unless_that_would_be_too_small(rect: Rect) -> None:
    camera = framing(rect, (1000, 700))
    seen = camera.rect_to_view(rect)
    assert camera.zoom <= 1.0
    if camera.zoom > FARTHEST:
        assert seen.x >= -0.01
        assert seen.y >= -0.01
        assert seen.right <= 1000.01
        assert seen.bottom <= 700.01


@given(st.dictionaries(st.text("abcdef", min_size=1, max_size=3), rects, max_size=25), rects, rects)
def test_the_index_finds_what_asking_everybody_finds(boxes: dict[str, Rect], area: Rect, moved: Rect) -> None:
    index = GridIndex()
    for key, box in boxes.items():
        index.put(key, moved)
        index.put(key, box)
    assert index.near(area) == {key for key, box in boxes.items() if box.meets(area)}
    for key in list(boxes)[::2]:
        index.drop(key)
        del boxes[key]
    assert index.near(area) == {key for key, box in boxes.items() if box.meets(area)}
    assert len(index) == len(boxes)


@given(st.lists(rects, min_size=1))
def test_bounds_hold_everything(boxes: list[Rect]) -> None:
    found = bounds(boxes)
    assert found is not None
    assert all(found.grown(1e-6).united(box) == pytest.approx(found.grown(1e-6)) for box in boxes)


def test_snapping_prefers_a_neighbour_in_reach_to_the_grid() -> None:
    box, other = Rect(0, 0, 100, 50), Rect(300, 103, 100, 50)
    aligned = snap(box, 150, 100, [other], reach=6)
    assert aligned.dy == 103
    assert aligned.dx % GRID == 0
    assert len(aligned.guides) == 1
    free = snap(box, 150, 61, [other], reach=6)
    assert (free.dx, free.dy, free.guides) == (152, 64, ())


def width(text: str) -> float:
    return len(text) * 7.0


@given(st.text(max_size=900), st.integers(1, 5), st.sampled_from([30.0, 70.0, 200.0]))
def test_lines_fit_the_box_from_either_end(text: str, count: int, room: float) -> None:
    for lines in (head(text, room, count, width), tail(text, room, count, width)):
        assert len(lines) <= count
        assert all(width(line) <= room for line in lines)


def test_the_head_says_that_there_is_more_and_the_tail_ends_with_the_end() -> None:
    words = " ".join(f"word{i}" for i in range(100))
    assert head(words, 100, 2, width)[-1].endswith("…")
    assert tail(words, 100, 2, width)[-1].endswith("word99")
    assert head("short text", 100, 2, width) == ["short text"]
    assert elided("abcdefghij", 35, width) == "abcd…"


def test_what_a_model_wrote_cannot_turn_or_hide_text() -> None:
    assert inert("safe\u202egnp.exe\u200b\x07") == "safegnp.exe"
    assert inert("a\tb\r\nc") == "a b\n\nc"


@given(st.lists(st.text("ab \n", max_size=9), min_size=1, max_size=20), st.integers(3, 12))
def test_a_growing_text_has_the_lines_of_the_whole(pieces: list[str], width: int) -> None:
    text, stream = "", Stream("", [])
    for piece in pieces:
        text += piece
        stream = Stream(text, grown(stream, text, width, 3, len))
        assert stream.lines == tail(text, width, 3, len)
