"""Merging JSON: nothing contradictory is dropped silently, and each field's origin is kept (S4)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import NodeError
from engine.base.values import canonical
from engine.kinds.merging import GONE, Conflict, Resolved, equal, merge_json
from engine.kinds.resolving import by_config
from engine.run.services import Services
from engine.testing import Played, build, play

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([1.0, 0.5]) | st.text("ab", max_size=2)
keys = st.sampled_from(["x", "y", "x.y", "[0]", ""])
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))
ways = st.sampled_from(["concat", "union", "by_key"])


def first(conflict: Conflict) -> Resolved:
    label = next(iter((*conflict.values, *conflict.deleted)))
    return Resolved(conflict.values.get(label, GONE), label)


def leaves(value: Any, path: str = "") -> set[tuple[str, str]]:
    """Paths and scalars of a value; items of lists stand under the path of their list."""
    if isinstance(value, dict):
        return {leaf for key, item in value.items() for leaf in leaves(item, f"{path}/{key}")}
    if isinstance(value, list):
        return {leaf for item in value for leaf in leaves(item, path)}
    return {(path, canonical(value))}


def paths(value: Any, path: str = "") -> list[str]:
    """The path of every leaf, as origins name it."""
    if isinstance(value, dict):
        steps = {key: f".{key}" if path else key for key in value}
        plain = re.compile(r"[^.\[\]\"]+")
        names = {key: path + (step if plain.fullmatch(key) else f'["{key}"]') for key, step in steps.items()}
        return [leaf for key, item in value.items() for leaf in paths(item, names[key])]
    if isinstance(value, list):
        return [leaf for index, item in enumerate(value) for leaf in paths(item, f"{path}[{index}]")]
    return [path]


@given(values, ways)
def test_branches_that_agree_give_what_they_say(value: Any, arrays: Any) -> None:
    merged = merge_json([("a", value), ("b", value)], first, arrays=arrays, key="x")
    assert merged.conflicts == []
    assert merged.value == value
    assert merged.origins == {"": ["a", "b"]}


@given(st.lists(values, min_size=1, max_size=4), ways)
def test_nothing_that_a_branch_said_is_lost_without_a_conflict(said: list[Any], arrays: Any) -> None:
    parts = [(f"b{i}", value) for i, value in enumerate(said)]
    merged = merge_json(parts, first, arrays=arrays, key="x")
    told = {scalar for _, scalar in leaves(merged.value)}
    for record in merged.conflicts:
        told |= {scalar for value in record["values"].values() for _, scalar in leaves(value)}
    for value in said:
        assert {scalar for _, scalar in leaves(value)} <= told
    assert not leaves(merged.value) - {leaf for value in said for leaf in leaves(value)}, "and nothing is made up"


@given(st.lists(values, min_size=1, max_size=4), ways)
def test_each_leaf_has_an_origin_that_said_it(said: list[Any], arrays: Any) -> None:
    parts = {f"b{i}": value for i, value in enumerate(said)}
    merged = merge_json(list(parts.items()), first, arrays=arrays, key="x")
    for path in paths(merged.value):
        origins = [place for place in merged.origins if path == place or re.match(re.escape(place) + r"[.\[]", path)]
        assert origins or "" in merged.origins, path
    assert all(labels for labels in merged.origins.values())
    assert {label.split(" ")[0] for labels in merged.origins.values() for label in labels} <= set(parts)


@given(values, values, st.booleans(), ways)
def test_a_branch_that_left_the_base_as_it_was_gives_way(base: Any, changed: Any, later: bool, arrays: Any) -> None:
    parts = [("kept", base), ("edited", changed)]
    merged = merge_json(parts[:: -1 if later else 1], first, base=base, has_base=True, arrays=arrays, key="x")
    assert merged.conflicts == []
    assert merged.value == changed


@given(values, values, ways)
def test_the_same_change_of_two_branches_is_no_conflict(base: Any, changed: Any, arrays: Any) -> None:
    parts = [("a", changed), ("b", changed), ("c", base)]
    merged = merge_json(parts, first, base=base, has_base=True, arrays=arrays, key="x")
    assert merged.conflicts == []
    assert merged.value == changed


@given(values, values)
def test_values_are_equal_exactly_when_they_read_alike(left: Any, right: Any) -> None:
    assert equal(left, right) == (canonical(left) == canonical(right))


def test_two_edits_of_one_field_are_a_conflict_and_two_of_different_fields_are_not() -> None:
    base = {"title": "A", "body": "old", "tags": 1}
    ann, bob = {"title": "B", "body": "old", "tags": 1}, {"title": "A", "body": "new", "tags": 1}
    assert merge_json([("ann", ann), ("bob", bob)], first, base=base, has_base=True).value == {
        "title": "B", "body": "new", "tags": 1,
    }  # fmt: skip
    cat = {"title": "C", "body": "old"}
    merged = merge_json([("ann", ann), ("cat", cat)], first, base=base, has_base=True)
    assert [record["path"] for record in merged.conflicts] == ["title"]
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


@pytest.mark.parametrize(("arrays", "value"), [("concat", [1, 9, 3, 4]), ("union", [1, 9, 3, 4])])
def test_lists_keep_what_was_there_and_take_in_what_was_added(arrays: Any, value: Any) -> None:
    parts = [("a", [1, 2, 9, 3]), ("b", [1, 9, 4])]
    assert merge_json(parts, first, arrays=arrays, base=[1, 2, 9], has_base=True).value == value


def test_items_with_a_key_are_merged_three_ways() -> None:
    base = [{"id": 1, "n": "x"}, {"id": 2, "n": "y"}, {"id": 3, "n": "z"}]
    ann = [{"id": 1, "n": "X"}, {"id": 2, "n": "y"}, {"id": 4, "n": "new"}]
    bob = [{"id": 1, "n": "x", "m": 1}, {"id": 3, "n": "Z"}]
    merged = merge_json([("ann", ann), ("bob", bob)], first, arrays="by_key", key="id", base=base, has_base=True)
    assert merged.value == [{"id": 1, "n": "X", "m": 1}, {"id": 3, "n": "Z"}, {"id": 4, "n": "new"}]
    assert [(record["path"], record["deleted"]) for record in merged.conflicts] == [("[1]", ["ann"])]


def test_what_one_took_away_and_another_changed_is_a_conflict() -> None:
    parts = [("ann", {"a": 2, "b": 1}), ("bob", {"b": 1})]
    merged = merge_json(parts, first, base={"a": 1, "b": 1}, has_base=True)
    assert merged.value == {"a": 2, "b": 1}
    assert merged.conflicts == [{"path": "a", "values": {"ann": 2}, "deleted": ["bob"], "chosen": "ann"}]
    gone = merge_json(parts, lambda c: by_config("prefer", ["bob"], c), base={"a": 1, "b": 1}, has_base=True)
    assert gone.value == {"b": 1}
    both = merge_json(parts, lambda c: by_config("collect", [], c), base={"a": 1, "b": 1}, has_base=True)
    assert both.value["a"] == [{"from": "ann", "value": 2}, {"from": "bob", "deleted": True}]


def test_null_is_said_and_a_missing_field_says_nothing() -> None:
    assert merge_json([("a", {"x": 1}), ("b", {})], first).conflicts == []
    assert len(merge_json([("a", {"x": 1}), ("b", {"x": None})], first).conflicts) == 1


def test_fields_with_odd_names_have_paths_of_their_own() -> None:
    merged = merge_json([("a", {"x.y": 1, "x": {"y": 2}}), ("b", {"x.y": 3, "x": {"y": 4}})], first)
    assert [record["path"] for record in merged.conflicts] == ['["x.y"]', "x.y"]


def test_items_of_one_branch_with_the_same_key_both_have_their_say() -> None:
    parts = [("a", [{"id": 1, "n": "x"}, {"id": 1, "n": "y"}]), ("b", [{"id": 2}])]
    [conflict] = merge_json(parts, first, arrays="by_key", key="id").conflicts
    assert conflict["values"] == {"a": "x", "a #2": "y"}


def deep(levels: int, leaf: Any) -> Any:
    for _ in range(levels):
        leaf = {"in": leaf}
    return leaf


def test_deep_values_are_merged_and_too_deep_ones_are_refused_in_words() -> None:
    merged = merge_json([("a", deep(200, 1)), ("b", deep(200, 2))], first)
    assert merged.value == deep(200, 1)
    with pytest.raises(NodeError, match="nested too deeply"):
        merge_json([("a", deep(5000, 1)), ("b", deep(5000, 2))], first)


def test_a_branch_that_took_an_item_away_is_noticed_beside_one_that_doubled_it() -> None:
    parts = [("a", [{"id": 1, "n": 2}, {"id": 1, "n": 2}]), ("b", [])]
    merged = merge_json(parts, first, arrays="by_key", key="id", base=[{"id": 1, "n": 1}], has_base=True)
    assert [record["deleted"] for record in merged.conflicts] == [["b"]]


def test_ten_thousand_branches_cost_what_they_bring() -> None:
    merged = merge_json([(f"b{i}", {f"own{i}": i}) for i in range(10_000)], first)
    assert len(merged.value) == len(merged.origins) == 10_000


def test_a_thousand_branches_meet_in_one_look_at_each() -> None:
    parts = [(f"b{i}", {f"own{i}": i, "shared": {"same": 1, "n": i % 2}, "list": [i]}) for i in range(1000)]
    merged = merge_json(parts, first, arrays="union")
    assert len(merged.value) == 1002
    assert [len(record["values"]) for record in merged.conflicts] == [1000]
    assert merged.origins["shared.same"] == [label for label, _ in parts]


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


async def test_a_merge_that_fails_tells_all_that_differs(services: Services) -> None:
    graph = build(
        {"a": ("input", {"default": {"x": 1, "l": [{"id": 7, "v": 1}]}}),
         "b": ("input", {"default": {"x": 2, "l": [{"id": 7, "v": 2}]}}),
         "m": ("merge", {"strategy": "json", "arrays": "by_key", "array_key": "id"}), "end": "output"},
        "a.value -> m.items", "b.value -> m.items", "m.value -> end.value",
    )  # fmt: skip
    played = await play(graph, services=services)
    assert played.result.nodes["m"]["error"]["message"].startswith(
        "The branches differ at “x” (a says 1; b says 2), and at “l[0].v”."
    )
    assert [event.data for event in played.of("merge.conflict")] == [
        {"path": "x", "values": {"a": 1, "b": 2}}, {"path": "l[0].v", "values": {"a": 1, "b": 2}}
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("config", "price", "chosen"),
    [
        ({"on_conflict": "prefer", "prefer": ["b"]}, 6, "b"),
        ({"on_conflict": "prefer", "prefer": ["nobody"]}, 5, "a"),
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
    assert conflict["by"] == config["on_conflict"]
    assert len(played.of("merge.conflict")) == 1
    origins = next(e.data["origins"] for e in played.of("node.progress") if "origins" in e.data)
    assert origins == {"price": [chosen] if chosen else ["a", "b"], "name": ["a"], "stock": ["b"]}
