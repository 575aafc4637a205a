"""The field of a body, the graph inside a container: a picture of it that leads inside, and its text to edit."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from engine.base.errors import FileProblem
from engine.files.format import graph_from_json
from gui.bodies import body_picture
from gui.field import Place
from gui.fields.text import JsonField
from gui.theme.wear import wear


class BodyField(JsonField):
    """Shows a body; its text is folded away until it is asked for."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self._drawn: QPixmap | None = None
        self._drawn_body: Any = ()
        self.picture = QToolButton()
        self.picture.setProperty("look", "slim")
        self.picture.setMinimumWidth(1)  # the picture follows the form's width, never the other way
        self.picture.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.picture.setCursor(Qt.CursorShape.PointingHandCursor)
        self.picture.setToolTip("Go inside")
        self.picture.setAccessibleName("The graph inside, as a picture")
        self.picture.clicked.connect(self._enter)
        self.enter = QPushButton("Go inside")
        self.enter.setIcon(place.studio.icons.icon("subgraph", "muted", 14))
        self.enter.clicked.connect(self._enter)
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setWordWrap(True)
        wear(self.words, role="muted")
        self.fold = QToolButton()
        self.fold.setText("As text")
        self.fold.setCheckable(True)
        self.fold.setProperty("look", "fold")
        self.fold.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.fold.toggled.connect(self._unfold)
        self._unfold(False)
        column = self.layout()
        assert isinstance(column, QVBoxLayout)
        for index, part in enumerate((self.picture, self.words, self.enter, self.fold)):
            column.insertWidget(index, part)
        place.studio.theme.changed.connect(self._draw)

    def editor(self) -> QWidget:
        return self.area if self.fold.isChecked() else self.picture

    def set_value(self, value: Any) -> None:
        super().set_value(value)
        if self._shown != self._drawn_body:
            self._draw()

    def value_of(self, text: str) -> Any:
        value = super().value_of(text)
        if value is not None:
            try:
                graph_from_json(value)
            except FileProblem as error:
                raise ValueError(f"This is no graph yet: {error.message}") from None
        return value

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()

    def _enter(self) -> None:
        session = self.place.studio.session
        session.enter((*session.inside, self.place.node))
        self.place.studio.canvas.setFocus()

    def _unfold(self, is_open: bool) -> None:
        self.area.setVisible(is_open)
        icon = "chevron_down" if is_open else "chevron_right"
        self.fold.setIcon(self.place.studio.icons.icon(icon, "muted", 14))

    def _draw(self) -> None:
        body, words = self._shown, ""
        self._drawn_body = body
        self._drawn = None
        file = self.place.config.get("graph")
        if file:
            words = f"It stands in the file {file}."
        elif not (isinstance(body, dict) and body.get("nodes")):
            words = "Nothing is drawn inside yet."
        else:
            try:
                self._drawn = body_picture(self.place.studio, body)
            except FileProblem as error:
                words = error.message
        self.words.setText(words)
        self.words.setVisible(bool(words))
        self.picture.setVisible(self._drawn is not None)
        self._fit()

    def _fit(self) -> None:
        """The picture as wide as the field, and no larger than it is."""
        if self._drawn is None:
            return
        size = self._drawn.deviceIndependentSize()
        wide = min(self.width() - 4, size.width())
        shown = QSize(round(wide), round(wide * size.height() / size.width()))
        ratio = self._drawn.devicePixelRatio()
        smooth = Qt.TransformationMode.SmoothTransformation
        small = self._drawn.scaled(shown * ratio, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        self.picture.setIconSize(shown)
        self.picture.setIcon(QIcon(small))


FIELDS = {"graph": BodyField}
