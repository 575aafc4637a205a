"""Rules judge every value without a fault, as the programs do that graphs are exported to."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.rules import Op, Rule
from engine.export.standalone.parts.rules import holds

LARGE = 2**53 + 1
WORDS = st.text(max_size=4) | st.sampled_from(["1", "1.0", "-1", "--1", "²", "nan", "1e999", str(LARGE), "9" * 5000])
PLAIN = st.none() | st.booleans() | st.sampled_from([0, 1, -1, LARGE, LARGE - 1, 2**64 - 1, 1.0, 1e300]) | WORDS
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3), max_leaves=5
)
PATHS = st.lists(WORDS | st.sampled_from(["0", "-1", "-2"]), max_size=2).map(".".join)
OPS = st.sampled_from([op for op in get_args(Op) if op != "matches"])


@pytest.mark.parametrize(
    ("value", "op", "wanted", "is_so"),
    [
        (LARGE, "gt", LARGE - 1, True),
        (LARGE, "lte", LARGE - 1, False),
        (str(LARGE), "equals", LARGE - 1, False),
        (str(LARGE), "equals", LARGE, True),
        ("1.0", "equals", 1, True),
        (1, "equals", 1.0, True),
        (1, "equals", True, False),
        ("b", "gt", "a", True),
        ("1e999", "gt", 1, True),
    ],
)
def test_numbers_are_compared_exactly(value: Any, op: Op, wanted: Any, is_so: bool) -> None:
    assert Rule(op=op, value=wanted).holds(value) is is_so


@pytest.mark.parametrize("path", ["²", "--1", "-", "1.", "9" * 5000])
def test_what_is_no_place_in_a_list_is_not_there(path: str) -> None:
    assert not Rule(field=f"{path}.x", op="exists").holds([1, 2])


@given(VALUES, PATHS, OPS, VALUES)
def test_a_program_judges_alike(value: Any, path: str, op: Op, wanted: Any) -> None:
    assert Rule(field=path, op=op, value=wanted).holds(value) == holds(value, path, op, wanted)
