"""Puts nodes in line or at equal distances: pure, from their boxes to where they should stand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from engine.graph.graph import Place

Box = tuple[float, float, float, float]
"""x, y, width, height in canvas units."""
Side = Literal["left", "centre", "right", "top", "middle", "bottom"]
Axis = Literal["across", "down"]


def aligned(boxes: Mapping[str, Box], side: Side) -> dict[str, Place]:
    """Where boxes should stand to share a side, or a middle, of the box around them all."""
    left, top = min(box[0] for box in boxes.values()), min(box[1] for box in boxes.values())
    right = max(box[0] + box[2] for box in boxes.values())
    bottom = max(box[1] + box[3] for box in boxes.values())
    places: dict[str, Place] = {}
    for key, (x, y, w, h) in boxes.items():
        match side:
            case "left":
                x = left
            case "right":
                x = right - w
            case "centre":
                x = (left + right - w) / 2
            case "top":
                y = top
            case "bottom":
                y = bottom - h
            case "middle":
                y = (top + bottom - h) / 2
        places[key] = (x, y)
    return places


def distributed(boxes: Mapping[str, Box], axis: Axis) -> dict[str, Place]:
    """Where boxes should stand to have equal gaps; the first and the last stay. Fewer than three stay all."""
    at, long = (0, 2) if axis == "across" else (1, 3)
    order = sorted(boxes, key=lambda key: (boxes[key][at] + boxes[key][long] / 2, key))
    if len(order) < 3:
        return {key: (boxes[key][0], boxes[key][1]) for key in order}
    first, last = boxes[order[0]], boxes[order[-1]]
    gap = (last[at] + last[long] - first[at] - sum(boxes[key][long] for key in order)) / (len(order) - 1)
    places: dict[str, Place] = {}
    here = first[at]
    for key in order:
        x, y = boxes[key][:2]
        places[key] = (here, y) if axis == "across" else (x, here)
        here += boxes[key][long] + gap
    return places
