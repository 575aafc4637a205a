"""Files of several branches: what one changed is taken, what several changed differently is a conflict, never lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.errors import NodeError
from engine.kinds.file_merging import merge_files, merge_text
from engine.kinds.merging import Conflict, Resolved
from engine.kinds.resolving import by_config
from engine.run.services import Services
from engine.testing import build, play

BASE = "one\ntwo\nthree\n"
lines = st.lists(st.sampled_from(["a\n", "b\n", "c\n"]), max_size=6).map("".join)


def side(text: str, base: str | None = BASE, path: str = "f") -> list[dict[str, Any]]:
    return [{"path": path, "text": text, "base": base}]


def first(conflict: Conflict) -> Resolved:
    return Resolved(next(iter(conflict.values.values())))


def none_expected(conflict: Conflict) -> Resolved:
    raise AssertionError(conflict)


def test_changes_at_different_places_are_all_taken() -> None:
    parts = [("a", side("ONE\ntwo\nthree\n")), ("b", side("one\ntwo\nthree\nfour\n")), ("c", side(BASE))]
    merged = merge_files(parts, none_expected)
    assert merged.value == [{"path": "f", "text": "ONE\ntwo\nthree\nfour\n"}]
    assert merged.origins == {"f": ["a", "b"]}


def test_different_changes_of_one_line_are_a_conflict_with_its_place() -> None:
    parts = [("a", side("one\n2\nthree\n")), ("b", side("one\nTWO\nthree\n"))]
    merged = merge_files(parts, first)
    assert merged.value == [{"path": "f", "text": "one\n2\nthree\n"}]
    [conflict] = merged.conflicts
    assert (conflict["path"], conflict["values"]) == ("f:2", {"a": "2\n", "b": "TWO\n"})
    marked = merge_files(parts, lambda conflict: by_config("collect", (), conflict)).value[0]["text"]
    assert marked == "one\n<<<<<<< a\n2\n=======\nTWO\n>>>>>>> b\nthree\n"
    with pytest.raises(NodeError, match="f:2"):
        merge_files(parts, lambda conflict: by_config("fail", (), conflict))


def test_without_a_common_base_whole_files_are_compared() -> None:
    apart = [("a", [{"path": "f", "text": "x"}]), ("b", [{"path": "f", "text": "y"}])]
    assert merge_files(apart, first).conflicts[0]["path"] == "f:1"
    assert merge_files([*apart, ("c", "text")][:2], first, [{"path": "f", "text": "x"}]).value == [
        {"path": "f", "text": "y"}
    ]
    moved = [("a", side("x", "old")), ("b", side("y", "new"))]
    assert len(merge_files(moved, first).conflicts) == 1
    with pytest.raises(NodeError, match="“b” brought"):
        merge_files([("a", side("x")), ("b", "text")], first)


def test_a_text_is_the_one_file_that_all_began_with() -> None:
    base = {"path": "f", "text": BASE}
    parts = [("a", "```python\nONE\ntwo\nthree\n```"), ("b", "one\ntwo\n3\n")]
    assert merge_files(parts, none_expected, base).value == [{"path": "f", "text": "ONE\ntwo\n3\n"}]
    with pytest.raises(NodeError, match="“a” brought"):
        merge_files(parts, none_expected, [base, {"path": "g", "text": ""}])


def test_what_a_map_brings_is_one_branch_and_its_own_contradictions_are_told() -> None:
    merged = merge_files([("m", [side("x", "b"), side("y", "b"), side("z", None, "g")])], first)
    assert [file["path"] for file in merged.value] == ["f", "g"]
    assert set(merged.conflicts[0]["values"]) == {"m", "m #2"}


@given(lines, lines)
def test_what_one_side_changed_is_what_comes_out(base: str, text: str) -> None:
    for sides in ({"a": text}, {"a": text, "b": base}, {"a": base, "b": text}, {"a": text, "b": text}):
        pieces = list(merge_text(base, sides))
        assert not any(piece.clash for piece in pieces)
        assert "".join(next(iter(piece.texts.values())) for piece in pieces) == text


@given(lines, lines, lines)
def test_no_line_that_a_side_added_is_dropped_silently(base: str, one: str, other: str) -> None:
    told = {"a": "", "b": ""}
    for piece in merge_text(base, {"a": one, "b": other}):
        for label in told:
            told[label] += piece.texts.get(label, next(iter(piece.texts.values())) if "" in piece.texts else "")
    for label, text in (("a", one), ("b", other)):
        both = "".join(told.values())
        assert all(line in both or line in base for line in text.splitlines()), label


async def test_a_merge_node_joins_the_copies_of_agents(services: Services, tmp_path: Path) -> None:
    graph = build(
        {"a": ("input", {"type": "list", "default": side("ONE\ntwo\nthree\n")}),
         "b": ("input", {"type": "list", "default": side("one\ntwo\n3\n")}),
         "m": ("merge", {"strategy": "files", "on_conflict": "fail"}), "x": "output", "y": "output"},
        "a.value -> m.items", "b.value -> m.items", "m.value -> x.value", "m.conflicts -> y.value",
    )  # fmt: skip
    played = await play(graph, services=services)
    assert played.result.outputs == {"x": [{"path": "f", "text": "ONE\ntwo\n3\n"}], "y": []}
