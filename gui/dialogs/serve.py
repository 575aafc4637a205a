"""How other programs use the graph: commands and settings to copy, for MCP clients and for other agents."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QStackedWidget

from engine.serve.clients import ways
from gui.theme.wear import wear
from gui.views.plain_text import PlainText
from gui.views.tool_card import label
from gui.widgets.dialog_column import dialog_layout
from gui.widgets.tabs import UnderlineTabs

if TYPE_CHECKING:
    from gui.studio import Studio


class ServeDialog(QDialog):
    """A tab for each sort of program. Nothing is started: the other program does that, or the person."""

    def __init__(self, studio: Studio, file: Path) -> None:
        super().__init__(studio.window)
        self.setWindowTitle("Serve this graph")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        found = ways(program(), file)
        self.tabs = UnderlineTabs(studio.theme, tuple(way.title for way in found), line=True)
        self.pages, self.texts = QStackedWidget(), list[PlainText]()
        for way in found:
            text = PlainText(studio.icons, way.about, way.text)
            wear(text.area, mono=True)
            self.texts.append(text)
            self.pages.addWidget(text)
        self.tabs.currentChanged.connect(self.pages.setCurrentIndex)
        close = QPushButton("Close")
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        column = dialog_layout(self, 10)
        column.addWidget(label(f"Use “{studio.filing.name}” from other programs", "heading"))
        told = ("Its inputs become the arguments of a tool, or the message to an agent; its outputs come back. What a "
                "review asks is put to whoever calls.")  # fmt: skip
        column.addWidget(label(told, "muted"))
        if studio.trust.restricted:
            column.addWidget(label("It is not trusted yet, and will not be served before that.", "warning"))
        column.addWidget(self.tabs)
        column.addWidget(self.pages, 1)
        column.addLayout(row)
        self.resize(studio.theme.px(680), studio.theme.px(430))


def program() -> list[str]:
    """How this very Baton is started from outside."""
    beside = Path(sys.executable).with_name("baton")
    return [str(beside)] if beside.is_file() else [sys.executable, "-m", "engine.cli.main"]


def show_serve(studio: Studio) -> ServeDialog | None:
    """Opens it; a graph without a file is saved first."""
    path = studio.session.path
    if path is None:
        studio.filing.ask_save(lambda: show_serve(studio))
        return None
    dialog = ServeDialog(studio, path.resolve())
    dialog.open()
    return dialog
