"""Sides that give way in a small window, and come back to the sizes people chose."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from gui.widgets.giving_way import GivingWay, shares

SIZES = st.integers(0, 500)


@given(st.integers(1100, 3000), SIZES, SIZES, st.integers(0, 300), st.integers(0, 900))
def test_the_main_part_is_comfortable_unless_the_sides_are_at_their_least(
    whole: int, left: int, right: int, least: int, comfortable: int
) -> None:
    got = shares(whole, [left, 0, right], [least, 0, least], 1, comfortable)
    assert sum(got) == whole
    assert all(min(want, least) <= has <= want for want, has in ((left, got[0]), (right, got[2])))
    assert got[1] >= comfortable - 1 or all(has <= max(0, min(want, least)) + 1 for want, has in
                                            ((left, got[0]), (right, got[2])))  # fmt: skip


def splitter() -> GivingWay:
    made = GivingWay(Qt.Orientation.Horizontal, 1, 640)
    for least in (180, 456, 260):
        part = QWidget()
        part.setMinimumWidth(least)
        made.addWidget(part)
    return made


def test_sides_shrink_with_the_window_and_come_back_as_chosen(qapp: QApplication) -> None:
    made = splitter()
    made.resize(1682, 100)
    made.show()
    made.choose([232, 1084, 364])
    assert made.sizes() == [232, 1084, 364]
    made.resize(1000, 100)
    assert made.sizes() == [180, 558, 260]
    made.widget(0).hide()
    made.share()
    assert made.sizes()[0] == 0 and made.sizes()[1] in (639, 640)
    made.widget(0).show()
    made.resize(1682, 100)
    assert made.sizes() == [232, 1084, 364] == made.chosen


def test_who_wants_a_wide_side_in_a_small_window_has_it(qapp: QApplication) -> None:
    made = splitter()
    made.resize(1000, 100)
    made.show()
    made.choose([232, 1084, 364])
    made.moveSplitter(660, 2)  # as a drag of the handle does
    dragged = made.sizes()
    assert dragged[2] > 330
    again = splitter()
    again.resize(1000, 100)
    again.show()
    again.choose(made.chosen)
    assert again.sizes() == dragged
