"""Room for a node that was put into a wire: it stands clear of what comes before, and what comes after moves on."""

from __future__ import annotations

from collections.abc import Collection
from math import ceil
from typing import Final

from engine.graph import commands
from engine.graph.graph import Graph
from engine.graph.records import Edge
from gui.canvas.geometry import GRID, Point, Rect
from gui.canvas.placing import upstream
from gui.canvas.scene import Scene

GAP: Final = 48.0
"""Canvas units that a wire is given to be seen between two nodes."""


def with_room(graph: Graph, node: str, edge: Edge, scene: Scene, box: Rect) -> Graph:
    """The graph with what would cover each other moved apart, to the right only; as it is where nothing does.

    Args:
        node: what was spliced in.
        edge: the wire it was put into; `scene` knows where both its ends stand.
        box: where the node stands, in canvas units.
    """
    source, target = scene.nodes[edge.source].rect, scene.nodes[edge.target].rect
    if target.x < source.right:  # the wire leads back: there is no room to the right of it
        return graph
    if _reach(box).meets(source):
        box = box.moved(_steps(source.right + GAP - box.x), 0.0)
    places = {node: (box.x, box.y)}
    if _reach(box).meets(target):
        on = _steps(box.right + GAP - target.x)
        moved = upstream(graph, edge.target, down=True) & graph.places.keys()
        places |= {after: (graph.places[after][0] + on, graph.places[after][1]) for after in moved}
    return commands.move(graph, places)


def on_free_ground(graph: Graph, node: str, scene: Scene, box: Rect) -> Graph:
    """The graph with a new node that stands in `box` moved down until it covers none that was there."""
    while taken := [item.rect for item in scene.nodes.values() if item.rect.grown(GRID).meets(box)]:
        box = box.moved(0.0, _steps(max(rect.bottom for rect in taken) + 3 * GRID - box.y))
    return commands.move(graph, {node: (box.x, box.y)})


def right_of(scene: Scene, nodes: Collection[str], box: Rect) -> Rect:
    """A box in the middle of what stands behind some nodes."""
    before = [scene.nodes[node].rect for node in nodes]
    middle = sum(rect.centre[1] for rect in before) / len(before)
    x, y = max(rect.right for rect in before) + 2 * GAP, middle - box.h / 2
    return Rect(round(x / GRID) * GRID, round(y / GRID) * GRID, box.w, box.h)


def moved_away(scene: Scene, after: Graph) -> dict[str, Point]:
    """Where nodes stand that stand elsewhere afterwards, for the eye to follow them."""
    places = after.places
    return {node: scene.place(node) for node in scene.nodes if node in places and places[node] != scene.place(node)}


def _reach(box: Rect) -> Rect:
    """A box with the gap to either side of it."""
    return Rect(box.x - GAP + 1, box.y, box.w + 2 * GAP - 2, box.h)


def _steps(far: float) -> float:
    """A way to the right, in whole steps of the grid."""
    return max(0.0, ceil(far / GRID) * GRID)
