"""Tidies a graph: where each node stands so that it reads from left to right, with few crossings, in little room."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping
from itertools import pairwise

from engine.graph.graph import Graph, Place
from engine.graph.layers import Layered, is_bend, layered

Size = tuple[float, float]

GRID = 8
GAP_X = 56.0
"""Between two columns, in canvas units."""
GAP_Y = 28.0
"""Between two nodes of a column."""
GAP_PART = 64.0
"""Between parts of the graph that are not joined, and between the rows of a wrapped one."""
USUAL_SIZE: Size = (220.0, 120.0)
_SHAPE = 1.6
"""Width to height of what is aimed at where no width is given."""
_SWEEPS = 6
_BEND_WEIGHT = 8.0


def arrange(
    graph: Graph,
    sizes: Mapping[str, Size],
    nodes: Collection[str] | None = None,
    width: float | None = None,
) -> dict[str, Place]:
    """Where the nodes should stand: in columns along the edges, the same for the same graph.

    Args:
        sizes: id -> width and height as drawn; missing ones are taken as usual.
        nodes: which to arrange; the others stay and are not looked at. None arranges all.
        width: of the window, in canvas units: a pipeline that is longer is wrapped into rows.

    Returns:
        id -> top left corner, on the grid. The whole keeps the top left corner that it had.
    """
    ids = [node for node in graph.nodes if nodes is None or node in nodes]
    if not ids:
        return {}
    chosen = set(ids)
    pairs = [(e.source, e.target) for e in graph.edges.values() if e.source in chosen and e.target in chosen]
    boxes = {node: sizes.get(node, USUAL_SIZE) for node in ids}
    parts = [_part_places(part, boxes, width) for part in layered(ids, pairs)]
    placed = _packed(parts, boxes, width)
    known = [graph.places[node] for node in ids if node in graph.places]
    left, top = min((x for x, _ in known), default=0.0), min((y for _, y in known), default=0.0)
    return {node: (_snap(left + placed[node][0]), _snap(top + placed[node][1])) for node in ids}


def place_missing(graph: Graph, sizes: Mapping[str, Size]) -> dict[str, Place]:
    """Places for the nodes that have none, for drawing: tidy among themselves and below those that stand."""
    missing = [node for node in graph.nodes if node not in graph.places]
    if not missing:
        return {}
    fresh = arrange(graph, sizes, missing)
    standing = [(*graph.places[node], sizes.get(node, USUAL_SIZE)) for node in graph.nodes if node in graph.places]
    if not standing:
        return fresh
    left = _snap(min(x for x, _, _ in standing))
    below = _snap(max(y + size[1] for _, y, size in standing) + GAP_PART)
    return {node: (left + x, below + y) for node, (x, y) in fresh.items()}


def _part_places(part: Layered, sizes: Mapping[str, Size], width: float | None) -> dict[str, Place]:
    """One joined part, its top left corner at (0, 0)."""
    centres = _centres(part, {node: sizes[node][1] if node in sizes else 0.0 for node in part.before})
    wide = [max((sizes[node][0] for node in column if node in sizes), default=0.0) for column in part.columns]
    columns = [[node for node in column if node in sizes] for column in part.columns]
    tops = {node: centres[node] - sizes[node][1] / 2 for column in columns for node in column}
    height = max(tops[node] + sizes[node][1] for node in tops) - min(tops.values())
    places: dict[str, Place] = {}
    y = 0.0
    for row in _rows(wide, height, width):
        inside = [node for index in row for node in columns[index]]
        top = min(tops[node] for node in inside)
        x = 0.0
        for index in row:
            places.update({node: (x, y + tops[node] - top) for node in columns[index]})
            x += wide[index] + GAP_X
        y += max(tops[node] + sizes[node][1] for node in inside) - top + GAP_PART
    return places


def _rows(wide: list[float], height: float, width: float | None) -> Iterable[range]:
    """The columns of each row: one row, or several where the part is much longer than the window is wide."""
    total = sum(wide) + GAP_X * (len(wide) - 1)
    room = total if width is None else max(width, math.sqrt(total * (height + GAP_PART) * _SHAPE))
    start, used = 0, 0.0
    for index, column in enumerate(wide):
        if index > start and used + column > room:
            yield range(start, index)
            start, used = index, 0.0
        used += column + GAP_X
    yield range(start, len(wide))


def _centres(part: Layered, heights: Mapping[str, float]) -> dict[str, float]:
    """The middle of each node: as near to its neighbours' as the order of its column allows."""
    centres: dict[str, float] = {}
    for column in part.columns:
        y = 0.0
        for node in column:
            centres[node] = y + heights[node] / 2
            y += heights[node] + GAP_Y
        shift = (y - GAP_Y) / 2
        centres.update({node: centres[node] - shift for node in column})
    both = {node: [*part.before[node], *part.after[node]] for node in part.before}
    for _ in range(_SWEEPS):
        _settle(part.columns[1:], part.before, centres, heights)
        _settle(part.columns[-2::-1], part.after, centres, heights)
    _settle(part.columns[::-1], both, centres, heights)
    _settle(part.columns, both, centres, heights)
    return centres


