"""Nodes on their way from where they stood to where they stand now, as after tidying: a preview that ends by itself."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

from gui.canvas.geometry import Point
from gui.canvas.scene import Scene

LASTS_S: Final = 0.22
MOST_GLIDING: Final = 500
"""With more nodes nobody could follow, and a frame would take too long."""


class Glide:
    """One such way.

    Args:
        old: where the nodes stood, in canvas units.
    """

    def __init__(self, scene: Scene, old: Mapping[str, Point]) -> None:
        self._scene, self._began = scene, time.monotonic()
        self._away: dict[str, Point] = {}
        for node, (x, y) in old.items():
            here = scene.place(node)
            if node in scene.nodes and here != (x, y):
                self._away[node] = x - here[0], y - here[1]

    def step(self) -> bool:
        """Shows where the nodes are now. Returns whether they have arrived."""
        share = min(1.0, (time.monotonic() - self._began) / LASTS_S)
        left = (1 - share) ** 3
        self._show(left)
        return share >= 1.0 or not self._away

    def land(self) -> None:
        """Shows everything where it stands."""
        self._show(0.0)

    def _show(self, left: float) -> None:
        there = {node: way for node, way in self._away.items() if node in self._scene.nodes}
        self._scene.glide({node: (dx * left, dy * left) for node, (dx, dy) in there.items()})
