"""The timeline as painted: what stands beside a bar can be read wherever the playhead is."""

from __future__ import annotations

from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from gui.theme.theme import Theme
from gui.views.lanes import Lane, Span
from gui.views.timeline_chart import TimelineChart


def test_the_playhead_passes_behind_the_words_beside_a_bar(qtbot: QtBot, theme: Theme) -> None:
    chart = TimelineChart(theme)
    qtbot.addWidget(chart)
    chart.resize(900, 200)
    with qtbot.waitExposed(chart):
        chart.show()
    worded, plain = (Lane(key, key, key, (Span(0.0, 1.0, "ok", words),)) for key, words in (("a", "WWWWWW"), ("b", "")))
    chart.show_lanes([worded, plain], 4.0, None)
    places = chart.places
    head = places.seconds_at(places.x_of(1.0) + 20)  # into the words
    assert head is not None
    chart.show_lanes([worded, plain], 4.0, head)
    shown = chart.viewport().grab().toImage()
    scale, accent = shown.devicePixelRatio(), QColor(theme.colour("accent")).rgb()
    middle = places.top_of(1) - places.top_of(0)

    def crossed(row: int) -> bool:
        x, y = places.x_of(head) * scale, (places.top_of(row) + middle / 2) * scale
        return any(shown.pixel(round(x) + beside, round(y)) == accent for beside in (-1, 0, 1))

    assert crossed(1)
    assert not crossed(0)
