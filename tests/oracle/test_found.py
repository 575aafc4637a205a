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
