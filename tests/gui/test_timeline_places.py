"""Where the timeline has what: a click finds the moment and the row that were drawn there."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.views.timeline_places import HEAD, Places


def places(width: int, seconds: float, scrolled: int, scale: float) -> Places:
    return Places(lambda pixels: round(pixels * scale), width, 400, seconds, scrolled)


SOME = st.builds(
    places, st.integers(0, 4000), st.floats(0.0, 1e5), st.integers(0, 10_000), st.floats(0.75, 3.0)
)  # fmt: skip


@given(SOME, st.floats(0.0, 0.99))
def test_a_moment_is_found_where_it_was_drawn(at: Places, share: float) -> None:
    moment = at.seconds * share
    if at.seconds > 1e-3:
        assert at.seconds_at(at.x_of(moment)) == pytest.approx(moment, rel=1e-6, abs=1e-6)
    assert at.seconds_at(at.x_of(at.seconds) + 1) is None


@given(SOME, st.integers(0, 500))
def test_a_row_is_found_where_it_was_drawn(at: Places, row: int) -> None:
    top = at.top_of(row)
    assert at.row_at(top) == (row if top >= at.px(HEAD) else None)


@given(SOME)
def test_all_rows_below_the_ruler_are_seen(at: Places) -> None:
    found = at.row_at(at.px(HEAD)), at.row_at(at.height)
    assert all(row in at.rows for row in found if row is not None)
