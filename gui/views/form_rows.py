"""What a form is laid out of: a row for each field, rows beside each other, and sections that fold away."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QToolButton, QVBoxLayout, QWidget

from gui.field import FieldEditor, Place
from gui.theme.wear import wear
from gui.views.field_head import FieldHead
from gui.widgets.elided_label import plain_tooltip
from gui.widgets.plain_label import plain_label

if TYPE_CHECKING:
    from gui.studio import Studio


class Grid(QWidget):
    """Rows of fields, narrow ones two beside each other; those that do not matter now are not there."""

    def __init__(self, around: QWidget) -> None:
        super().__init__(around)
        self.rows: list[Row] = []
        self.shown: list[Row] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(12)
        for column in (0, 1):
            self._grid.setColumnStretch(column, 1)

    def show_rows(self, rows: list[Row]) -> None:
        """Lays out these rows and hides the others."""
        if rows == self.shown:
            return
        self.shown = rows
        for row in self.rows:
            self._grid.removeWidget(row)
            row.setVisible(row in rows)
        at = half = 0
        for row in rows:
            compact = row.editor.compact
            if not compact:
                at, half = at + half, 0
            self._grid.addWidget(row, at, half, 1, 1 if compact else 2, Qt.AlignmentFlag.AlignTop)
            at, half = (at, 1) if compact and half == 0 else (at + 1, 0)


class Row(QWidget):
    """One field: its title, its editor, a message under it, and the way back to the default."""

    def __init__(self, place: Place, editor: type[FieldEditor], around: QWidget) -> None:
        super().__init__(around)
        self.field = place.field
        self.head = FieldHead(place.studio.icons, place.field.title, place.field.help, self)
        self.editor = editor(place)
        self.title, self.reset = self.head.title, self.head.reset
        if place.field.widget == "switch":  # it has its title beside it
            self.head.hide()
        self.message = plain_label("", parent=self)
        self.message.hide()
        self.setToolTip(plain_tooltip(place.field.help))
        self.editor.editor().setAccessibleDescription(place.field.help)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self.head, self.editor, self.message):
            column.addWidget(part)
        self.editor.doubted.connect(lambda text: self.say(text, "error"))

    def show_value(self, value: Any, *, is_set: bool) -> None:
        """Shows a value, and whether it is one's own or the default."""
        self.editor.set_value(value)
        self.reset.setVisible(is_set and value != self.field.default)

    def say(self, text: str, role: str) -> None:
        """Shows a message under the field; "" takes it away."""
        self.message.setText(text)
        self.message.setVisible(bool(text))
        wear(self.message, role=role)
        wear(self.editor.editor(), invalid=bool(text) and role == "error")


class Fold(QWidget):
    """A section of a form that can be folded away; its content is built when it is first opened."""

    def __init__(self, studio: Studio, title: str, build: Callable[[QWidget], QWidget], around: QWidget) -> None:
        super().__init__(around)
        self._icons, self._build = studio.icons, build
        self._content: QWidget | None = None
        self.head = QToolButton(self)
        self.head.setText(title)
        self.head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.head.setCheckable(True)
        self.head.setProperty("look", "fold")
        self.head.setIcon(self._icons.icon("chevron_right", "muted", 14))
        self.head.toggled.connect(self._show)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(self.head)

    def _show(self, is_open: bool) -> None:
        if self._content is None:
            self._content = self._build(self)
            self._column.addWidget(self._content)
        self._content.setVisible(is_open)
        self.head.setIcon(self._icons.icon("chevron_down" if is_open else "chevron_right", "muted", 14))
