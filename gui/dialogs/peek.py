"""Peek: what stands inside a container, over the canvas, without going there."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from engine.base.errors import BatonError
from gui.bodies import body_picture
from gui.studio import Studio
from gui.theme.wear import wear

WIDEST, HIGHEST = 640, 420
EDGE: Final = 10


class Peek(QFrame):
    """A picture of a body. A click or Enter goes inside; Escape, and looking elsewhere, closes it."""

    def __init__(self, studio: Studio, node: str) -> None:
        super().__init__(studio.window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._studio, self._node = studio, node
        wear(self, role="popup")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        record = studio.session.graph.nodes[node]
        self.setAccessibleName(f"Inside {record.name}")
        column = QVBoxLayout(self)
        column.setContentsMargins(EDGE, EDGE, EDGE, EDGE)
        picture = QLabel()
        drawn = body_picture(studio, record.config.get("body") or {})
        ratio = drawn.devicePixelRatio()
        room = round(WIDEST * ratio), round(HIGHEST * ratio)
        if drawn.width() > room[0] or drawn.height() > room[1]:
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            drawn = drawn.scaled(*room, keep, smooth)
        picture.setPixmap(drawn)
        column.addWidget(picture)

    def popup(self, at: QPoint) -> None:
        """Opens near a point of the screen, wholly inside the window."""
        self.adjustSize()
        window = self._studio.window
        wanted = window.mapFromGlobal(at)
        x = min(max(0, wanted.x()), max(0, window.width() - self.width()))
        y = min(max(0, wanted.y()), max(0, window.height() - self.height()))
        self.move(x, y)
        self.show()
        self.raise_()
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._enter()
        else:
            self.close()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._enter()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self.close()

    def hideEvent(self, event: QEvent) -> None:
        self._studio.canvas.setFocus()

    def _enter(self) -> None:
        session, node = self._studio.session, self._node
        self.close()
        session.enter((*session.inside, node))


def show_peek(studio: Studio) -> Peek | None:
    """Opens it beside the selected container."""
    (node,) = studio.session.selection
    try:
        peek = Peek(studio, node)
    except BatonError as error:
        studio.session.say_error(error)
        return None
    canvas = studio.canvas
    box = canvas.camera.rect_to_view(canvas.scene.nodes[node].rect)
    peek.popup(canvas.mapToGlobal(QPoint(round(box.x), round(box.bottom) + 8)))
    return peek
