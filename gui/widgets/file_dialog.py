"""The window that asks for a file or folder, in the look of the studio: it never blocks, and opens with `open()`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QToolButton, QWidget

from gui.theme.icons import Icons
from gui.theme.wear import wear_completions

BUTTONS: Final = {
    "backButton": "chevron_left", "forwardButton": "chevron_right", "toParentButton": "chevron_up",
    "newFolderButton": "add",
}  # fmt: skip
"""Qt's names of its buttons, and our icons for them."""
WAYS: Final = ("listModeButton", "detailModeButton")
"""Two ways to list files are one too many."""


def file_dialog(parent: QWidget, icons: Icons, title: str, folder: Path, *, save_as: str = "") -> QFileDialog:
    """Asks for a file that is there, or with `save_as` (a proposed name) for a place to write one."""
    dialog = QFileDialog(parent, title, str(folder))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    if save_as:
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(save_as.partition(".")[2])
        dialog.selectFile(save_as)
    else:
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    for button in dialog.findChildren(QToolButton):
        if button.objectName() in BUTTONS:
            icons.dress(button, BUTTONS[button.objectName()])
        elif button.objectName() in WAYS:
            button.hide()
    dialog.resize(icons.theme.px(760), icons.theme.px(480))
    wear_completions(dialog)
    return dialog
