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
    model, root = tree.model(), tree.rootIndex

    def pictures() -> dict[str, QImage]:
        rows = [model.index(row, NAME, root()) for row in range(model.rowCount(root()))]
        return {row.data(): row.data(Qt.ItemDataRole.DecorationRole).pixmap(16, 16).toImage() for row in rows}

    folder, graph = icons.icon("folder"), icons.icon("graph", "accent")
    wanted = {"inner": folder.pixmap(16, 16).toImage(), "a_graph.baton.json": graph.pixmap(16, 16).toImage()}
    qtbot.waitUntil(lambda: pictures() == wanted)  # Qt reads folders on a thread of its own, and sorts them later
    assert tree.isColumnHidden(TYPE)
    for column in (NAME, SIZE, DATE):
        assert tree.columnWidth(column) >= tree.sizeHintForColumn(column)
    dialog.reject()
