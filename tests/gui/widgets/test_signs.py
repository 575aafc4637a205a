"""Signs say what they are told: labels, pills, badges, money, tabs, bars, also to a screen reader."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from gui.figures import money
from gui.theme.icons import Icons
from gui.theme.theme import Theme
from gui.widgets.budget_bar import BudgetBar
from gui.widgets.elided_label import ElidedLabel
from gui.widgets.pill import Pill
from gui.widgets.section_label import SectionLabel
from gui.widgets.spark_bars import Bar, SparkBars
from gui.widgets.state_badge import StateBadge
from gui.widgets.tabs import UnderlineTabs


def picture(widget: QWidget) -> QImage:
    widget.resize(widget.sizeHint())
    return widget.grab().toImage()


def has(image: QImage, colour: str) -> bool:
    return any(image.pixelColor(x, y).name() == colour for y in range(image.height()) for x in range(image.width()))


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "$0.00"), (0.0168, "$0.0168"), (0.05, "$0.05"), (0.1, "$0.10"), (1, "$1.00"), (1234.5, "$1,234.50")],
)
def test_money(amount: float, shown: str) -> None:
    assert money(amount) == shown


@given(st.floats(0, 1e9, allow_nan=False))
def test_money_is_off_by_less_than_its_last_place(amount: float) -> None:
    if money(amount).startswith("<"):
        assert 0 < amount < 0.0001
        return
    said = float(money(amount).replace("$", "").replace(",", ""))
    assert abs(said - amount) <= (0.0051 if amount >= 1 else 0.000051)


def test_the_budget_warns_near_its_end_and_beyond(qtbot: QtBot, theme: Theme) -> None:
    bar = BudgetBar(theme)
    qtbot.addWidget(bar)
    for spent, tone in ((0.0, "ok"), (0.039, "ok"), (0.041, "retry"), (0.05, "retry"), (0.051, "failed")):
        bar.set_amounts(spent, 0.05)
        assert bar.tone == tone, spent
        assert has(picture(bar), theme.tokens.state(tone)) is (spent > 0)
    assert bar.accessibleName() == "spent $0.051, of $0.05"


def test_without_a_budget_only_the_sum_and_unknown_prices_are_said(qtbot: QtBot, theme: Theme) -> None:
    bar = BudgetBar(theme)
    qtbot.addWidget(bar)
    bar.set_amounts(0.5, 1)
    wide = bar.sizeHint().width()
    bar.set_amounts(0.5, None, unknown=True)
    assert bar.spent_text == "$0.50+?"
    assert bar.sizeHint().width() < wide
    assert "no known price" in bar.toolTip()


def test_a_budget_of_nothing_is_over_with_the_first_cent(qtbot: QtBot, theme: Theme) -> None:
    bar = BudgetBar(theme)
    qtbot.addWidget(bar)
    bar.set_amounts(0, 0)
    assert bar.tone == "ok"
    bar.set_amounts(0.01, 0)
    assert bar.tone == "failed"


def test_a_badge_shows_the_states_glyph_and_words(qtbot: QtBot, icons: Icons) -> None:
    badge = StateBadge(icons)
    qtbot.addWidget(badge)
    assert badge.sizeHint().width() <= 1
    seen = set()
    for status in icons.theme.tokens.states:
        badge.set_state(status, "x")
        image = picture(badge)
        seen.add(bytes(image.constBits()))
        assert badge.accessibleName() == "x"
    assert len(seen) == len(icons.theme.tokens.states)
    badge.set_state("running")
    assert badge.text == "running"


def test_a_pill_is_as_wide_as_its_word(qtbot: QtBot, theme: Theme) -> None:
    pill = Pill(theme, "a")
    qtbot.addWidget(pill)
    narrow = pill.sizeHint().width()
    assert has(picture(pill), theme.tokens.chip)
    pill.set_text("medium", "state:retry")
    assert pill.sizeHint().width() > narrow
    assert not has(picture(pill), theme.tokens.chip)
    assert pill.accessibleName() == "medium"


def test_a_section_is_heard_as_it_was_written(qtbot: QtBot, theme: Theme) -> None:
    label = SectionLabel("Saved graphs")
    qtbot.addWidget(label)
    assert (label.text(), label.accessibleName()) == ("SAVED GRAPHS", "Saved graphs")


def test_a_line_is_cut_where_room_ends_and_told_whole(qtbot: QtBot, theme: Theme) -> None:
    label = ElidedLabel("<b>one</b> two\nthree four five six seven")
    qtbot.addWidget(label)
    label.resize(80, 20)
    label.show()
    assert label.text().endswith("…")
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert label.full_text == "<b>one</b> two three four five six seven"
    assert "&lt;b&gt;one" in label.toolTip()
    label.resize(600, 20)
    assert label.text() == label.full_text
    assert label.toolTip() == ""


def test_tabs_count(qtbot: QtBot, theme: Theme) -> None:
    tabs = UnderlineTabs(theme, ("Timeline", "Log", "Problems"))
    qtbot.addWidget(tabs)
    bare = tabs.tabSizeHint(2).width()
    tabs.set_count("Problems", 1, "text:retry")
    assert tabs.count_text("Problems") == "1"
    assert tabs.tabSizeHint(2).width() > bare
    assert tabs.accessibleTabName(2) == "Problems 1"
    tabs.set_count("Problems", 250)
    assert tabs.count_text("Problems") == "99+"
    tabs.set_count("Problems", 0)
    assert tabs.tabSizeHint(2).width() == bare
    assert tabs.accessibleTabName(2) == "Problems"


def test_words_move_closer_before_any_is_out_of_sight(qtbot: QtBot, theme: Theme) -> None:
    tabs = UnderlineTabs(theme, ("Timeline", "Log", "Problems", "Runs"))
    qtbot.addWidget(tabs)
    tabs.show()
    tabs.resize(600, 30)
    wide = tabs.tabRect(3).right()
    tabs.resize(wide + 1, 30)
    assert tabs.tabRect(3).right() == wide  # no room is kept behind the last one
    tabs.resize(wide - 10, 30)
    assert tabs.tabRect(3).right() < wide - 10
    tabs.set_count("Log", 12)
    assert tabs.tabRect(3).right() < wide
    tabs.resize(600, 30)
    tabs.set_count("Log", 0)
    assert tabs.tabRect(3).right() == wide


def test_arrows_to_further_tabs_cover_what_stands_behind_them(qtbot: QtBot, theme: Theme) -> None:
    tabs = UnderlineTabs(theme, tuple("W" * 9 for _ in range(9)))
    qtbot.addWidget(tabs)
    tabs.resize(200, tabs.sizeHint().height())
    tabs.show()
    arrows = [each for each in tabs.findChildren(QToolButton) if each.isVisible()]
    assert len(arrows) == 2 and all(each.width() >= 20 for each in arrows)
    for arrow in arrows:
        image = arrow.grab().toImage()
        assert image.pixelColor(1, image.height() // 2).name() == theme.tokens.panel


def test_the_line_stands_under_the_chosen_tab(qtbot: QtBot, theme: Theme) -> None:
    tabs = UnderlineTabs(theme, ("Timeline", "Log"))
    qtbot.addWidget(tabs)
    tabs.resize(300, tabs.sizeHint().height())
    tabs.show()
    with qtbot.waitSignal(tabs.currentChanged):
        qtbot.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=tabs.tabRect(1).center())
    image = tabs.grab().toImage()
    below = [image.pixelColor(tabs.tabRect(i).left() + 3, image.height() - 1).name() for i in (0, 1)]
    assert below[1] == theme.tokens.accent
    assert below[0] != theme.tokens.accent


def test_bars_grow_with_their_values_and_are_picked(qtbot: QtBot, theme: Theme) -> None:
    bars = SparkBars(theme, (Bar(1, "ok", "1 s"), Bar(4, "failed", "failed"), Bar(2, "running", "2 s…")))
    qtbot.addWidget(bars)
    bars.resize(bars.sizeHint())
    heights = [bars.bar_box(index).height() for index in range(3)]
    assert heights[0] < heights[2] < heights[1]
    assert bars.bar_at(QPointF(-5, 5)) == -1
    with qtbot.waitSignal(bars.picked) as heard:
        qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=bars.bar_box(1).center().toPoint())
    assert heard.args == [1]
    assert bars.accessibleName() == "Last runs: ok 1 s, failed failed, running 2 s…"


def test_bars_are_picked_without_a_mouse(qtbot: QtBot, theme: Theme) -> None:
    bars = SparkBars(theme, (Bar(0, "ok", "0 s"), Bar(0, "ok", "0 s")))
    qtbot.addWidget(bars)
    for _ in range(4):
        qtbot.keyClick(bars, Qt.Key.Key_Right)
    with qtbot.waitSignal(bars.picked) as heard:
        qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert heard.args == [1]
    bars.set_bars(())
    assert bars.accessibleName() == "No runs yet"
    assert not bars.grab().isNull()
