"""Writing a frame's title or a note's text where it stands: a field over the canvas until one looks elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QRect, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit

from engine.graph import marks
from gui.canvas.geometry import Rect
from gui.canvas.marks import TITLE

if TYPE_CHECKING:
    from gui.canvas.stage import Stage

LEAST: Final = (160, 32)
"""The smallest field, in view pixels."""
LONGEST: Final = 20_000
"""Characters of a note that can be written here."""


class Writing(QPlainTextEdit):
    """The field. Enter ends a title, Ctrl+Enter a note, Escape leaves it as it was, and so ends one undo step."""

    def __init__(self, canvas: Stage, mark: str) -> None:
        super().__init__(canvas)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._canvas, self._mark = canvas, mark
        graph, rect = canvas.session.graph, canvas.scene.marks.rect(mark)
        self._title = mark in graph.frames
        self._before = graph.frames[mark].title if self._title else graph.notes[mark].text
        self._over = False
        self.setPlainText(self._before)
        self.setTabChangesFocus(True)
        self.setAccessibleName("Title of the frame" if self._title else "Text of the note")
        self.setPlaceholderText("Title" if self._title else "Text")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        if rect is not None:
            self.setGeometry(self._place(rect))
        canvas.camera_changed.connect(self._end)
        canvas.session.entered.connect(self._drop)
        canvas.session.replaced.connect(self._drop)
        self.show()
        self.selectAll()
        self.setFocus()

    def _place(self, rect: Rect) -> QRect:
        x, y, w, h = self._canvas.camera.rect_to_view(rect._replace(h=TITLE) if self._title else rect)
        return QRect(round(x), round(y), max(LEAST[0], round(w)), max(LEAST[1], round(h)))

    def event(self, event: QEvent) -> bool:
        """Keeps Ctrl+Enter for itself: elsewhere in the window it runs the graph."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_enter(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = _is_enter(event)
        if event.key() == Qt.Key.Key_Escape:
            self._drop()
        elif enter and (self._title or event.modifiers() & Qt.KeyboardModifier.ControlModifier):
            self._end()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._end()

    def _end(self) -> None:
        """Keeps what was written."""
        session, words = self._canvas.session, self.toPlainText()[:LONGEST]
        words = " ".join(words.split()) if self._title else words
        if not self._over and words != self._before:
            self._over = True  # the commit below may end this field again
            session.commit(marks.set_words(session.graph, self._mark, words), "Write")
        self._drop()

    def _drop(self) -> None:
        self._over = True
        if self.hasFocus():
            self._canvas.setFocus()
        self.close()


def _is_enter(event: QKeyEvent) -> bool:
    return event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
