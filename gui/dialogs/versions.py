"""The named versions of a graph: kept, compared with what is there now, brought back, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from engine.base.errors import BatonError
from engine.files.versions import Version, forget, keep, versions_of
from gui.changes import compare, restore
from gui.dialogs.ask import ask
from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_layout
from gui.widgets.plain_label import plain_label

if TYPE_CHECKING:
    from pathlib import Path

    from gui.studio import Studio


class VersionsDialog(QDialog):
    """One row for each version, newest first, and a line that keeps another one."""

    def __init__(self, studio: Studio, path: Path) -> None:
        super().__init__(studio.window)
        self._studio, self._path = studio, path
        self.rows: list[dict[str, QPushButton]] = []
        self._cards: list[QWidget] = []
        self.setWindowTitle("Versions")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        outer = dialog_layout(self, 10)
        outer.addWidget(plain_label(f"Versions of “{studio.filing.name}”", "heading"))
        outer.addWidget(plain_label("Each is a graph file of its own, in a folder beside this one.", "muted"))
        outer.addLayout(self._keep_row())
        page = QWidget()
        wear(page, role="page")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 4, 8, 4)
        self._column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setWidget(page)
        outer.addWidget(area, 1)
        self.resize(studio.theme.px(640), studio.theme.px(480))
        self._fill()

    def _keep_row(self) -> QHBoxLayout:
        self.field = QLineEdit()
        self.field.setPlaceholderText("What is special about it, such as “before the review”")
        self.field.setAccessibleName("Name of the version")
        self.keep = QPushButton("Keep this version")
        self.keep.setDefault(True)
        wear(self.keep, look="primary")
        self.keep.clicked.connect(self._keep)
        row = QHBoxLayout()
        row.addWidget(self.field, 1)
        row.addWidget(self.keep)
        return row

    def _fill(self) -> None:
        for card in self._cards:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        self.rows = []
        found = versions_of(self._path)
        self._cards = [self._card(each) for each in found] or [plain_label("None is kept yet.", "muted")]
        for card in self._cards:
            self._column.insertWidget(self._column.count() - 1, card)

    def _card(self, version: Version) -> QWidget:
        card, texts = QFrame(), QVBoxLayout()
        row = QHBoxLayout(card)
        row.setContentsMargins(0, 4, 0, 4)
        texts.setSpacing(0)
        texts.addWidget(plain_label(f"{version.number}  {version.name}", "body"))
        when = version.at.replace("T", " ").removesuffix("Z")
        texts.addWidget(plain_label(f"{when} UTC{f' · {version.note}' if version.note else ''}", "muted"))
        row.addLayout(texts, 1)
        buttons: dict[str, QPushButton] = {}
        ways = (("Compare", self._compare), ("Restore", self._restore), ("Delete", self._delete))
        for words, do in ways:
            button = buttons[words] = QPushButton(words)
            button.setAutoDefault(False)
            button.setAccessibleName(f"{words} {version.name}")
            wear(button, look="secondary")
            button.clicked.connect(lambda _=False, do=do: do(version))
            row.addWidget(button)
        self.rows.append(buttons)
        return card

    def _keep(self) -> None:
        try:
            keep(self._studio.session.whole, self._path, self.field.text())
        except BatonError as error:
            self._studio.session.say_error(error)
            return
        self.field.clear()
        self._fill()

    def _compare(self, version: Version) -> None:
        try:
            old = version.graph()
        except BatonError as error:
            self._studio.session.say_error(error)
            return
        self.accept()
        compare(self._studio, old, self._studio.session.whole, (f"“{version.name}”", "now"))

    def _restore(self, version: Version) -> None:
        try:
            graph = version.graph()
        except BatonError as error:
            self._studio.session.say_error(error)
            return
        if restore(self._studio, graph, version.name):
            self.accept()

    def _delete(self, version: Version) -> None:
        def answered(words: str) -> None:
            if words == "Delete":
                try:
                    forget(version)
                except BatonError as error:
                    self._studio.session.say_error(error)
                self._fill()

        ask(self, f"Delete the version “{version.name}”?", "It cannot be brought back.", ["Cancel", "Delete"], answered,
            "Delete")  # fmt: skip


def show_versions(studio: Studio) -> VersionsDialog | None:
    """Opens it and returns at once; a graph without a file is saved first."""
    path = studio.session.path
    if path is None:
        studio.filing.ask_save(lambda: show_versions(studio))
        return None
    dialog = VersionsDialog(studio, path)
    dialog.open()
    return dialog
