"""What events leave to remember, whatever was cut off and however often the run was gone on with (S11)."""

from __future__ import annotations

from typing import Any

import pytest

from engine.run.events import Event
from engine.run.memory import Memory
from engine.run.spent import Spending

Told = tuple[str, str, dict[str, Any]]
RESUMED: Told = ("run.resumed", "", {})


def events(*told: Told) -> list[Event]:
    """Events by their kind, the node's key, and what they tell."""
    found = []
    for seq, (kind, key, data) in enumerate(told, 1):
        scope, _, node = key.rpartition("/")
        found.append(Event(1, "run", seq, 0.0, float(seq), kind, key, node, scope, 1, data))
    return found


def remembered(*told: Told) -> Memory:
    return Memory.of(events(*told))


def tool(what: str, text: str = "") -> Told:
    return (
        f"tool.{what}",
        "a",
        {"id": "c1", "tool": "send", "writes": True, **({"ok": True, "text": text} if text else {})},
    )


def ended(how: str, key: str, **data: Any) -> Told:
    return f"node.{how}", key, data


def failed(key: str, error_class: str) -> Told:
    return ended("failed", key, error={"class": error_class, "message": "no"})


def test_a_call_that_is_repeated_after_a_cut_takes_the_place_of_the_one_that_was_cut_off() -> None:
    memory = remembered(tool("intent"), tool("call"), RESUMED, tool("call"), tool("result", "sent"), RESUMED)
    assert [(step.done, step.text) for step in memory.tools["a", "c1"]] == [(True, "sent")]


def test_results_of_calls_with_one_name_belong_to_them_in_their_order() -> None:
    memory = remembered(tool("call"), tool("call"), tool("result", "one"), tool("result", "two"))
    assert [step.text for step in memory.tools["a", "c1"]] == ["one", "two"]


@pytest.mark.parametrize(("error_class", "kept"), [("transient", 1), ("credentials", 1), ("invalid_output", 0)])
def test_answers_are_kept_where_the_failure_lay_outside_the_node(error_class: str, kept: int) -> None:
    answer = {"request": "digest", "text": "a first turn", "usage": {}}
    memory = remembered(("model.response", "a", answer), ("model.response", "b", answer), failed("a", error_class))
    assert (len(memory.replies.get(("a", "digest"), ())), len(memory.replies["b", "digest"])) == (kept, 1)


def test_what_is_inside_a_container_is_forgotten_only_where_that_failed_by_itself_last() -> None:
    story = [ended("ok", "m[0]/a", outputs={"out": 1}), failed("m", "invalid_output")]
    assert not remembered(*story).scope("m[0]").settled
    again = [*story, RESUMED, ended("started", "m"), ended("ok", "m[0]/a", outputs={"out": 2})]
    assert remembered(*again).scope("m[0]").settled["a"].outputs == {"out": 2}
    inside = [failed("m[0]/a", "tool"), ended("ok", "m[1]/a", outputs={"out": 3}), failed("m", "tool")]
    assert remembered(*inside).scope("m[1]").settled["a"].outputs == {"out": 3}


def test_a_node_that_failed_while_it_could_write_is_in_no_doubt() -> None:
    intent: Told = ("tool.intent", "w", {"tool": "outsider", "writes": True})
    assert remembered(intent).writing == {"w"}
    assert remembered(intent, failed("w", "tool")).writing == set()
    conflict: Told = ("human.requested", "w", {"key": "w", "kind": "conflict"})
    assert remembered(intent, conflict).writing == set(), "who asks so has nothing under way"


def test_what_was_held_and_never_settled_counts_once_however_often_the_run_was_cut() -> None:
    def held(usd: float) -> Told:
        return "budget.reserved", "a", {"usd": usd, "tokens": 100}

    settled: Told = ("budget.settled", "a", {"usd": 0.125, "tokens": 50, "sure": True})
    spending = Spending()
    for event in events(held(0.75), RESUMED, held(0.25), settled, RESUMED):
        spending.take(event)
    spending.end()
    assert (spending.at("").usd, spending.at("a").tokens) == (0.875, 150)
