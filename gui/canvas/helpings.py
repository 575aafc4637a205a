"""Paints as much as one frame has time for: large areas are cut, and what is left waits for the next frame."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from math import inf
from typing import Final

from gui.canvas.geometry import Rect

LEAST: Final = 96.0
"""Device pixels along a piece that is not cut any more."""
REACH: Final = 192.0
"""Device pixels by which a piece is larger than it looks: what lies on a cut is painted once for each side, so that a
tenth of the view takes much longer than a tenth of the time."""
CAREFUL: Final = 30e-9
"""Seconds that a pixel may take while nobody knows: after a change of scale everything is laid out anew."""


class Helpings:
    """Knows how quickly it got on lately, so that a frame is over in time.

    Args:
        clock: seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self._pace = CAREFUL

    def be_careful(self) -> None:
        """How quickly it got on says nothing about what comes."""
        self._pace = max(self._pace, CAREFUL)

    def serve(self, areas: Iterable[Rect], paint: Callable[[Rect], None], seconds: float = inf) -> list[Rect]:
        """Paints areas (device pixels) for about so many seconds, at least one piece. Returns what is left to paint."""
        waiting = [*areas][::-1]
        end, served = self._clock() + seconds, False
        while waiting:
            area, now = waiting.pop(), self._clock()
            if served and now >= end:
                return [area, *waiting[::-1]]
            if _work(area) * self._pace > end - now and max(area.w, area.h) > LEAST:
                if served and end - now < seconds / 2:  # better all of it in the next frame than a sliver in this one
                    return [area, *waiting[::-1]]
                waiting += _halves(area)[::-1]
                continue
            paint(area)
            served = True
            took = (self._clock() - now) / _work(area)
            self._pace += (took - self._pace) / 2
        return []


def _work(area: Rect) -> float:
    """How much there is to paint in an area, in pixels."""
    return (area.w + REACH) * (area.h + REACH)


def _halves(area: Rect) -> tuple[Rect, Rect]:
    """An area cut across its longer side, on full pixels."""
    x, y, w, h = area
    if w >= h:
        half = float(w // 2)
        return Rect(x, y, half, h), Rect(x + half, y, w - half, h)
    half = float(h // 2)
    return Rect(x, y, w, half), Rect(x, y + half, w, h - half)
