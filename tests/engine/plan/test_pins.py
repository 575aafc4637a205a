"""Pins that are older than what they were made of are found, and others are left alone (S12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.pins import pin_key
from tests.engine.plan.building import GIVEN, graph, problems

KINDS = Kinds.load()


def sound() -> Graph:
    agent = {"model": "rehearsal", "prompt": "{{ i }}"}
    return graph(
        {"i": GIVEN, "a": ("agent", agent), "b": ("agent", {**agent, "prompt": "{{ a }}"}), "o": "output"},
        "i.value > a.i", "a.text > b.a", "b.text > o.value",
    )  # fmt: skip


def changed(found: Graph, node: str, **config: Any) -> Graph:
    old = found.nodes[node]
    return found.with_tables(nodes={**found.nodes, node: replace(old, config={**old.config, **config})})


def pinned(found: Graph, node: str, value: Any = "told", **more: Any) -> Graph:
    pin: Mapping[str, Any] = {"value": value, "at": 1.0, "key": pin_key(found, KINDS, node), **more}
    return changed(found, node, pinned=pin)


@pytest.mark.parametrize(
    ("node", "config", "stale"),
    [
        ("b", {"prompt": "Say: {{ a }}"}, True),
        ("a", {"temperature": 0.1}, True),
        ("i", {"default": "others"}, True),
        ("a", {"retry": {"attempts": 9}, "timeout_s": 3, "idle_s": 2, "on_error": {"value": 1}}, False),
        ("a", {"max_tokens": None}, False),
        ("a", {"pinned": {"value": "fixed"}}, True),
    ],
)
def test_a_pin_is_stale_when_what_it_follows_from_has_changed(node: str, config: dict[str, Any], stale: bool) -> None:
    found = problems(changed(pinned(sound(), "b"), node, **config))
    assert ("stale_pin b" in found) == stale


def test_a_pin_before_it_stands_for_all_that_leads_there() -> None:
    found = pinned(pinned(sound(), "a"), "b")
    later = changed(changed(found, "i", default="others"), "a", prompt="Else: {{ i }}")
    assert set(problems(later)) == {"stale_pin a"}
    assert "stale_pin b" in problems(pinned(found, "a", value="something else"))


def test_a_pin_written_by_hand_is_never_stale() -> None:
    by_hand = changed(sound(), "b", pinned={"value": "mine"})
    assert problems(changed(by_hand, "b", prompt="Say: {{ a }}")) == {}


def test_a_title_changes_nothing() -> None:
    found = pinned(sound(), "b")
    renamed = found.with_tables(nodes={**found.nodes, "a": replace(found.nodes["a"], title="Author")})
    assert problems(renamed) == {}


def test_a_pin_inside_a_body_is_told_with_its_place() -> None:
    body = {"nodes": [{"id": "item", "kind": "input"}, {"id": "t", "kind": "template", "config": {
            "template": "{{ item }}", "pinned": {"value": "x", "key": "of something else"}}},
            {"id": "out", "kind": "output"}],
            "edges": [{"from": "item.value", "to": "t.item"}, {"from": "t.text", "to": "out.value"}]}  # fmt: skip
    outer = graph({"i": ("input", {"type": "list", "default": []}), "m": ("map", {"body": body}), "o": "output"},
                  "i.value > m.items", "m.items > o.value")  # fmt: skip
    assert problems(outer)["stale_pin m/t"].offer == "unpin"
