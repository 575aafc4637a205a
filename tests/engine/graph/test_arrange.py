"""Tidying: left to right, nothing overlaps, few crossings, the same every time, wrapped to the window, quick."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.graph.arrange import GAP_X, GAP_Y, GRID, USUAL_SIZE, arrange, place_missing
from engine.graph.graph import Graph, Place
from engine.graph.layers import layered
from engine.graph.records import Edge, Node

Size = tuple[float, float]
WIDE, HIGH = USUAL_SIZE


def graph(count: int, pairs: list[tuple[int, int]], places: dict[str, Place] | None = None) -> Graph:
    edges = [Edge(f"n{a}", "text", f"n{b}", f"from_{a}") for a, b in pairs]
    nodes = {f"n{i}": Node(f"n{i}", "agent") for i in range(count)}
    return Graph(nodes=nodes, edges={edge.key: edge for edge in edges}, places=places or {})


@settings(deadline=None)
@given(
    st.integers(1, 14).flatmap(
        lambda n: st.tuples(st.just(n), st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=30))
    ),
    st.lists(st.tuples(st.floats(40, 500), st.floats(30, 400)), min_size=14, max_size=14),
    st.none() | st.floats(100, 3000),
)
def test_every_node_has_a_place_on_the_grid_and_none_overlap(
    shape: tuple[int, list[tuple[int, int]]], boxes: list[Size], width: float | None
) -> None:
    drawn = graph(*shape)
    sizes = {f"n{i}": box for i, box in enumerate(boxes)}
    places = arrange(drawn, sizes, width=width)
    assert list(places) == list(drawn.nodes)
    assert places == arrange(drawn, sizes, width=width)
    assert all(x % GRID == 0 and y % GRID == 0 for x, y in places.values())
    rects = [(*places[node], *sizes[node]) for node in drawn.nodes]
    for index, (ax, ay, aw, ah) in enumerate(rects):
        for bx, by, bw, bh in rects[:index]:
            assert ax + aw <= bx or bx + bw <= ax or ay + ah <= by or by + bh <= ay


@settings(deadline=None)
@given(st.integers(2, 12), st.randoms(use_true_random=False))
def test_edges_lead_to_the_right_where_there_is_no_cycle(count: int, chance: random.Random) -> None:
    pairs = [(a, b) for a in range(count) for b in range(a + 1, count) if chance.random() < 0.3]
    places = arrange(graph(count, pairs), {})
    assert all(places[f"n{a}"][0] + WIDE + GAP_X <= places[f"n{b}"][0] + GRID for a, b in pairs)


def test_a_pipeline_is_one_straight_row() -> None:
    places = arrange(graph(4, [(0, 1), (1, 2), (2, 3)]), {"n1": (WIDE, 200.0)})
    middles = [y + (200 if node == "n1" else HIGH) / 2 for node, (_, y) in places.items()]
    assert max(middles) - min(middles) <= GRID
    steps = [places[f"n{i + 1}"][0] - places[f"n{i}"][0] for i in range(3)]
    assert all(abs(step - WIDE - GAP_X) <= GRID for step in steps)


def test_a_fan_is_symmetric_and_close() -> None:
    places = arrange(graph(5, [(0, 1), (0, 2), (0, 3), (1, 4), (2, 4), (3, 4)]), {})
    column = [places[f"n{i}"] for i in (1, 2, 3)]
    assert len({x for x, _ in column}) == 1
    gaps = [b[1] - a[1] - HIGH for a, b in pairwise(column)]
    assert all(GAP_Y - GRID <= gap <= GAP_Y + GRID for gap in gaps)
    assert abs(places["n0"][1] - places["n2"][1]) <= GRID
    assert abs(places["n4"][1] - places["n2"][1]) <= GRID


def test_crossed_edges_are_uncrossed() -> None:
    pairs = [(0, 7), (1, 6), (2, 5), (3, 4)]
    (part,) = layered(
        [f"n{i}" for i in range(9)], [(f"n{a}", f"n{b}") for a, b in [*pairs, *[(8, i) for i in range(4)]]]
    )
    right = {node: at for at, node in enumerate(part.columns[2])}
    assert [right[part.after[node][0]] for node in part.columns[1]] == [0, 1, 2, 3]


def test_an_edge_over_several_columns_passes_between_nodes_not_through_them() -> None:
    places = arrange(graph(4, [(0, 1), (1, 2), (2, 3), (0, 3)]), {})
    start, end = places["n0"][1] + HIGH / 2, places["n3"][1] + HIGH / 2
    assert abs(start - end) <= GRID
    assert not any(places[node][1] - 8 < start < places[node][1] + HIGH + 8 for node in ("n1", "n2"))


def test_a_long_pipeline_wraps_to_the_window() -> None:
    long = graph(30, [(i, i + 1) for i in range(29)])
    flat, wrapped = arrange(long, {}), arrange(long, {}, width=1600)
    assert max(y for _, y in flat.values()) == 0
    right = max(x for x, _ in wrapped.values()) + WIDE
    below = max(y for _, y in wrapped.values()) + HIGH
    assert right < 2600
    assert 1 < right / below < 2.5
    assert wrapped["n0"] == (0, 0)


def test_cycles_and_edges_to_nowhere_are_tolerated() -> None:
    places = arrange(graph(3, [(0, 1), (1, 2), (2, 0), (1, 1), (2, 9)]), {})
    assert places["n0"][0] < places["n1"][0] < places["n2"][0]


def test_parts_that_are_not_joined_are_packed() -> None:
    places = arrange(graph(40, []), {})
    assert len({x for x, _ in places.values()}) > 3
    assert len({y for _, y in places.values()}) > 3


def test_only_the_chosen_move_and_the_corner_stays() -> None:
    start = {"n0": (800.0, 400.0), "n1": (640.0, 480.0), "n2": (0.0, 0.0)}
    places = arrange(graph(3, [(0, 1), (1, 2)], start), {}, nodes={"n0", "n1"})
    assert places == {"n0": (640.0, 400.0), "n1": (640.0 + round((WIDE + GAP_X) / GRID) * GRID, 400.0)}
    assert arrange(Graph(), {}) == {}


def test_nodes_without_a_place_get_one_below_the_others() -> None:
    drawn = graph(4, [(2, 3)], {"n0": (80.0, 40.0), "n1": (400.0, 40.0)})
    fresh = place_missing(drawn, {})
    assert set(fresh) == {"n2", "n3"}
    assert all(y >= 40 + HIGH for _, y in fresh.values())
    assert min(x for x, _ in fresh.values()) == 80.0
    assert place_missing(drawn.with_tables(places={**drawn.places, **fresh}), {}) == {}
    assert place_missing(graph(2, [(0, 1)]), {})["n0"] == (0.0, 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("shape", ["chain", "fan", "random"])
def test_ten_thousand_nodes_are_arranged(shape: str) -> None:
    chance, count = random.Random(1), 10_000
    pairs = {
        "chain": [(i, i + 1) for i in range(count - 1)],
        "fan": [(0, i) for i in range(1, count - 1)] + [(i, count - 1) for i in range(1, count - 1)],
        "random": [(i, chance.randrange(count)) for i in range(count)],
    }[shape]
    assert len(arrange(graph(count, pairs), {}, width=1600)) == count
