"""Ready nodes of containers side by side start in turns (S1)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.run.turns import Turns


def drained(turns: Turns[int]) -> list[int]:
    found = []
    while turns:
        found.append(turns.pop())
    return found


@given(st.lists(st.tuples(st.integers(0, 5), st.integers())))
def test_everything_comes_out_once_and_each_container_in_its_own_order(pushed: list[tuple[int, int]]) -> None:
    top: Turns[tuple[int, int]] = Turns()
    left, right = Turns(top), Turns(top)
    inside = Turns(left)
    flows = [top, left, right, inside, Turns(left), Turns(inside)]
    for flow, number in pushed:
        flows[flow].push((number, flow))
    out = []
    while top:
        out.append(top.pop())
    assert sorted(out) == sorted((number, flow) for flow, number in pushed)
    for flow in range(6):
        assert [n for n, f in out if f == flow] == sorted(n for f, n in pushed if f == flow)


def test_the_top_level_alone_goes_in_order() -> None:
    top: Turns[int] = Turns()
    for number in (3, 1, 2):
        top.push(number)
    assert drained(top) == [1, 2, 3]


def test_siblings_share_evenly_however_much_each_has_and_whatever_stands_inside() -> None:
    top: Turns[int] = Turns()
    left, right = Turns(top), Turns(top)
    inside = [Turns(left), Turns(left)]
    for number in range(100):
        inside[number % 2].push(number)
    for number in range(1000, 1010):
        right.push(number)
    out = drained(top)
    assert [number >= 1000 for number in out[:20]].count(True) == 10
    halves = [number % 2 for number in out if number < 1000]
    assert abs(halves[:20].count(0) - halves[:20].count(1)) <= 1


def test_who_was_away_does_not_catch_up() -> None:
    top: Turns[int] = Turns()
    left, right = Turns(top), Turns(top)
    for number in range(50):
        left.push(number)
    for _ in range(40):
        top.pop()
    for number in range(100, 140):
        right.push(number)
    out = drained(top)
    assert [number >= 100 for number in out[:10]].count(True) == 5


def test_a_graphs_own_nodes_share_evenly_with_the_containers_in_it_and_do_not_catch_up_either() -> None:
    top: Turns[int] = Turns()
    inside = Turns(top)
    for number in range(100, 150):
        inside.push(number)
    for _ in range(20):
        top.pop()
    for number in range(20):
        top.push(number)
    out = drained(top)
    assert [number < 100 for number in out[:20]].count(True) in (10, 11)
