"""The curves of edges: where they run, how far a point is from them, what a swipe cuts. Pure; canvas units."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import dist
from typing import Final, NamedTuple

from gui.canvas.geometry import Point, Rect

LEAST_REACH, MOST_REACH = 26.0, 220.0
"""How far handles reach out at least, and at most where an edge runs backward."""
STEPS: Final = 16
"""Straight pieces that a curve is taken as when it is measured: within a unit for what fits a screen."""


Weights = tuple[float, float, float, float]


def _weights(t: float) -> Weights:
    """How much of its four points goes into the point of a curve at `t`."""
    u = 1 - t
    return u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t


@cache
def _all_weights(steps: int) -> tuple[Weights, ...]:
    return tuple(_weights(i / steps) for i in range(steps + 1))


class Curve(NamedTuple):
    """A cubic Bezier curve from `a` to `b` with handles `c` and `d`."""

    a: Point
    c: Point
    d: Point
    b: Point

    def at(self, t: float) -> Point:
        """The point at `t` (0 at the start, 1 at the end)."""
        return self._points([_weights(t)])[0]

    @property
    def box(self) -> Rect:
        """A box that holds the curve: handles are level with their ends and reach outward (`route`)."""
        (ax, ay), (cx, _), (dx, _), (bx, by) = self
        left, right = (ax if ax < dx else dx), (bx if bx > cx else cx)
        return Rect(left, ay, right - left, by - ay) if ay <= by else Rect(left, by, right - left, ay - by)

    @property
    def pieces(self) -> tuple[Curve, ...]:
        """The curves that it is drawn as."""
        return (self,)

    def points(self, steps: int = STEPS) -> list[Point]:
        """The ends of `steps` straight pieces that follow it."""
        return self._points(_all_weights(steps))

    def _points(self, weights: Sequence[Weights]) -> list[Point]:
        (ax, ay), (cx, cy), (dx, dy), (bx, by) = self
        return [
            (k0 * ax + k1 * cx + k2 * dx + k3 * bx, k0 * ay + k1 * cy + k2 * dy + k3 * by) for k0, k1, k2, k3 in weights
        ]


class Bent(NamedTuple):
    """A way made of several curves, one between each two points that an edge is led through."""

    pieces: tuple[Curve, ...]

    @property
    def a(self) -> Point:
        return self.pieces[0].a

    @property
    def b(self) -> Point:
        return self.pieces[-1].b

    @property
    def box(self) -> Rect:
        """A box that holds all of it: a curve never leaves the box around its ends and handles."""
        corners = [point for piece in self.pieces for point in piece]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        return Rect(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))

    def points(self, steps: int = STEPS) -> list[Point]:
        """The ends of straight pieces that follow it, at least `steps` of them, as many for each curve."""
        each = -(-steps // len(self.pieces))
        return [self.a, *(piece.at(i / each) for piece in self.pieces for i in range(1, each + 1))]


Way = Curve | Bent
"""How an edge runs."""


def led(start: Point, end: Point, bends: Sequence[Point]) -> Way:
    """The way from an output to an input through the points that somebody set, smooth at each of them."""
    if not bends:
        return route(start, end)
    stops = [start, *bends, end]
    slopes = [(b[0] - a[0], b[1] - a[1]) for a, b in zip(stops, stops[2:], strict=False)]
    first, last = stops[1][0] - start[0], end[0] - stops[-2][0]
    slopes = [(2 * max(LEAST_REACH, abs(first)), 0.0), *slopes, (2 * max(LEAST_REACH, abs(last)), 0.0)]
    return Bent(tuple(_piece(a, b, s, t) for (a, b), (s, t) in zip(pairwise(stops), pairwise(slopes), strict=True)))


def _piece(a: Point, b: Point, leaving: Point, arriving: Point) -> Curve:
    """A curve that leaves and arrives in given directions; handles reach no farther than half the way."""
    reach = dist(a, b) / 2.5
    c, d = _towards(leaving, reach), _towards(arriving, reach)
    return Curve(a, (a[0] + c[0], a[1] + c[1]), (b[0] - d[0], b[1] - d[1]), b)


def _towards(direction: Point, reach: float) -> Point:
    long = dist((0.0, 0.0), direction)
    by = min(0.25, reach / long) if long else 0.0
    return direction[0] * by, direction[1] * by


def route(start: Point, end: Point) -> Curve:
    """The curve from an output to an input: leaves to the right and arrives from the left, whatever lies between."""
    dx = end[0] - start[0]
    reach = max(LEAST_REACH, dx * 0.5) if dx > 0 else min(MOST_REACH, LEAST_REACH - dx * 0.5)
    return Curve(start, (start[0] + reach, start[1]), (end[0] - reach, end[1]), end)


def nearest(curve: Way, point: Point) -> tuple[float, float]:
    """How far a point is from a curve, and at which `t` it is nearest."""
    best, where = float("inf"), 0.0
    points = curve.points()
    for i in range(len(points) - 1):
        away, share = _from_piece(point, points[i], points[i + 1])
        if away < best:
            best, where = away, (i + share) / (len(points) - 1)
    return best, where


def crosses(curve: Way, a: Point, b: Point) -> bool:
    """Whether the straight line from `a` to `b` crosses the curve."""
    return any(_meet(one, two, a, b) for one, two in pairwise(curve.points()))


def _from_piece(p: Point, a: Point, b: Point) -> tuple[float, float]:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    share = 0.0 if length == 0 else min(1.0, max(0.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length))
    return dist(p, (a[0] + share * dx, a[1] + share * dy)), share


def _side(a: Point, b: Point, p: Point) -> float:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])


def _meet(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _side(a, b, c) * _side(a, b, d) <= 0 and _side(c, d, a) * _side(c, d, b) <= 0 and (a != b and c != d)
