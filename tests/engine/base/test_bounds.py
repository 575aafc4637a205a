"""How far a value may grow while a graph puts it together."""

from __future__ import annotations

from typing import Any

import pytest

from engine.base.bounds import LARGEST, outgrown
from engine.base.incoming import DEEPEST


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize("value", [None, 3, "x" * LARGEST, [], {}, deep(DEEPEST), [["x"] * 1000] * 1000])
def test_what_can_be_stored_passes(value: Any) -> None:
    assert outgrown(value) == ""


@pytest.mark.slow
def test_depth_and_size_are_told_apart() -> None:
    assert "levels" in outgrown(deep(DEEPEST + 1))
    assert "levels" in outgrown({"a": deep(100_000)})
    assert "larger" in outgrown("x" * (LARGEST + 1))
    assert "larger" in outgrown({"a": ["x" * (LARGEST // 2), "x" * (LARGEST // 2)]})


def test_a_value_that_doubles_is_found_out_without_being_written_down() -> None:
    value: Any = "x"
    for _ in range(150):
        value = [value, {"again": value}]
    assert outgrown(value) != ""