def _settle(
    columns: Iterable[list[str]],
    neighbours: Mapping[str, list[str]],
    centres: dict[str, float],
    heights: Mapping[str, float],
) -> None:
    """Moves each column's nodes towards their neighbours: least squares without overlap, by pooling blocks."""
    for column in columns:
        blocks: list[tuple[float, float, int]] = []  # what its nodes wish for, their weight, how many they are
        offsets = [0.0]
        for one, two in pairwise(column):
            offsets.append(offsets[-1] + (heights[one] + heights[two]) / 2 + GAP_Y)
        for node, offset in zip(column, offsets, strict=True):
            weight, count = _weight(node), 1
            total = weight * (_wish(neighbours[node], centres, centres[node]) - offset)
            while blocks and blocks[-1][0] / blocks[-1][1] >= total / weight:
                before = blocks.pop()
                total, weight, count = total + before[0], weight + before[1], count + before[2]
            blocks.append((total, weight, count))
        levels = [total / weight for total, weight, count in blocks for _ in range(count)]
        for node, offset, level in zip(column, offsets, levels, strict=True):
            centres[node] = level + offset


def _wish(near: list[str], centres: Mapping[str, float], otherwise: float) -> float:
    """Where a node would stand best: amid its neighbours."""
    weights = [_weight(other) for other in near]
    total = sum(weight * centres[other] for weight, other in zip(weights, near, strict=True))
    return total / sum(weights) if near else otherwise


def _weight(node: str) -> float:
    """Bends count most, so that long edges run straight and nodes give way."""
    return _BEND_WEIGHT if is_bend(node) else 1.0


def _packed(parts: list[dict[str, Place]], sizes: Mapping[str, Size], width: float | None) -> dict[str, Place]:
    """Parts side by side in rows, in the order of the file."""
    spans = [
        (
            max(x + sizes[node][0] for node, (x, _) in part.items()),
            max(y + sizes[node][1] for node, (_, y) in part.items()),
        )
        for part in parts
    ]
    area = sum((w + GAP_PART) * (h + GAP_PART) for w, h in spans)
    room = max(max(w for w, _ in spans), width or 0.0, math.sqrt(area * _SHAPE))
    placed: dict[str, Place] = {}
    x = y = tallest = 0.0
    for part, (wide, high) in zip(parts, spans, strict=True):
        if x and x + wide > room:
            x, y, tallest = 0.0, y + tallest + GAP_PART, 0.0
        placed.update({node: (x + px, y + py) for node, (px, py) in part.items()})
        x, tallest = x + wide + GAP_PART, max(tallest, high)
    return placed


def _snap(number: float) -> float:
    return float(round(number / GRID) * GRID)
