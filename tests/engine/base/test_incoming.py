"""JSON from outside is taken only as far as the journal can store it."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.base.incoming import DEEPEST, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NaN", "not finite"), ("[1e999]", "not finite"), ("-Infinity", "not finite"), ("{", "not JSON"),
        ("", "not JSON"), (str(2**64), "64 bits"), (f"[{-(2**63) - 1}]", "64 bits"),
        ("[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), "nested"), ("[" * 100_000, "nested"),
    ],
)  # fmt: skip
def test_what_cannot_be_stored_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_json(text)


@given(VALUES)
def test_what_is_taken_can_be_stored(value: Any) -> None:
    try:
        taken = read_json(json.dumps(value))
    except ValueError:
        return
    assert orjson.loads(orjson.dumps([[[taken]]])) == [[[taken]]]


def test_a_lone_surrogate_is_repaired() -> None:
    assert read_json(b'["\\ud83d", "\\ud83d\\ude00"]') == ["\ufffd", "😀"]
