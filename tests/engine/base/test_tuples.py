"""A made tuple is the same as a constructed one."""

from __future__ import annotations

from typing import NamedTuple

from engine.base.tuples import maker


class Pair(NamedTuple):
    """Two fields."""

    first: int
    second: str


def test_what_is_made_is_of_the_type_with_its_fields_in_order() -> None:
    made = maker(Pair)((1, "b"))
    assert type(made) is Pair
    assert made == Pair(1, "b")
    assert (made.first, made.second) == (1, "b")
