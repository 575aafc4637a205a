"""A run's timeline as SVG: one row for each node, one bar for each attempt. Pure; every text in it is escaped (T7)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from engine.run.view import AttemptView, View

LABEL: Final = 220.0
WIDTH: Final = 760.0
ROW: Final = 22.0
TICKS: Final = 5
_NAME: Final = 30
"""Characters of a node's key."""


def chart(view: View, keys: Sequence[str]) -> str:
    """The chart of the nodes of some keys, in this order; "" when none of them ran."""
    ran = [key for key in keys if view.nodes[key].attempts]
    if not ran or view.started is None:
        return ""
    begin = view.started
    length = max((view.ended or view.now) - begin, 0.001)
    rows = [_row(index, key, view, begin, length) for index, key in enumerate(ran)]
    height = ROW * len(ran) + 28
    ticks = "".join(_tick(number * length / TICKS, length, height) for number in range(TICKS + 1))
    size = f'viewBox="0 0 {LABEL + WIDTH + 4:g} {height:g}" width="{LABEL + WIDTH + 4:g}" height="{height:g}"'
    return f'<svg class="timeline" role="img" aria-label="Timeline" {size}>{ticks}{"".join(rows)}</svg>'


def _row(index: int, key: str, view: View, begin: float, length: float) -> str:
    node, y = view.nodes[key], 22 + ROW * index
    bars = [_bar(attempt, node.status, y, begin, length, view.ended or view.now) for attempt in node.attempts]
    name = key if len(key) <= _NAME else f"…{key[1 - _NAME :]}"
    return f'<text x="0" y="{y + 13:g}">{escape(name)}</text>{"".join(bars)}'


def _bar(attempt: AttemptView, status: str, y: float, begin: float, length: float, end: float) -> str:
    ended = end if attempt.ended is None else attempt.ended
    x = LABEL + (attempt.started - begin) / length * WIDTH
    width = max((ended - attempt.started) / length * WIDTH, 2.0)
    state = status if attempt.outcome == "running" else attempt.outcome
    said = f"attempt {attempt.number}: {state}, {ended - attempt.started:.2f} s {attempt.model} {attempt.note}".strip()
    box = f'x="{x:.1f}" y="{y:g}" width="{width:.1f}" height="{ROW - 8:g}" rx="3"'
    return f'<rect class="bar {escape(state)}" {box}><title>{escape(said)}</title></rect>'


def _tick(seconds: float, length: float, height: float) -> str:
    x = LABEL + seconds / length * WIDTH
    last = seconds >= length  # its words stand before its line, where there is room
    place = f'x="{x - 3:.1f}" text-anchor="end"' if last else f'x="{x + 3:.1f}"'
    words = f"{seconds:.2f} s" if length < 10 else f"{seconds:.0f} s"
    return (
        f'<line class="rule" x1="{x:.1f}" x2="{x:.1f}" y1="16" y2="{height:g}"/>'
        f'<text class="tick" {place} y="12">{words}</text>'
    )
