"""The user's settings: pages at the left, one shown at the right. What is changed holds at once when it is saved."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QStackedWidget,
)

from engine.base.errors import BatonError
from engine.base.settings import Settings
from gui.settings_page import SettingsPage, load_pages
from gui.studio import Studio
from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_foot, dialog_layout
from gui.widgets.scrolled import Scrolled


class SettingsDialog(QDialog):
    """All pages over `Settings`."""

    def __init__(self, studio: Studio, settings: Settings) -> None:
        super().__init__(studio.window)
        self.setWindowTitle("Settings")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._studio, self._settings = studio, settings
        self.pages: dict[str, SettingsPage] = {each.name: each(studio, settings) for each in load_pages()}
        self.list, self._stack = QListWidget(), QStackedWidget()
        self.list.setAccessibleName("Pages of the settings")
        self.list.setFixedWidth(studio.theme.px(170))
        self.list.setIconSize(QSize(16, 16))
        for page in self.pages.values():
            self.list.addItem(QListWidgetItem(studio.icons.icon(page.icon, "muted", 16), page.title))
            self._stack.addWidget(_unframed(page))
        self.list.currentRowChanged.connect(self._stack.setCurrentIndex)
        self.wrong = QLabel()
        self.wrong.setTextFormat(Qt.TextFormat.PlainText)
        self.wrong.setWordWrap(True)
        wear(self.wrong, role="error")
        self.wrong.hide()
        self._lay_out()
        self.finished.connect(self._leave)

    def show_page(self, name: str) -> None:
        """Brings a page to the front."""
        self.list.setCurrentRow(list(self.pages).index(name))

    def _lay_out(self) -> None:
        heading = QLabel("Settings")
        wear(heading, role="heading")
        middle = QHBoxLayout()
        middle.setSpacing(20)
        middle.addWidget(self.list)
        middle.addWidget(self._stack, 1)
        column = dialog_layout(self, 12)
        column.addWidget(heading)
        column.addLayout(middle, 1)
        column.addWidget(self.wrong)
        column.addLayout(self._buttons())
        self.resize(820, 600)

    def _buttons(self) -> QHBoxLayout:
        save = QPushButton("Save")
        save.clicked.connect(self._save)
        row = dialog_foot(self, save)
        file = QLabel(str(self._studio.services.home.settings_file))
        file.setTextFormat(Qt.TextFormat.PlainText)
        file.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        wear(file, role="faint")
        row.insertWidget(0, file)
        return row

    def _save(self) -> None:
        changed: dict[str, Any] = {}
        for name, page in self.pages.items():
            try:
                changed |= page.changes()
            except ValueError as error:
                self.show_page(name)
                self.wrong.setText(str(error))
                self.wrong.show()
                return
        settings = self._settings.model_copy(update=changed)
        try:
            self._studio.services.home.save_settings(settings)
        except OSError as error:
            problem = f"The settings cannot be written: {error.strerror}."
            self._studio.session.say_error(BatonError(problem, f"Look at {self._studio.services.home.settings_file}."))
            return
        self._studio.take_settings(settings)
        self.accept()

    def _leave(self) -> None:
        for page in self.pages.values():
            page.leave()


def _unframed(page: SettingsPage) -> QScrollArea:
    wear(page, role="page")
    area = Scrolled(page)
    area.setFrameShape(QFrame.Shape.NoFrame)
    return area


def show_settings(studio: Studio, page: str = "models") -> SettingsDialog | None:
    """Opens it at a page; a settings file that cannot be read is said and not overwritten."""
    try:
        settings = studio.services.home.load_settings()
    except BatonError as error:
        studio.session.say_error(error)
        return None
    dialog = SettingsDialog(studio, settings)
    dialog.show_page(page)
    dialog.open()
    return dialog
