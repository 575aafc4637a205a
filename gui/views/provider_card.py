"""One provider in the settings: its address, its key stored and forgotten, and a test that lists its models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QListWidget, QPushButton, QVBoxLayout

from engine.base.errors import BatonError, WrongUse
from gui.settings_page import Asking
from gui.theme.wear import wear

if TYPE_CHECKING:
    from engine.models.listing import ProviderRow
    from gui.studio import Studio

LONGEST_S = 20.0
"""Longest wait for a provider's list of models, in seconds."""


class ProviderCard(QFrame):
    """Signals: `stored` when a key came or went; `moved` with the provider and another address."""

    stored = Signal()
    moved = Signal(str, str)

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        wear(self, role="well")
        self._studio, self._asking = studio, Asking(self)
        self._row: ProviderRow | None = None
        self.title, self.said = QLabel(), QLabel()
        wear(self.title, role="title")
        for label in (self.title, self.said):
            label.setTextFormat(Qt.TextFormat.PlainText)
        self.said.setWordWrap(True)
        self.key, self.address = QLineEdit(), QLineEdit()
        self.key.setEchoMode(QLineEdit.EchoMode.Password)
        self.store, self.forget, self.test = QPushButton("Store"), QPushButton("Forget"), QPushButton("Test")
        self.test.setToolTip("Asks the provider for its models")
        self.models = QListWidget()
        self.models.setAccessibleName("Models of the provider")
        self.models.setMaximumHeight(studio.theme.px(96))
        self._lay_out()
        self.store.clicked.connect(self._store)
        self.forget.clicked.connect(self._forget)
        self.test.clicked.connect(self._test)
        self.address.textEdited.connect(self._address_typed)

    def show_provider(self, row: ProviderRow, address: str) -> None:
        """Shows a provider; what was said of another one is gone. `address` is the user's own, or ""."""
        if self._row is None or self._row.name != row.name:
            self._asking.close()
            self._say("", "muted")
            self.models.hide()
            self.key.clear()
        self._row = row
        self.title.setText(row.title)
        self.key.setPlaceholderText(f"{row.key_env}: paste the key here" if row.key_env else "needs no key")
        self.key.setAccessibleName(f"Key of {row.title}")
        self.address.setText(address)
        self.address.setPlaceholderText(row.base_url or "address")
        self.address.setAccessibleName(f"Address of {row.title}")
        for part in (self.key, self.store):
            part.setEnabled(bool(row.key_env))
        self.forget.setEnabled(row.key == "keyring")

    def leave(self) -> None:
        """Gives up what is asked."""
        self._asking.close()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.setSpacing(8)
        keys, ends = QHBoxLayout(), QHBoxLayout()
        for part, stretch in ((self.key, 1), (self.store, 0), (self.forget, 0)):
            keys.addWidget(part, stretch)
        for part, stretch in ((self.address, 1), (self.test, 0)):
            ends.addWidget(part, stretch)
        for button in (self.store, self.forget, self.test):
            button.setAutoDefault(False)
        column.addWidget(self.title)
        column.addLayout(keys)
        column.addLayout(ends)
        column.addWidget(self.said)
        column.addWidget(self.models)
        self.said.hide()
        self.models.hide()

    def _address_typed(self, text: str) -> None:
        if self._row is not None:
            self.moved.emit(self._row.name, text)

    def _store(self) -> None:
        row, value = self._row, self.key.text().strip()
        if row is not None and value:
            secrets = self._studio.services.secrets
            self._change(lambda: secrets.store(row.key_env, value), "Stored in the keyring of this system.")

    def _forget(self) -> None:
        row = self._row
        if row is not None:
            self._change(lambda: self._studio.services.secrets.forget(row.key_env), "Forgotten.")

    def _change(self, work: Callable[[], None], words: str) -> None:
        async def done() -> None:
            await asyncio.to_thread(work)

        def then(_: object) -> None:
            self.key.clear()
            self._say(words, "good")
            self.stored.emit()

        self._asking.ask(done, then, self._refused)

    def _test(self) -> None:
        row = self._row
        if row is None:
            return
        self._say("Asking…", "muted")
        self.models.hide()
        models = self._studio.services.models()

        async def names() -> list[str]:
            try:
                async with asyncio.timeout(LONGEST_S):
                    return await models.names(row.name)
            except TimeoutError:
                raise WrongUse(f"{row.title} did not answer within {LONGEST_S:g} seconds.") from None
            finally:
                await models.aclose()

        self._asking.ask(names, self._tested, self._refused)

    def _tested(self, names: list[str]) -> None:
        self._say(f"It works: {len(names)} models." if names else "It answers, but offers no model.", "good")
        self.models.clear()
        self.models.addItems(sorted(names))
        self.models.setVisible(bool(names))

    def _refused(self, error: BatonError) -> None:
        self._say(str(error), "error")

    def _say(self, text: str, role: str) -> None:
        self.said.setText(text)
        self.said.setVisible(bool(text))
        wear(self.said, role=role)
