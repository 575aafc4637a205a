"""The user's settings: how it looks, what the tiers mean, which keys are there. Keys are shown by name only (T3)."""

from __future__ import annotations

import math
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
)  # fmt: skip

from engine.base.errors import BatonError
from engine.base.settings import TIERS, Settings
from gui.models import model_names
from gui.studio import Studio
from gui.theme.theme import Appearance
from gui.theme.wear import wear
from gui.widgets.number_field import Choice

LOOKS: tuple[Appearance, ...] = ("system", "dark", "light")


class SettingsDialog(QDialog):
    """A form over `Settings`; what is changed holds at once when saved."""

    def __init__(self, studio: Studio, settings: Settings) -> None:
        super().__init__(studio.window)
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._studio, self._settings = studio, settings
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(10)
        heading = QLabel("Settings")
        wear(heading, role="heading")
        column.addWidget(heading)
        form = QFormLayout()
        form.setHorizontalSpacing(20)
        form.setVerticalSpacing(10)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        self.look = Choice()
        self.look.addItems([look.capitalize() for look in LOOKS])
        self.look.setCurrentIndex(LOOKS.index(settings.appearance))
        form.addRow("Colours", self.look)
        self.motion = QCheckBox("Less motion than usual")
        self.motion.setChecked(bool(settings.reduced_motion))
        form.addRow("", self.motion)
        self.tiers = {tier: self._tier(form, tier) for tier in TIERS}
        day = settings.budget_day_usd
        self.day = QLineEdit("" if day is None else f"{day:g}")
        self.day.setPlaceholderText("no limit")
        form.addRow("Most US dollars a day", self.day)
        self.private = QLineEdit(", ".join(settings.allow_private_addresses))
        self.private.setPlaceholderText("none, such as localhost or wiki.local:8080")
        self.private.setToolTip("Hosts that a trusted graph may reach although they are not public")
        form.addRow("Private hosts allowed", self.private)
        self.wrong = QLabel("A number of 0 or more is expected for a day.")
        wear(self.wrong, role="error")
        self.wrong.hide()
        form.addRow("", self.wrong)
        column.addLayout(form)
        note = QLabel(self._note())
        note.setTextFormat(Qt.TextFormat.PlainText)
        note.setWordWrap(True)
        wear(note, role="muted")
        column.addWidget(note)
        column.addSpacing(8)
        column.addLayout(self._buttons())
        self.resize(520, self.sizeHint().height())

    def _tier(self, form: QFormLayout, tier: str) -> QComboBox:
        box = Choice()
        box.setEditable(True)
        box.addItem("")
        box.addItems([name for name in model_names(self._studio.services) if name not in TIERS])
        box.setCurrentText(self._settings.tiers.get(tier, ""))
        line = box.lineEdit()
        if line is not None:
            line.setPlaceholderText("the first provider with a key, else rehearsal")
        form.addRow(f"Model “{tier}”", box)
        return box

    def _note(self) -> str:
        return (
            "A model is written provider/model, such as openai/gpt-5 or ollama/llama3.2. Keys are read from the "
            "system's keyring, then from variables such as OPENAI_API_KEY; they never enter a graph.\n"
            f"All settings: {self._studio.services.home.settings_file}"
        )

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        cancel, save = QPushButton("Cancel"), QPushButton("Save")
        save.setDefault(True)
        wear(save, look="primary")
        cancel.clicked.connect(self.reject)
        save.clicked.connect(self._save)
        row.addWidget(cancel)
        row.addWidget(save)
        return row

    def _save(self) -> None:
        tiers = {tier: box.currentText().strip() for tier, box in self.tiers.items() if box.currentText().strip()}
        look = LOOKS[self.look.currentIndex()]
        hosts = [host for part in self.private.text().split(",") if (host := part.strip())]
        try:
            day = _amount(self.day.text())
        except ValueError:
            wear(self.day, invalid=True)
            self.wrong.show()
            return
        changed: dict[str, Any] = {
            "appearance": look, "tiers": tiers, "reduced_motion": True if self.motion.isChecked() else None,
            "budget_day_usd": day, "allow_private_addresses": tuple(hosts),
        }  # fmt: skip
        settings = self._settings.model_copy(update=changed)
        try:
            self._studio.services.home.save_settings(settings)
        except OSError as error:
            problem = f"The settings cannot be written: {error.strerror}."
            self._studio.session.say_error(BatonError(problem, f"Look at {self._studio.services.home.settings_file}."))
            return
        self._studio.take_settings(settings)
        self.accept()


def _amount(text: str) -> float | None:
    """US dollars that were typed, None for none. Raises ValueError when it is no amount."""
    amount = float(text.replace(",", ".")) if text.strip() else None
    if amount is not None and not 0 <= amount < math.inf:
        raise ValueError(text)
    return amount


def show_settings(studio: Studio) -> SettingsDialog | None:
    """Opens it; a settings file that cannot be read is said and not overwritten."""
    try:
        settings = studio.services.home.load_settings()
    except BatonError as error:
        studio.session.say_error(error)
        return None
    dialog = SettingsDialog(studio, settings)
    dialog.open()
    return dialog
