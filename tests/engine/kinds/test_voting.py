"""Votes of branches: who wins, when it is a tie, and what the minority said (S4)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.kinds.merging import Conflict, Resolved
from engine.kinds.voting import count, vote


def parts(said: list[Any]) -> list[tuple[str, Any]]:
    return [(f"b{number}", value) for number, value in enumerate(said)]


def last(conflict: Conflict) -> Resolved:
    label = list(conflict.values)[-1]
    return Resolved(conflict.values[label], label, "prefer")


@pytest.mark.parametrize(
    ("said", "options", "value", "by"),
    [
        (["x", "y", "y"], {}, "y", "vote"),
        (["y", "x"], {}, "y", "vote"),
        (["y", "x"], {"tie": "conflict"}, "x", "prefer"),
        (["x", "x"], {}, "x", None),
        (["x", "x"], {"unanimous": True}, "x", None),
        (["x", "y", "z"], {"unanimous": True}, "z", "prefer"),
        (["x", "y", "y"], {"weights": {"b0": 3}}, "x", "vote"),
        (["x", "y", "y"], {"weights": {"b0": 0.3, "b1": 0.1, "b2": 0.2}, "tie": "conflict"}, "y", "prefer"),
        ([" Yes", "no", "yes "], {}, " Yes", "vote"),
        ([1, 1.0, True], {}, 1, "vote"),
        ([{"a": 1, "b": 2}, {"b": 2, "a": 1}], {"unanimous": True}, {"a": 1, "b": 2}, None),
    ],
)
def test_a_vote_keeps_what_the_minority_said(said: list[Any], options: Any, value: Any, by: str | None) -> None:
    merged = vote(parts(said), last, **options)
    assert merged.value == value
    assert [record["by"] for record in merged.conflicts] == ([by] if by else [])
    if by:
        assert merged.conflicts[0]["values"] == dict(parts(said))


@given(st.lists(st.sampled_from(["a", "A ", "b", 1, None]), min_size=1, max_size=7), st.randoms())
def test_without_a_tie_the_order_of_branches_does_not_decide(said: list[Any], random: Any) -> None:
    cast = parts(said)
    counted = count(cast, {})
    shuffled = random.sample(cast, len(cast))
    again = count(shuffled, {})
    assert again.tie == counted.tie
    if not counted.tie:
        assert set(again.voters) == set(counted.voters)
