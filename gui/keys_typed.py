"""Keys typed or pasted into fields that are no part of the document: noticed at the field, while one can still go back
(trust.md T3). What comes into the document is noticed by `keys_found.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from shiboken6 import isValid

from engine.base.pasted import pasted_key
from gui.canvas.view import Canvas
from gui.form import Form
from gui.theme.wear import wear
from gui.views.graph_form import GraphForm
from gui.widgets.plain_label import plain_label

if TYPE_CHECKING:
    from gui.window import Window

Field = QLineEdit | QPlainTextEdit | QTextEdit
MOST: Final = 200_000
"""Characters of a text that are looked at: this happens at every letter."""
NARROWEST: Final = 300
WORDS: Final = (
    "This looks like {what}, and what stands here may be kept or sent. "
    "Store it in the settings, under Keys; where a name can stand, write secret://NAME."
)


class KeysTyped(QObject):
    """Follows the keyboard through the fields of one window and of its dialogs."""

    def __init__(self, window: Window) -> None:
        super().__init__(window)
        self._window = window
        self._field: Field | None = None
        self.notice: QWidget | None = None
        """What is said below the field; None while nothing is."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        app.focusChanged.connect(self._moved)

    def _moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        if now is self._field:
            return
        if self._field is not None and isValid(self._field):
            self._field.textChanged.disconnect(self._look)
        else:
            self._field = None  # the keyboard leaves a field that is deleted, too
        self._say("")
        self._field = now if isinstance(now, Field) and self._watched(now) else None
        if self._field is not None:
            self._field.textChanged.connect(self._look)
            self._look()

    def _watched(self, field: Field) -> bool:
        """Whether it belongs to this window, is no part of the document, and is not where a key belongs."""
        if field.isReadOnly() or (isinstance(field, QLineEdit) and field.echoMode() != QLineEdit.EchoMode.Normal):
            return False
        around: QWidget | None = field
        while around is not None and around is not self._window:
            if isinstance(around, Form | GraphForm | Canvas):
                return False
            around = around.parentWidget()
        return around is not None

    def _look(self) -> None:
        field = self._field
        if field is not None:
            text = field.text() if isinstance(field, QLineEdit) else field.toPlainText()
            self._say(pasted_key(text[:MOST]))

    def _say(self, what: str) -> None:
        field, said, self.notice = self._field, self.notice, None
        if said is not None and isValid(said):
            said.deleteLater()
        if field is None:
            return
        if what or said is not None:
            wear(field, invalid=bool(what))
        if what:
            self.notice = _notice(field, WORDS.format(what=what))


def _notice(field: Field, words: str) -> QWidget:
    """Words at a field, over no button: inside a tall one, else above it, since answers stand below."""
    home = field.window()
    made = plain_label(words, "warning")
    made.setParent(home)
    wear(made, look="notice")
    made.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    made.setFixedWidth(min(home.width() - 16, max(NARROWEST, field.width() - 8)))
    made.adjustSize()
    corner, tall = field.mapTo(home, QPoint(4, 0)), made.height()
    inside = corner.y() + field.height() - tall - 4
    above, below = corner.y() - tall - 4, corner.y() + field.height() + 4
    fits_inside = field.height() > tall + 2 * field.fontMetrics().lineSpacing()
    made.move(
        min(corner.x(), home.width() - made.width() - 8), inside if fits_inside else above if above > 0 else below
    )
    made.show()
    made.raise_()
    return made
