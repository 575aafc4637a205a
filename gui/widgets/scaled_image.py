"""A picture as wide as there is room, never larger than it is and never cut off."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

SHARP = 1280
"""Pixels of width that are kept for showing: enough for a panel on a fine screen."""


class ScaledImage(QWidget):
    """Shows one image at its upper left corner."""

    def __init__(self) -> None:
        super().__init__()
        self._image, self._own = QImage(), QSize()

    def set_image(self, image: QImage) -> None:
        """Shows another image."""
        self._own = image.size()
        smooth = Qt.TransformationMode.SmoothTransformation
        self._image = image.scaledToWidth(SHARP, smooth) if image.width() > SHARP else image
        self.setAccessibleName(f"Picture, {image.width()} by {image.height()} pixels")
        self.update()

    @property
    def shown(self) -> QRect:
        """Where the picture stands."""
        room = self.size().boundedTo(self._own)
        return QRect(QPoint(), self._own.scaled(room, Qt.AspectRatioMode.KeepAspectRatio))

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.shown, self._image)
