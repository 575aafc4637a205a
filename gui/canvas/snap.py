"""Where a dragged node comes to lie: in line with its neighbours, else on the grid. Pure; canvas units."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from gui.canvas.geometry import GRID, Point, Rect, snapped


class Snap(NamedTuple):
    """How far to move in all, and the lines that show with what it is aligned."""

    dx: float
    dy: float
    guides: tuple[tuple[Point, Point], ...] = ()


def snap(box: Rect, dx: float, dy: float, others: Iterable[Rect], reach: float) -> Snap:
    """The movement nearest to `dx`, `dy` that puts `box` in line with others or on the grid.

    Args:
        reach: how far an alignment attracts; beyond it the grid decides.
    """
    wanted = box.moved(dx, dy)
    nearby = list(others)
    across = _best([wanted.x, wanted.centre[0], wanted.right], [(r.x, r.centre[0], r.right) for r in nearby], reach)
    down = _best([wanted.y, wanted.centre[1], wanted.bottom], [(r.y, r.centre[1], r.bottom) for r in nearby], reach)
    final_dx = dx + across[0] if across else snapped(wanted.x) - box.x
    final_dy = dy + down[0] if down else snapped(wanted.y) - box.y
    placed = box.moved(final_dx, final_dy)
    guides: list[tuple[Point, Point]] = []
    if across:
        span = placed.united(nearby[across[2]])
        guides.append(((across[1], span.y - GRID), (across[1], span.bottom + GRID)))
    if down:
        span = placed.united(nearby[down[2]])
        guides.append(((span.x - GRID, down[1]), (span.right + GRID, down[1])))
    return Snap(final_dx, final_dy, tuple(guides))


def _best(own: list[float], others: list[tuple[float, float, float]], reach: float) -> tuple[float, float, int] | None:
    """The smallest shift that puts one of `own` on the same kind of line of another box: shift, line, which box."""
    best: tuple[float, float, int] | None = None
    for which, lines in enumerate(others):
        for mine, theirs in zip(own, lines, strict=True):
            shift = theirs - mine
            if abs(shift) <= reach and (best is None or abs(shift) < abs(best[0])):
                best = shift, theirs, which
    return best
