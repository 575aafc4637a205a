"""The page of a first start: which keys and models of this computer were found, and where to begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout

from gui.dialogs.settings import show_settings
from gui.dialogs.templates import show_templates
from gui.settings_page import Asking
from gui.state import WELCOMED
from gui.theme.wear import wear
from gui.widgets.plain_label import plain_label

if TYPE_CHECKING:
    from engine.models.listing import Listing
    from gui.studio import Studio


class Welcome(QDialog):
    """Looks while one reads; nothing waits for it."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.window)
        self.setWindowTitle("Welcome to Baton")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._studio, self._asking = studio, Asking(self)
        self.keys, self.local, self.tiers = (
            plain_label("Looking…" if first else "", "muted") for first in (True, False, False)
        )
        self.sample, self.pattern = QPushButton("Look at the sample"), QPushButton("Start from a pattern…")
        self.settings = QPushButton("Add a key…")
        self._lay_out()
        self.sample.clicked.connect(self.accept)
        for button, then in ((self.pattern, show_templates), (self.settings, show_settings)):
            button.clicked.connect(self.accept)
            button.clicked.connect(lambda _=False, then=then: then(studio))
        self.finished.connect(lambda _: self._asking.close())
        self._fit()
        self._look()

    def show_listing(self, found: Listing) -> None:
        """Says what there is."""
        keyed = [f"{row.title} ({row.key})" for row in found.providers if row.key]
        local = [f"{row.title} with {_models(len(row.models))}" for row in found.providers if row.running]
        none = "No key was found. That is no hindrance: " + (
            "the models on this computer need none." if local else "without one a built-in model rehearses, at no cost."
        )
        self.keys.setText(f"Keys found: {', '.join(keyed)}." if keyed else none)
        self.local.setText(f"Models on this computer: {', '.join(local)}." if local else "No model runs here.")
        self.tiers.setText(f"Now {_meant({tier: name for tier, (name, _) in found.tiers.items()})}.")
        self._studio.window.see_models()
        self._fit()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(28, 24, 28, 24)
        column.setSpacing(10)
        heading = plain_label("Welcome to Baton", "heading")
        about = plain_label(
            "Draw who does what, press Run, and watch each agent at work. Press ? on the canvas for all keys.",
            "muted",
        )
        for part in (heading, about, self.keys, self.local, self.tiers):
            column.addWidget(part)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.settings)
        row.addStretch(1)
        row.addWidget(self.pattern)
        row.addWidget(self.sample)
        wear(self.sample, look="primary")
        self.sample.setDefault(True)
        column.addSpacing(8)
        column.addLayout(row)
        self.setMinimumWidth(self._studio.theme.px(520))

    def _fit(self) -> None:
        """As tall as its words: labels that wrap do not say so by themselves."""
        layout, width = self.layout(), max(self.width(), self.minimumWidth())
        if layout is not None:
            self.resize(width, layout.heightForWidth(width))

    def _look(self) -> None:
        models = self._studio.services.models()

        async def listing() -> Listing:
            try:
                return await models.listing()
            finally:
                await models.aclose()

        self._asking.ask(listing, self.show_listing, lambda error: self.keys.setText(error.message))


def _models(number: int) -> str:
    return f"{number} models" if number != 1 else "1 model"


def _meant(tiers: Mapping[str, str]) -> str:
    """What the tiers mean, in words: those that mean the same together."""
    same = {name: [tier for tier, other in tiers.items() if other == name] for name in tiers.values()}
    parts = [f"{_listed(alike)} {'is' if len(alike) == 1 else 'are'} {name}" for name, alike in same.items()]
    return f"{_listed(parts)}; the settings change that"


def _listed(words: Sequence[str]) -> str:
    *some, last = words
    return f"{', '.join(some)} and {last}" if some else last


def show_welcome(studio: Studio) -> Welcome:
    """Opens it; it is not shown by itself again."""
    studio.state.put(WELCOMED, True)
    dialog = Welcome(studio)
    dialog.show()
    return dialog
