"""Settings of what runs may cost and reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QCheckBox, QLineEdit

from engine.base.settings import Settings
from gui.settings_page import SettingsPage, form, note, read_amount
from gui.studio import Studio
from gui.widgets.number_field import WholeNumber


class LimitsPage(SettingsPage):
    name, title, icon, order = "limits", "Limits and network", "money", 30

    def __init__(self, studio: Studio, settings: Settings) -> None:
        super().__init__(studio, settings)
        rows = form(self)
        day = settings.budget_day_usd
        self.day = QLineEdit("" if day is None else f"{day:g}")
        self.day.setPlaceholderText("no limit")
        self.at_once = WholeNumber()
        self.at_once.setRange(1, 1000)
        self.at_once.setValue(settings.concurrency)
        self.private = QLineEdit(", ".join(settings.allow_private_addresses))
        self.private.setPlaceholderText("none, such as localhost or wiki.local:8080")
        self.discover = QCheckBox("Look for models on this computer")
        self.discover.setChecked(settings.local_discovery)
        for words, box in (
            ("Most US dollars a day", self.day), ("Nodes at once", self.at_once),
            ("Private hosts allowed", self.private),
        ):  # fmt: skip
            box.setAccessibleName(words)
            rows.addRow(words, box)
        rows.addRow("", note("A trusted graph reaches public addresses, and of the private ones only these."))
        rows.addRow("", self.discover)

    def changes(self) -> Mapping[str, Any]:
        hosts = tuple(host for part in self.private.text().split(",") if (host := part.strip()))
        return {
            "budget_day_usd": read_amount(self.day, "Most US dollars a day"), "concurrency": self.at_once.value(),
            "allow_private_addresses": hosts, "local_discovery": self.discover.isChecked(),
        }  # fmt: skip


PAGE = LimitsPage
