"""The window that asks for a file or folder, in the look of the studio: it never blocks, and opens with `open()`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QFileInfo, Qt
from PySide6.QtGui import QAbstractFileIconProvider, QIcon
from PySide6.QtWidgets import QFileDialog, QHeaderView, QToolButton, QTreeView, QWidget

from gui.theme.icons import Icons
from gui.theme.wear import wear_completions

BUTTONS: Final = {
    "backButton": "chevron_left", "forwardButton": "chevron_right", "toParentButton": "chevron_up",
    "newFolderButton": "add",
}  # fmt: skip
"""Qt's names of its buttons, and our icons for them."""
WAYS: Final = ("listModeButton", "detailModeButton")
"""Two ways to list files are one too many."""
NAME, SIZE, TYPE, DATE = range(4)
WIDTHS: Final = {SIZE: 88, DATE: 136}
ENDINGS: Final = {".json": "graph", ".zip": "graph", ".png": "image", ".svg": "image", ".py": "code"}


class FileIcons(QAbstractFileIconProvider):
    """Our own pictures of folders and files."""

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self._icons = icons

    def icon(self, of: QFileInfo | QAbstractFileIconProvider.IconType) -> QIcon:
        if not isinstance(of, QFileInfo):
            return self._icons.icon("files" if of == self.IconType.File else "folder")
        name = "folder" if of.isDir() else ENDINGS.get(f".{of.suffix().lower()}", "files")
        return self._icons.icon(name, "accent" if name == "graph" else "muted")


class FileDialog(QFileDialog):
    """Qt's own dialog in our clothes: which icons, and how wide its columns are."""

    def __init__(self, parent: QWidget, icons: Icons, title: str, folder: Path) -> None:
        super().__init__(parent, title, str(folder))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setOption(QFileDialog.Option.DontUseNativeDialog)
        self._file_icons = FileIcons(icons)  # kept: Qt does not own it
        self.setIconProvider(self._file_icons)
        for button in self.findChildren(QToolButton):
            if button.objectName() in BUTTONS:
                icons.dress(button, BUTTONS[button.objectName()])
            elif button.objectName() in WAYS:
                button.hide()
        self.setViewMode(QFileDialog.ViewMode.Detail)
        for tree in self.findChildren(QTreeView):
            tree.setColumnHidden(TYPE, True)
            tree.header().setStretchLastSection(False)
            tree.header().setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
            for column, width in WIDTHS.items():
                tree.header().resizeSection(column, icons.theme.px(width))
        self.resize(icons.theme.px(760), icons.theme.px(480))


def file_dialog(parent: QWidget, icons: Icons, title: str, folder: Path, *, save_as: str = "") -> QFileDialog:
    """Asks for a file that is there, or with `save_as` (a proposed name) for a place to write one."""
    dialog = FileDialog(parent, icons, title, folder)
    if save_as:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(save_as.partition(".")[2])
        dialog.selectFile(save_as)
    else:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    wear_completions(dialog)
    return dialog
