"""What became of another tool's file, line by line: what has to be looked at first, what is exact last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from engine.export.importing import HOWS, Imported, Line
from gui.theme.wear import wear
from gui.widgets.plain_label import plain_label
from gui.widgets.scrolled import Scrolled
from gui.widgets.section_label import SectionLabel

if TYPE_CHECKING:
    from gui.studio import Studio

GLYPHS = {
    "warning": ("warning", "state:retry"), "placeholder": ("unknown", "state:retry"),
    "left out": ("minus", "state:failed"), "approximated": ("info", "state:running"), "exact": ("check", "state:ok"),
}  # fmt: skip
MOST = 500


class ReportDialog(QDialog):
    """The report. A click on a line with a node goes there."""

    def __init__(self, studio: Studio, found: Imported) -> None:
        super().__init__(studio.window)
        self._studio = studio
        self.rows: list[QPushButton] = []
        self.setWindowTitle(f"From {found.source}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        page = QWidget()
        wear(page, role="page")
        column = QVBoxLayout(page)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(6)
        column.addWidget(plain_label(found.sentence(), "heading"))
        for how in HOWS:
            lines = [line for line in found.report if line.how == how]
            if lines:
                column.addSpacing(8)
                column.addWidget(SectionLabel(f"{how.capitalize()} ({len(lines)})"))
                for line in lines[:MOST]:
                    column.addLayout(self._row(line))
        column.addStretch(1)
        area = Scrolled(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        self.resize(studio.theme.px(620), studio.theme.px(560))

    def _row(self, line: Line) -> QHBoxLayout:
        row, texts = QHBoxLayout(), QVBoxLayout()
        row.setSpacing(10)
        texts.setSpacing(0)
        glyph = QLabel()
        glyph.setPixmap(self._studio.icons.pixmap(GLYPHS[line.how][0], 16, GLYPHS[line.how][1]))
        row.addWidget(glyph, 0, Qt.AlignmentFlag.AlignTop)
        if line.node in self._studio.session.whole.nodes:
            name = QPushButton(line.what)
            wear(name, look="link")
            name.setToolTip("Show the node")
            name.clicked.connect(lambda: self._studio.session.show_node(line.node))
            self.rows.append(name)
            texts.addWidget(name, 0, Qt.AlignmentFlag.AlignLeft)
        else:
            texts.addWidget(plain_label(line.what, "body"))
        if line.why:
            texts.addWidget(plain_label(line.why, "muted"))
        row.addLayout(texts, 1)
        return row


def show_report(studio: Studio, found: Imported) -> ReportDialog:
    """Opens it and returns at once."""
    dialog = ReportDialog(studio, found)
    dialog.open()
    return dialog
