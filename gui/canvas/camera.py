"""Which part of the canvas is looked at, and how large. Pure: every move gives a new camera."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from gui.canvas.geometry import Point, Rect

NEAREST, FARTHEST = 4.0, 0.02
FAR: Final = 0.22
"""Below this zoom nodes are plain blocks and edges straight lines."""
NEAR: Final = 0.5
"""From this zoom on all text is drawn; between the two only titles."""


@dataclass(frozen=True, slots=True)
class Camera:
    """`x`, `y`: the canvas point in the view's top left corner. `zoom`: view pixels for one canvas unit."""

    x: float = 0.0
    y: float = 0.0
    zoom: float = 1.0

    def to_scene(self, view: Point) -> Point:
        """The canvas point under a view point."""
        return self.x + view[0] / self.zoom, self.y + view[1] / self.zoom

    def to_view(self, scene: Point) -> Point:
        """Where a canvas point is seen."""
        return (scene[0] - self.x) * self.zoom, (scene[1] - self.y) * self.zoom

    def rect_to_view(self, rect: Rect) -> Rect:
        x, y = self.to_view((rect.x, rect.y))
        return Rect(x, y, rect.w * self.zoom, rect.h * self.zoom)

    def rect_to_scene(self, rect: Rect) -> Rect:
        x, y = self.to_scene((rect.x, rect.y))
        return Rect(x, y, rect.w / self.zoom, rect.h / self.zoom)

    def panned(self, dx: float, dy: float) -> Camera:
        """After what is seen moved by `dx`, `dy` view pixels."""
        return replace(self, x=self.x - dx / self.zoom, y=self.y - dy / self.zoom)

    def zoomed(self, factor: float, at: Point) -> Camera:
        """Larger by `factor`, the canvas point under the view point `at` staying where it is."""
        zoom = round(min(NEAREST, max(FARTHEST, self.zoom * factor)), 9)  # in and out again is the same: pictures stay
        x, y = self.to_scene(at)
        return Camera(x - at[0] / zoom, y - at[1] / zoom, zoom)

    def centred(self, scene: Point, size: Point) -> Camera:
        """With a canvas point in the middle of a view of `size`."""
        return replace(self, x=scene[0] - size[0] / 2 / self.zoom, y=scene[1] - size[1] / 2 / self.zoom)


SMALL_MARGIN = 12
"""In a small view the margin is this part of its shorter side."""


def framing(rect: Rect, size: Point, margin: float = 48.0, nearest: float = 1.0) -> Camera:
    """The camera that shows all of `rect` in a view of `size`, with a margin of at most so many view pixels around it.

    Args:
        nearest: the largest zoom, so that one small node does not fill the window.
    """
    margin = min(margin, min(size) / SMALL_MARGIN)
    room = max(16.0, size[0] - 2 * margin), max(16.0, size[1] - 2 * margin)
    fit = min(room[0] / max(1.0, rect.w), room[1] / max(1.0, rect.h))
    zoom = min(nearest, max(FARTHEST, fit))
    return Camera(zoom=zoom).centred(rect.centre, size)
