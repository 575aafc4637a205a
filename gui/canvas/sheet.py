"""What a painter needs to know while it draws a part of the canvas: where units fall on pixels, and how much detail."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtGui import QPainter, QTransform

from gui.canvas.camera import FAR, NEAR
from gui.canvas.chrome import ChromeCache
from gui.canvas.ink import Ink


@dataclass(slots=True)
class Sheet:
    """One painting.

    Attributes:
        scale: device pixels for each canvas unit; `left`, `top` the canvas origin in device pixels.
        zoom: what detail goes by: view pixels for each canvas unit.
        pixels: the transform under which the painter's units are device pixels.
        vector: draw shapes instead of copying pictures (SVG, and printing at any scale).
    """

    painter: QPainter
    ink: Ink
    chromes: ChromeCache
    scale: float
    left: float
    top: float
    zoom: float
    pixels: QTransform = field(default_factory=QTransform)
    vector: bool = False
    units: QTransform = field(init=False)

    def __post_init__(self) -> None:
        placed = QTransform(self.scale, 0, 0, self.scale, self.left, self.top)
        self.units = placed * self.pixels

    @property
    def far(self) -> bool:
        """Nodes are plain blocks."""
        return self.zoom < FAR and not self.vector

    @property
    def near(self) -> bool:
        """All text is drawn."""
        return self.zoom >= NEAR or self.vector
