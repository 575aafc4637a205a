"""Aligning and distributing: one side shared, equal gaps, and nothing moved that need not be."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.graph.align import Box, aligned, distributed

numbers = st.integers(-500, 500).map(float)
sizes = st.integers(1, 300).map(float)
boxes = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=3), st.tuples(numbers, numbers, sizes, sizes), min_size=3
)


@pytest.mark.slow
@given(boxes)
def test_aligned_boxes_share_a_side_and_keep_the_other_coordinate(found: dict[str, Box]) -> None:
    left = aligned(found, "left")
    assert {x for x, _ in left.values()} == {min(box[0] for box in found.values())}
    assert all(left[key][1] == found[key][1] for key in found)
    bottoms = {y + found[key][3] for key, (_, y) in aligned(found, "bottom").items()}
    assert bottoms == {max(box[1] + box[3] for box in found.values())}
    middles = {y + found[key][3] / 2 for key, (_, y) in aligned(found, "middle").items()}
    assert len(middles) == 1


@pytest.mark.slow
@given(boxes)
def test_distributed_boxes_have_equal_gaps_and_the_outer_ones_stay(found: dict[str, Box]) -> None:
    places = distributed(found, "across")
    order = sorted(found, key=lambda key: (found[key][0] + found[key][2] / 2, key))
    gaps = [places[b][0] - places[a][0] - found[a][2] for a, b in pairwise(order)]
    assert max(gaps) - min(gaps) < 1e-6
    assert places[order[0]][0] == found[order[0]][0]
    assert abs(places[order[-1]][0] - found[order[-1]][0]) < 1e-6
    assert all(places[key][1] == found[key][1] for key in found)
