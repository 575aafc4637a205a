"""Takes a pasted key out of the graph: it goes to the system's keyring, its name stays (trust.md T3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton

from engine.base.errors import BatonError
from gui.widgets.dialog_column import dialog_column, dialog_foot
from gui.widgets.plain_label import plain_label

if TYPE_CHECKING:
    from gui.keys_found import Pasted
    from gui.studio import Studio

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class StoreKey(QDialog):
    """Asks for the name; storing may wait for the keyring, so it happens elsewhere. The key itself is never shown."""

    def __init__(self, studio: Studio, pasted: Pasted) -> None:
        super().__init__(studio.window)
        self.setWindowTitle("Store the key")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._studio, self._pasted = studio, pasted
        self.name = QLineEdit(pasted.name)
        self.name.setAccessibleName("Name of the key")
        self.wrong = plain_label("", "error")
        self.wrong.hide()
        self.store = QPushButton("Store it")
        self.store.clicked.connect(self._store)
        self._lay_out()

    def _lay_out(self) -> None:
        told = (
            f"What looks like {self._pasted.title} goes to the keyring of this system. In the graph its name stands "
            "instead, as secret://NAME, and can be shared."
        )
        column = dialog_column(self, "Keep the key out of the graph", told)
        for part in (self.name, self.wrong):
            column.addWidget(part)
        column.addSpacing(8)
        column.addLayout(dialog_foot(self, self.store))
        self.name.selectAll()

    def _store(self) -> None:
        name, secrets = self.name.text().strip(), self._studio.services.secrets
        if not NAME.match(name):
            self._say("A name has letters, digits and _, such as OPENAI_API_KEY.")
            return
        self.store.setEnabled(False)
        work = lambda: secrets.store(name, self._pasted.key)  # noqa: E731  (the key must not become an argument of a log)
        self._studio.window.background.do(work, lambda _: self._stored(name), self._refused)

    def _stored(self, name: str) -> None:
        self._pasted.replace(self._studio.session, name)
        self.accept()

    def _refused(self, error: BatonError) -> None:
        self.store.setEnabled(True)
        self._say(str(error))

    def _say(self, text: str) -> None:
        self.wrong.setText(text)
        self.wrong.setVisible(bool(text))


def store_key(studio: Studio, pasted: Pasted) -> StoreKey:
    """Opens it."""
    dialog = StoreKey(studio, pasted)
    dialog.open()
    return dialog
