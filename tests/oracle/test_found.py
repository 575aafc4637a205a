"""Graphs that once ended otherwise than the rules say, each under the name of the rule that it broke."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from engine.run.services import Services
from engine.testing import Played
from tests.oracle.test_judged import judged
from tests.oracle.work import Deed, Json, Script

Play = Callable[..., Played]


@pytest.fixture
def play(services: Services) -> Play:
    """Judges a graph of acts in the order of their names; `fails` names those that fail."""

    def run(nodes: Json, *edges: str, fails: Any = (), policy: str = "continue") -> Played:
        drawn = [{"id": each, "kind": spec[0], "config": spec[1]} for each, spec in nodes.items()]
        joined = [dict(zip(("from", "to"), edge.split(" > "), strict=True)) for edge in edges]
        graph = {"baton": 1, "settings": {"on_failure": policy}, "nodes": drawn, "edges": joined}
        return judged(graph, Named(fails=fails), services)

    return run


@dataclass(frozen=True)
class Named(Script):
    """Acts end in the order of their names; some fail."""

    fails: Any = ()

    def deed(self, key: str, config: Json) -> Deed:
        return Deed(fails="tool" if key in self.fails else "")

    def rank(self, key: str) -> tuple[int, str]:
        return 0, key


FREE: tuple[str, Json] = ("act", {"takes": []})


def test_a_race_that_waits_for_its_base_still_takes_only_the_first(play: Play) -> None:
    race = ("merge", {"join": "first", "strategy": "list"})
    played = play(
        {"a": FREE, "b": FREE, "c": FREE, "race": race, "end": ("output", {})},
        "b.out > race.items", "a.out > race.items", "c.out > race.base", "race.value > end.value",
    )  # fmt: skip
    assert played.result.outputs == {"end": ["a!red"]}
    assert [event.data["edge"] for event in played.of("late")] == ["b.out->race.items"]


@pytest.mark.parametrize("policy", ["drain", "fail_fast"])
def test_two_conflicts_at_once_stop_the_run_once(play: Play, policy: str) -> None:
    one = ("act", {"takes": ["one"]})
    played = play(
        {"a": FREE, "b": FREE, "x": one, "y": one},
        "a.out > x.one", "b.out > x.one", "a.out > y.one", "b.out > y.one", policy=policy,
    )  # fmt: skip
    assert played.result.nodes["x"]["error"]["class"] == "port_conflict"
    assert played.result.nodes["y"] == {"status": "skipped", "reason": "run_failed"}


def test_a_race_whose_contenders_all_failed_is_an_unhandled_failure(play: Play) -> None:
    race = ("merge", {"join": "first", "strategy": "list"})
    played = play(
        {"a": FREE, "b": FREE, "c": FREE, "race": race, "after": ("act", {"takes": ["many"]}), "end": ("output", {})},
        "a.out > race.items", "b.out > race.items", "race.value > end.value", "c.out > after.many",
        fails=("a", "b"), policy="drain",
    )  # fmt: skip
    assert played.result.nodes["after"] == {"status": "skipped", "reason": "run_failed"}
    assert played.result.status == "failed"


def test_the_failure_that_is_told_is_the_one_that_nothing_absorbed(play: Play) -> None:
    maybe = ("act", {"takes": ["maybe"]})
    body = {
        "nodes": [{"id": i, "kind": spec[0], "config": spec[1]} for i, spec in
                  {"a": FREE, "b": FREE, "m": maybe, "out": ("output", {})}.items()],
        "edges": [{"from": "a.out", "to": "m.maybe"}, {"from": "b.out", "to": "out.value"}],
    }  # fmt: skip
    played = play({"s": ("subgraph", {"body": body})}, fails=("s/a", "s/b"))
    assert "“b” inside" in played.result.nodes["s"]["error"]["message"]


def test_items_that_end_together_stop_a_map_before_it_admits_the_next(play: Play) -> None:
    inner = {
        "nodes": [{"id": "item", "kind": "input", "config": {"type": "json"}},
                  {"id": "not_a_list", "kind": "map", "config": {"body": {"nodes": [], "edges": []}}}],
        "edges": [{"from": "item.value", "to": "not_a_list.items"}],
    }  # fmt: skip
    four, each = ("act", {"takes": [], "lists": 4}), ("map", {"body": inner, "concurrency": 3})
    played = play({"four": four, "each": each}, "four.out > each.items")
    ends = [event.data["status"] for event in played.of("map.item")]
    assert ends == ["failed", "failed", "failed", "cancelled"]


@pytest.mark.parametrize(
    "config", [{"strategy": "vote", "vote": "weighted", "weights": {"b": 2}}, {"strategy": "json", "prefer": ["b"]}]
)
def test_a_node_with_several_edges_to_a_merge_is_meant_by_its_id(play: Play, config: Json) -> None:
    rules = {"on_conflict": "prefer", "prefer": [], "tie": "first", "arrays": "concat", **config}
    body = {"nodes": [{"id": name, "kind": "input", "config": {"default": name}} for name in ("x", "y")]
            + [{"id": f"out_{name}", "kind": "output", "config": {"name": name}} for name in ("x", "y")],
            "edges": [{"from": f"{name}.value", "to": f"out_{name}.value"} for name in ("x", "y")]}  # fmt: skip
    played = play(
        {"a": FREE, "b": ("subgraph", {"body": body}), "m": ("merge", rules), "end": ("output", {})},
        "a.out > m.items", "b.x > m.items", "b.y > m.items", "m.value > end.value",
    )  # fmt: skip
    assert played.result.outputs == {"end": "x"}
