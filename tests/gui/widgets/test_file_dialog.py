"""The dialog that asks for a file wears the studio's icons, and shows names, sizes and dates whole."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QTreeView, QWidget
from pytestqt.qtbot import QtBot

from gui.theme.icons import Icons
from gui.widgets.file_dialog import DATE, NAME, SIZE, TYPE, file_dialog


def test_files_wear_our_icons_and_their_columns_have_room(qtbot: QtBot, icons: Icons, tmp_path: Path) -> None:
    (tmp_path / "a_graph.baton.json").write_text("{}" * 40_000, "utf-8")
    (tmp_path / "inner").mkdir()
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    dialog = file_dialog(parent, icons, "Open", tmp_path)
    dialog.open()
    (tree,) = dialog.findChildren(QTreeView)
    root = tree.rootIndex
    qtbot.waitUntil(lambda: tree.model().rowCount(root()) == 2)

    def picture(row: int) -> QImage:
        icon = tree.model().index(row, NAME, root()).data(Qt.ItemDataRole.DecorationRole)
        return icon.pixmap(16, 16).toImage()  # type: ignore[no-any-return]  # Qt's own stub

    assert picture(0) == icons.icon("folder").pixmap(16, 16).toImage()
    assert picture(1) == icons.icon("graph", "accent").pixmap(16, 16).toImage()
    assert tree.isColumnHidden(TYPE)
    for column in (NAME, SIZE, DATE):
        assert tree.columnWidth(column) >= tree.sizeHintForColumn(column)
    dialog.reject()
