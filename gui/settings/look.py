"""Settings of the look: colours, size of text, motion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.base.settings import Settings
from gui.settings_page import SettingsPage, form, note
from gui.studio import Studio
from gui.theme.theme import Appearance
from gui.widgets.number_field import Choice

LOOKS: tuple[Appearance, ...] = ("system", "dark", "light")
SCALES = {None: "as the system", 0.85: "85 %", 1.0: "100 %", 1.15: "115 %", 1.3: "130 %", 1.5: "150 %", 2.0: "200 %"}
MOTION = {None: "as the system", True: "less than usual", False: "as designed"}


class LookPage(SettingsPage):
    name, title, icon, order = "look", "Appearance", "sun", 20

    def __init__(self, studio: Studio, settings: Settings) -> None:
        super().__init__(studio, settings)
        rows = form(self)
        self.look, self.scale, self.motion = Choice(), Choice(), Choice()
        for look in LOOKS:
            self.look.addItem({"system": "as the system"}.get(look, look), look)
        self.look.setCurrentIndex(LOOKS.index(settings.appearance))
        own = settings.font_scale
        for scale, told in (SCALES if own in SCALES else {**SCALES, own: f"{own:.0%}"}).items():
            self.scale.addItem(told, scale)
        for less, told in MOTION.items():
            self.motion.addItem(told, less)
        self.scale.setCurrentIndex(self.scale.findData(own))
        self.motion.setCurrentIndex(list(MOTION).index(settings.reduced_motion))
        for words, box in (("Colours", self.look), ("Size of text", self.scale), ("Motion", self.motion)):
            box.setAccessibleName(words)
            rows.addRow(words, box)
        rows.addRow("", note("With less motion nothing breathes, glides or travels; states keep their glyphs."))

    def changes(self) -> Mapping[str, Any]:
        return {
            "appearance": self.look.currentData(), "font_scale": self.scale.currentData(),
            "reduced_motion": self.motion.currentData(),
        }  # fmt: skip


PAGE = LookPage
