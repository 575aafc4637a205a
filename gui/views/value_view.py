"""One value that a node gave: as text, as Markdown, as a JSON tree or as an image, with copy, save and edit."""

from __future__ import annotations

import base64
import binascii
import json
import mimetypes
from typing import Any, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from engine.agents.images import is_image
from engine.base.values import as_text
from gui.theme.icons import Icons
from gui.theme.wear import wear
from gui.views.json_tree import JsonTree
from gui.views.plain_text import PlainText, TakenPicture, TextHead
from gui.views.rich_text import LONGEST, RichText
from gui.widgets.scaled_image import ScaledImage

MODES: Final = ("Text", "Markdown", "Data")
MOST_JSON: Final = 20_000_000
"""Characters of a text that is looked into for JSON."""
PIXELS: Final = 8_192
"""Width and height of an image that is shown at most."""


class ValueView(QWidget):
    """Signals: `link_asked` with an address; `edit_asked` when it is to be changed and used from here on."""

    link_asked = Signal(str)
    edit_asked = Signal()

    def __init__(self, icons: Icons, title: str, *, mode: str = "Text") -> None:
        super().__init__()
        self.value: Any = None
        self.mode = mode
        self._shown: object = self
        self._data: Any = None
        self.head = TextHead(icons, title, lambda: as_text(self.value))
        self.title = self.head.title
        self.text = PlainText(icons, title)
        self.text.head.hide()
        self.rich, self.tree, self.image = RichText(), JsonTree(), ScaledImage()
        self.rich.link_asked.connect(self.link_asked)
        self.edit = QToolButton()
        self.edit.setIcon(icons.icon("step_forward", "muted", 14))
        self.edit.setToolTip("Change it, and run from here with what was changed…")
        self.edit.setAccessibleName(f"Change {title} and run from here")
        self.edit.clicked.connect(self.edit_asked)
        self.edit.hide()
        self.modes = {name: self._mode_button(name) for name in MODES}
        self.head.row.addWidget(self.edit)
        self._pages = QStackedWidget()
        for page in (self.text, self.rich, self.tree, self.image):
            self._pages.addWidget(page)
        chips = QHBoxLayout()
        chips.setSpacing(4)
        for button in self.modes.values():
            chips.addWidget(button)
        chips.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.head)
        column.addLayout(chips)
        column.addWidget(self._pages, 1)

    def set_value(self, value: Any) -> None:
        """Shows a value; the same one again costs nothing, more of a text is appended."""
        if value is self._shown:
            return
        self.value = self._shown = value
        self._data = value if isinstance(value, dict | list) else _parsed(value)
        self.head.suffix = ".txt" if isinstance(value, str) else ".json"
        self._show()

    def set_mode(self, mode: str) -> None:
        """Shows it as `Text`, `Markdown` or `Data`, where it can be."""
        self.mode = mode
        self._show()

    def _show(self) -> None:
        value, text = self.value, isinstance(self.value, str)
        picture = self.head.picture = _picture(value)
        mode = self._mode()
        choice = picture is None and (text or self._data is not None)
        can = {"Text": True, "Markdown": text and len(value) <= LONGEST, "Data": self._data is not None}
        for name, button in self.modes.items():
            button.setVisible(choice and can[name])
            button.setChecked(name == mode)
        if picture is not None:
            self.head.suffix = mimetypes.guess_extension(value["media_type"]) or ".png"
            self.image.set_image(picture.image)
            self._pages.setCurrentWidget(self.image)
        elif mode == "Data":
            self.tree.set_value(self._data)
            self._pages.setCurrentWidget(self.tree)
        elif mode == "Markdown":
            self.rich.set_markdown(value)
            self._pages.setCurrentWidget(self.rich)
        else:
            self.text.set_text(as_text(value))
            self._pages.setCurrentWidget(self.text)

    def _mode(self) -> str:
        text = isinstance(self.value, str)
        if not text:
            return "Text" if self.mode == "Text as written" or self._data is None else "Data"
        if self.mode == "Markdown" and len(self.value) <= LONGEST:
            return "Markdown"
        return "Data" if self.mode == "Data" and self._data is not None else "Text"

    def _mode_button(self, name: str) -> QToolButton:
        made = QToolButton()
        made.setText(name)
        made.setCheckable(True)
        wear(made, look="chip")
        made.clicked.connect(lambda: self.set_mode(name if isinstance(self.value, str) else _OF_DATA[name]))
        return made


_OF_DATA: Final = {"Text": "Text as written", "Data": "Data", "Markdown": "Data"}
"""What data is shown as at the press of a button: it is a tree unless somebody wants its text."""


def _parsed(value: Any) -> Any:
    """What a text says as JSON, when it is an object or a list; else None."""
    if not isinstance(value, str) or len(value) > MOST_JSON or value.lstrip()[:1] not in ("{", "["):
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _picture(value: Any) -> TakenPicture | None:
    """The image that a value is, as `{"media_type", "data"}`; its bytes are read here and nothing else is."""
    if not is_image(value):
        return None
    try:
        data = base64.b64decode(value["data"], validate=True)
    except (binascii.Error, ValueError):
        return None
    image = QImage.fromData(data)
    if image.isNull() or image.width() > PIXELS or image.height() > PIXELS:
        return None
    return TakenPicture(data, image)
