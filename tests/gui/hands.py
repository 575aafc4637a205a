"""What hands do in the studio, by real mouse and key events, for stories."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from gui.dialogs.ask import Question
from gui.dialogs.finder import Finder
from gui.panels.inspector import Inspector
from gui.studio import Studio

LEFT = Qt.MouseButton.LeftButton


class Hands:
    """Mouse and keyboard of one studio."""

    def __init__(self, studio: Studio, bot: QtBot) -> None:
        self.studio, self.bot = studio, bot

    def key(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Presses a key where the keyboard is."""
        self.bot.keyClick(QApplication.focusWidget() or self.studio.window, key, held)

    def ctrl(self, key: Qt.Key, *, shift: bool = False) -> None:
        more = Qt.KeyboardModifier.ShiftModifier if shift else Qt.KeyboardModifier.NoModifier
        self.key(key, Qt.KeyboardModifier.ControlModifier | more)

    def type(self, text: str) -> None:
        self.bot.keyClicks(QApplication.focusWidget(), text)

    def at(self, x: float, y: float) -> QPoint:
        """A canvas point as a point of the widget."""
        view = self.studio.canvas.camera.to_view((x, y))
        return QPoint(round(view[0]), round(view[1]))

    def add(self, kind: str, x: float, y: float) -> str:
        """Double-clicks the ground and adds a kind by its first letters. Returns the new node's id."""
        self.settle()
        canvas = self.studio.canvas
        before = set(self.studio.session.graph.nodes)
        self.bot.mouseDClick(canvas, LEFT, pos=self.at(x, y))
        finder = self.finder()
        self.bot.keyClicks(finder.field, kind)
        self.bot.keyClick(finder.field, Qt.Key.Key_Return)
        (new,) = set(self.studio.session.graph.nodes) - before
        return new

    def finder(self) -> Finder:
        """The popup that is open."""
        return next(each for each in self.studio.window.findChildren(Finder) if each.isVisible())

    def wire(self, source: str, out: str, target: str, into: str) -> None:
        """Drags from an output to an input."""
        start, end = self._socket(source, out, output=True), self._socket(target, into, output=False)
        canvas = self.studio.canvas
        self.bot.mousePress(canvas, LEFT, pos=start)
        for step in (1, 2, 3, 4):
            self.bot.mouseMove(canvas, start + (end - start) * (step / 4))
        self.bot.mouseRelease(canvas, LEFT, pos=end)

    def click_node(self, node: str) -> None:
        rect = self.studio.canvas.scene.nodes[node].rect
        self.bot.mouseClick(self.studio.canvas, LEFT, pos=self.at(rect.x + rect.w / 2, rect.y + 10))

    def back_to_canvas(self) -> None:
        """Gives the keyboard to the canvas."""
        self.settle()
        self.studio.canvas.setFocus()

    def settle(self) -> None:
        """Lets what is under way happen; Qt's offscreen screen leaves no window active when a popup has closed."""
        QApplication.processEvents()
        if not self.studio.window.isActiveWindow():
            self.studio.window.activateWindow()
            self.bot.waitUntil(self.studio.window.isActiveWindow)

    def inspector(self) -> Inspector:
        self.settle()  # the form follows the selection by a moment
        return self.studio.window.right.widget("inspector")  # type: ignore[no-any-return]  # panels are found by name

    def retype(self, widget: QWidget, text: str) -> None:
        """Replaces what stands in a field, letter by letter."""
        widget.setFocus()
        self.bot.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        self.bot.keyClick(widget, Qt.Key.Key_Delete)
        self.bot.keyClicks(widget, text)

    def answer(self, words: str) -> None:
        """Presses a button of the question that is open."""
        question = next(each for each in self.studio.window.findChildren(Question) if each.isVisible())
        button = next(each for each in question.buttons if each.text() == words)
        self.bot.mouseClick(button, LEFT)

    def _socket(self, node: str, port: str, *, output: bool) -> QPoint:
        item = self.studio.canvas.scene.nodes[node]
        socket = item.shape.socket(port, output, 99)
        assert socket is not None, f"{node} has no port {port}"
        return self.at(*item.at(socket))


class Heard:
    """A desktop that keeps what it is told."""

    def __init__(self) -> None:
        self.said: list[tuple[str, str]] = []
        self.shares: list[float | None] = []

    def notify(self, title: str, text: str) -> None:
        self.said.append((title, text))

    def progress(self, share: float | None) -> None:
        self.shares.append(share)
