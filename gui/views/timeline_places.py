"""Where the timeline has what: moments across, lanes down. Without painting, so that a click finds what was drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from gui.views.lanes import Lane

ROW, HEAD, NAMES, BAR, EDGE, INDENT = 26, 34, 152, 14, 16, 14
"""Lengths of the design: a lane, the ruler above, the names at the left, a bar, the margin, a step inward."""
AFTER: Final = 100
"""Behind the end of the run: room for the words of the last bar."""


@dataclass(frozen=True, slots=True)
class Places:
    """The timeline at one size, in pixels of its viewport.

    Attributes:
        px: a length of the design, scaled with the text.
        width, height: of the viewport.
        seconds: how much time is shown.
        scrolled: how far down it was scrolled.
    """

    px: Callable[[float], int]
    width: int
    height: int
    seconds: float
    scrolled: int

    @property
    def scale(self) -> float:
        """Seconds across the whole chart: a little more than the run, so that its end is not at the edge."""
        return max(1.0, self.seconds * 1.04)

    def x_of(self, seconds: float) -> float:
        """Where a moment is drawn."""
        left = self.px(NAMES)
        return left + seconds / self.scale * max(40.0, self.width - left - self.px(AFTER))

    def seconds_at(self, x: float) -> float | None:
        """The moment drawn at a place, not before the start; None at the end or behind it."""
        left = self.x_of(0.0)
        moment = (x - left) / max(1.0, self.x_of(self.scale) - left) * self.scale
        return None if moment >= self.seconds else max(0.0, moment)

    def row_at(self, y: float) -> int | None:
        """The row under a height, also where no lane is; None above the first."""
        return int((y - self.px(HEAD) + self.scrolled) // self.px(ROW)) if y >= self.px(HEAD) else None

    def top_of(self, row: int) -> int:
        """The upper edge of a row."""
        return self.px(HEAD) + row * self.px(ROW) - self.scrolled

    @property
    def rows(self) -> range:
        """The rows that are seen, at least in part."""
        first = self.scrolled // self.px(ROW)
        return range(first, first + self.height // self.px(ROW) + 2)

    def left_of(self, lane: Lane) -> int:
        """Where the name of a lane begins, or the sign before it that opens and shuts it."""
        return self.px(EDGE - 6 + lane.depth * INDENT)

    def name_of(self, lane: Lane) -> int:
        """Where the name of a lane begins behind that sign, whether or not there is one."""
        return self.left_of(lane) + self.px(INDENT)
