"""Merging JSON: nothing contradictory is dropped silently, and each field's origin is kept (S4)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.merging import Conflict, Merged, merge_json, vote
from engine.run.services import Services
from engine.testing import Played, build, play

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab", max_size=2)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("xyz"), inner, max_size=3)
)


def first(conflict: Conflict) -> Any:
    return next(iter(conflict.values.values()))


def leaves(value: Any, path: str = "") -> set[tuple[str, str]]:
    """Paths and scalars of a value; items of lists stand under the path of their list."""
    if isinstance(value, dict):
        return {leaf for key, item in value.items() for leaf in leaves(item, f"{path}.{key}" if path else key)}
    if isinstance(value, list):
        return {leaf for item in value for leaf in leaves(item, path)}
    return {(path, repr(value))}


@given(values)
def test_branches_that_agree_give_what_they_say(value: Any) -> None:
    merged = merge_json([("a", value), ("b", value)], first, arrays="union")
    assert merged.conflicts == []
    if not isinstance(value, list | dict):
        assert merged.value == value
        assert merged.origins == {"": ["a", "b"]}


@given(st.lists(values, min_size=1, max_size=4))
def test_nothing_that_a_branch_said_is_lost_without_a_conflict(said: list[Any]) -> None:
    parts = [(f"b{i}", value) for i, value in enumerate(said)]
    merged = merge_json(parts, first)
    told = leaves(merged.value)
    for conflict in merged.conflicts:
        for value in conflict.values.values():
            told |= leaves(value, conflict.path)
    for value in said:
        assert leaves(value) <= told


@given(values, values)
def test_a_branch_that_left_the_base_as_it_was_gives_way(base: Any, changed: Any) -> None:
    merged = merge_json([("kept", base), ("edited", changed)], first, base=base, has_base=True)
    assert merged.conflicts == []
    if not isinstance(base, list | dict) and not isinstance(changed, list | dict):
        assert merged.value == changed


def test_two_edits_of_one_field_are_a_conflict_and_two_of_different_fields_are_not() -> None:
    base = {"title": "A", "body": "old", "tags": 1}
    ann, bob = {"title": "B", "body": "old", "tags": 1}, {"title": "A", "body": "new", "tags": 1}
    assert merge_json([("ann", ann), ("bob", bob)], first, base=base, has_base=True).value == {
        "title": "B", "body": "new", "tags": 1,
    }  # fmt: skip
    cat = {"title": "C", "body": "old"}
    merged = merge_json([("ann", ann), ("cat", cat)], first, base=base, has_base=True)
    assert [conflict.path for conflict in merged.conflicts] == ["title"]
    assert "tags" not in merged.value, "cat took it away and nobody changed it"


@pytest.mark.parametrize(
    ("arrays", "value"),
    [
        ("concat", [{"id": 1, "n": "a"}, {"id": 1, "m": "b"}, {"id": 1, "n": "a"}]),
        ("union", [{"id": 1, "n": "a"}, {"id": 1, "m": "b"}]),
        ("by_key", [{"id": 1, "n": "a", "m": "b"}]),
    ],
)
def test_lists_are_joined_as_told(arrays: Any, value: Any) -> None:
    parts = [("a", [{"id": 1, "n": "a"}]), ("b", [{"id": 1, "m": "b"}, {"id": 1, "n": "a"}])]
    assert merge_json(parts, first, arrays=arrays, key="id").value == value


def test_true_is_not_one_but_one_is_one_point_nought() -> None:
    assert merge_json([("a", 1), ("b", 1.0)], first).conflicts == []
    assert len(merge_json([("a", 1), ("b", True)], first).conflicts) == 1


@pytest.mark.parametrize(
    ("said", "rule", "value", "conflicts"),
    [
        (["x", "y", "y"], "majority", "y", 1),
        (["y", "x"], "majority", "y", 1),
        (["x", "x"], "majority", "x", 0),
        (["x", "x"], "unanimous", "x", 0),
        (["x", "y", "y"], "unanimous", None, 1),
    ],
)
def test_a_vote_keeps_what_the_minority_said(said: list[str], rule: Any, value: Any, conflicts: int) -> None:
    merged: Merged = vote([(f"b{i}", word) for i, word in enumerate(said)], rule)
    assert merged.value == value
    assert len(merged.conflicts) == conflicts


async def merged_run(services: Services, **config: Any) -> Played:
    graph = build(
        {"a": ("input", {"type": "json", "default": {"price": 5, "name": "Tea"}}),
         "b": ("input", {"type": "json", "default": {"price": 6, "stock": 2}}),
         "m": ("merge", {"strategy": "json", **config}), "end": "output", "con": "output"},
        "a.value -> m.items", "b.value -> m.items", "m.value -> end.value", "m.conflicts -> con.value",
    )  # fmt: skip
    return await play(graph, services=services)


async def test_a_conflict_fails_with_what_each_branch_says(services: Services) -> None:
    error = (await merged_run(services)).result.nodes["m"]["error"]
    assert error["class"] == "invalid_output"
    assert "“price” (a says 5; b says 6)" in error["message"]


@pytest.mark.parametrize(
    ("config", "price", "chosen"),
    [
        ({"on_conflict": "prefer", "prefer": ["b"]}, 6, "b"),
        ({"on_conflict": "prefer"}, 5, "a"),
        ({"on_conflict": "collect"}, [{"from": "a", "value": 5}, {"from": "b", "value": 6}], None),
    ],
)
async def test_a_policy_resolves_it_and_the_conflict_is_still_told(
    services: Services, config: dict[str, Any], price: Any, chosen: str | None
) -> None:
    played = await merged_run(services, **config)
    assert played.result.outputs["end"] == {"price": price, "name": "Tea", "stock": 2}
    [conflict] = played.result.outputs["con"]
    assert conflict["path"] == "price"
    assert conflict["values"] == {"a": 5, "b": 6}
    assert conflict.get("chosen") == chosen
    assert len(played.of("merge.conflict")) == 1
    origins = next(e.data["origins"] for e in played.of("node.progress") if "origins" in e.data)
    assert origins == {"price": ["a", "b"], "name": ["a"], "stock": ["b"]}
