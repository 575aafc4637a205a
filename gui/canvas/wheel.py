"""How wheels and trackpads move the camera: a wheel zooms at the pointer, two fingers pan, a pinch zooms."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent

from gui.canvas.camera import Camera

STEP: Final = 1.15
"""One notch of a wheel."""


def turned(camera: Camera, event: QWheelEvent) -> Camera:
    """The camera after a wheel event."""
    at = event.position().x(), event.position().y()
    pixels, angle = event.pixelDelta(), event.angleDelta()
    ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
    if not pixels.isNull() and not ctrl and event.phase() != Qt.ScrollPhase.NoScrollPhase:
        return camera.panned(pixels.x(), pixels.y())
    if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
        return camera.panned((angle.x() or angle.y()) * 0.5, 0)
    turns = (angle.y() or angle.x()) / 120
    return camera.zoomed(STEP**turns, at)
