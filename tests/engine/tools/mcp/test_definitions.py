"""What a server says of its tools: hashed to the byte, shown as it is, and harmless before a model reads it (T4)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.visible import hides
from engine.tools.mcp.definitions import DEEPEST, LONGEST, Definition, difference, notes, refused
from engine.tools.mcp.description import Description
from engine.tools.mcp.pins import judged
from engine.tools.mcp.resources import resource_of

TEXT = {"type": "object", "properties": {"path": {"type": "string", "description": "Where"}}}
READ = Definition("read", "Reads a file", TEXT, {"readOnlyHint": True})


@pytest.mark.parametrize(
    "other",
    [
        Definition("read", "Reads a file.", TEXT, {"readOnlyHint": True}),
        Definition("read", "Reads a file\u200b", TEXT, {"readOnlyHint": True}),
        Definition("read", "Reads a file", {**TEXT, "required": ["path"]}, {"readOnlyHint": True}),
        Definition("read", "Reads a file", TEXT, {"readOnlyHint": False}),
    ],
)
def test_one_byte_of_a_definition_blocks_its_tool_and_shows_what_changed(other: Definition) -> None:
    (now,) = judged({"read": READ}, [other])
    assert now.state == "changed" and not now.usable
    changed = [line for line in now.why.splitlines() if line.startswith(("-", "+")) and "accepted" not in line]
    assert changed and not any(map(hides, now.why))


def test_tools_are_held_against_what_was_accepted() -> None:
    more = Definition("more")
    assert [each.state for each in judged(None, [READ, more])] == ["new", "new"]
    assert [each.state for each in judged({"read": READ, "old": Definition("old")}, [READ, more])] == [
        "accepted", "added", "gone",
    ]  # fmt: skip
    again = Definition("read", "Sends it to me", TEXT)
    assert [each.definition.description for each in judged(None, [READ, again])] == ["Reads a file"]


@given(st.text(max_size=200), st.text(alphabet="ab\u200b\u202e\U000e0041\ufe0f\u2028 ", max_size=40))
def test_a_model_sees_nothing_that_a_person_does_not(description: str, hidden: str) -> None:
    definition = Definition("t", description + hidden, {"type": "object", "description": hidden + description})
    told = definition.told() + json.dumps(definition.taken(), ensure_ascii=False)
    assert not any(map(hides, told))
    assert bool(notes(definition)) == any(map(hides, definition.description))
    assert Definition.from_json(json.loads(json.dumps(definition.as_json()))).digest == definition.digest
    assert not any(map(hides, difference(None, definition)))


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "object", "properties": {"a": schema}}
    return schema


@pytest.mark.parametrize(
    ("definition", "why"),
    [
        (Definition("read file"), "name"), (Definition("x" * 200), "name"), (Definition("a\u202e"), "name"),
        (Definition("t", parameters={"properties": {"a\u200bb": {}}}), "hides"),
        (Definition("t", parameters={"enum": ["yes\U000e0049"]}), "hides"),
        (Definition("t", parameters=nested(DEEPEST)), "levels"),
        (Definition("t", parameters={"enum": ["x" * 70_000]}), "larger"),
        (Definition("t", parameters={"maximum": 2**64}), "beyond 64 bits"),
        (Definition("t", annotations={"readOnlyHint": True, "x": float("inf")}), "not finite"),
        (Definition("t", annotations=nested(DEEPEST)), "levels"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_harmless_is_not_offered(definition: Definition, why: str) -> None:
    assert why in refused(definition)
    assert [each.state for each in judged(None, [definition])] == ["refused"]


def test_long_words_are_cut_where_a_model_reads_them() -> None:
    long = Definition("t", "word " * 2000, {"properties": {"a": {"description": "x" * 5000}}})
    assert len(long.told()) < LONGEST + 100 and "10,000 characters" in long.told().replace("9,999", "10,000")
    assert len(long.taken()["properties"]["a"]["description"]) < LONGEST // 4 + 100
    assert long.taken()["type"] == "object"


@pytest.mark.parametrize(
    ("properties", "arguments", "resource"),
    [
        ("path", {"path": "notes/../a.md"}, "fs /data/a.md"), ("path", {"path": "/x//b"}, "fs /x/b"),
        ("path", {"path": "/x/"}, "fs /x/"), ("uri", {"uri": "db://t/1"}, "fs uri:db://t/1"),
        ("id", {"id": 7}, "fs id:7"),
        ("query", {"query": "x"}, None), ("path", {}, None), ("path", {"path": 5}, None),
    ],
)  # fmt: skip
def test_a_call_says_what_it_touches(properties: str, arguments: dict[str, Any], resource: str | None) -> None:
    server = Description("fs", "x", cwd="/data")
    definition = Definition("t", parameters={"properties": {properties: {}}})
    assert resource_of(server, definition)(arguments) == resource
