"""The field for the address of a remote agent: its card is looked up on demand, and says what the agent can do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from engine.base.errors import BatonError, NodeError
from engine.base.extras import install
from gui.dialogs.trust import TRUST, ask_trust
from gui.field import Place
from gui.fields.line import LineField
from gui.theme.wear import wear

if TYPE_CHECKING:
    from engine.kinds.a2a.lookup import CardView

LOOK = "Look up what it can do"
MOST_SKILLS = 12


class CardField(LineField):
    """A line, and below it what was found. Nothing is contacted before the button is pressed (T1)."""

    def __init__(self, place: Place) -> None:
        super().__init__(place)
        self.look = QPushButton(LOOK)
        self.look.setIcon(place.studio.icons.icon("search", "muted", 14))
        self.look.clicked.connect(self.ask)
        self.found = QWidget()
        self._lines = QVBoxLayout(self.found)
        self._lines.setContentsMargins(0, 2, 0, 0)
        self._lines.setSpacing(4)
        self.found.hide()
        box = self.layout()
        assert box is not None
        box.addWidget(self.look)
        box.addWidget(self.found)
        self._show_look()

    def set_value(self, value: Any) -> None:
        super().set_value(value)
        self._show_look()

    def ask(self) -> None:
        """Looks the card up, once the graph is trusted."""
        trust = self.place.studio.trust
        could = trust.needed()

        def answered(answer: str) -> None:
            if answer == TRUST and trust.give(could):
                self._look()

        if could:
            ask_trust(self.place.studio, could, answered, to_run=False)
        else:
            self._look()

    def words(self) -> str:
        """What is shown of the agent now."""
        return "\n".join(label.text() for label in self.found.findChildren(QLabel))

    def _show_look(self) -> None:
        self.look.setEnabled(bool(self.line.text().strip()))

    def _look(self) -> None:
        services, config = self.place.studio.services, self.place.config
        address = str(config.get("card", "")).strip()
        headers = {str(name): str(text) for name, text in dict(config.get("headers") or {}).items()}
        self.look.setEnabled(False)
        self.look.setText("Looking…")

        def work() -> CardView:
            from importlib.util import find_spec

            if find_spec("a2a") is None:
                raise BatonError("Remote agents need a library that is not installed.",
                                 f"Install it: {install('a2a')}.")  # fmt: skip
            from engine.kinds.a2a.lookup import look_up
            from engine.kinds.secrets import Filled

            async def looked() -> CardView:
                async def secret(name: str) -> str:
                    value = services.secrets.find(name)
                    if value is None:
                        raise NodeError("credentials", f"The secret “{name}” is not stored.", "Set it first.")
                    return value

                fill = Filled({}, secret)
                filled = {name: await fill.text(text) for name, text in headers.items()}
                return await look_up(address, filled, services.settings.allow_private_addresses)

            return asyncio.run(looked())

        self.place.studio.window.background.do(work, self._show, self._wrong)

    def _show(self, card: CardView) -> None:
        if not isValid(self):  # another node was selected meanwhile
            return
        self._rest()
        who = " · ".join(filter(None, (card.provider, card.version, ", ".join(card.speaks))))
        self._say(card.name or "An agent without a name", "body")
        self._say(who, "faint")
        self._say(card.about, "muted")
        if card.wants:
            self._say(f"It wants callers to say who they are: {', '.join(card.wants)}. Put it into the headers.",
                      "warning")  # fmt: skip
        for skill in card.skills[:MOST_SKILLS]:
            self._say(f"• {skill.name}{f': {skill.about}' if skill.about else ''}", "muted")
        if len(card.skills) > MOST_SKILLS:
            self._say(f"… and {len(card.skills) - MOST_SKILLS} more skills", "muted")

    def _wrong(self, error: BatonError) -> None:
        if not isValid(self):
            return
        self._rest()
        self._say(str(error), "error")

    def _rest(self) -> None:
        self.look.setText(LOOK)
        self._show_look()
        while (item := self._lines.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.setParent(None)
                old.deleteLater()
        self.found.show()

    def _say(self, words: str, role: str) -> None:
        if words:
            label = QLabel(words)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            wear(label, role=role)
            self._lines.addWidget(label)


FIELDS = {"card": CardField}
