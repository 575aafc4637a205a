"""A canvas in a window without a screen, for the tests of gestures and painting."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.graph.graph import Graph
from engine.graph.records import Edge, Node
from engine.kinds.registry import Kinds
from gui.canvas.camera import Camera
from gui.canvas.view import Canvas
from gui.session import Session
from gui.theme.icons import Icons
from gui.theme.theme import Theme
from tests.engine.conftest import services

__all__ = ["services"]

Point = tuple[float, float]


def chain() -> Graph:
    """input -> agent -> output, and a loose template below."""
    nodes = [
        Node("task", "input", "Task", {"type": "text"}),
        Node("draft", "agent", "Draft", {"prompt": "Write about {{ task }}"}),
        Node("report", "output", "Report"),
        Node("note", "template", "Note", {"template": "Dear {{ name }}"}),
    ]
    edges = [Edge("task", "value", "draft", "task"), Edge("draft", "text", "report", "value")]
    places = {"task": (0.0, 40.0), "draft": (240.0, 0.0), "report": (560.0, 0.0), "note": (240.0, 240.0)}
    return Graph({}, {n.id: n for n in nodes}, {e.key: e for e in edges}, places)


class Hand:
    """Real mouse events at points of the canvas."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def at(self, scene: Point) -> QPoint:
        x, y = self._canvas.camera.to_view(scene)
        return QPoint(round(x), round(y))

    def socket(self, node: str, port: str, *, output: bool, slot: int = 0) -> Point:
        """Where a socket is, in canvas units."""
        item = self._canvas.scene.nodes[node]
        socket = item.shape.socket(port, output, slot)
        assert socket is not None
        return item.at(socket)

    def move(self, scene: Point) -> None:
        QTest.mouseMove(self._canvas, self.at(scene))

    def drag(
        self,
        start: Point,
        end: Point,
        button: Qt.MouseButton = Qt.MouseButton.LeftButton,
        keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
        before_release: Callable[[], None] | None = None,
    ) -> None:
        """Presses, moves in small steps and lets go."""
        a, b = self.at(start), self.at(end)
        QTest.mousePress(self._canvas, button, keys, a)
        for i in range(1, 9):
            self._send_move(a + (b - a) * (i / 8), button, keys)
        if before_release:
            before_release()
        QTest.mouseRelease(self._canvas, button, keys, b)

    def click(self, scene: Point, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.mouseClick(self._canvas, Qt.MouseButton.LeftButton, keys, self.at(scene))

    def _send_move(self, at: QPoint, button: Qt.MouseButton, keys: Qt.KeyboardModifier) -> None:
        from PySide6.QtCore import QEvent, QPointF
        from PySide6.QtGui import QMouseEvent

        there, everywhere = QPointF(at), QPointF(self._canvas.mapToGlobal(at))
        event = QMouseEvent(QEvent.Type.MouseMove, there, everywhere, Qt.MouseButton.NoButton, button, keys)
        QApplication.sendEvent(self._canvas, event)


@pytest.fixture(scope="session")
def kinds() -> Kinds:
    return Kinds.load()


@pytest.fixture
def session(qapp: QApplication, kinds: Kinds) -> Iterator[Session]:
    made = Session(kinds)
    made.show(chain())
    yield made
    made.close()


@pytest.fixture
def canvas(qtbot: QtBot, session: Session, theme: Theme) -> Canvas:
    """900 by 600 pixels, at full size, the canvas origin at (40, 40)."""
    made = Canvas(session, theme, Icons(theme))
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    made.set_camera(Camera(-40, -40, 1.0))
    made.setFocus()
    return made


@pytest.fixture
def hand(canvas: Canvas) -> Hand:
    return Hand(canvas)
