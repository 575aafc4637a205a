"""Starts from a pattern, or from what one kept: a list with pictures, as a new graph or put into the present one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QPixmap
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout

from engine.base.errors import BatonError
from gui.adding import insert
from gui.dialogs.ask import ask
from gui.dialogs.name import NameDialog, ask_name
from gui.templates import Template, forget, keep, started, templates
from gui.theme.wear import wear
from gui.widgets.dialog_column import dialog_layout

if TYPE_CHECKING:
    from gui.studio import Studio

PICTURE = QSize(460, 250)


class TemplatesDialog(QDialog):
    """Enter makes a new graph of the chosen one."""

    def __init__(self, studio: Studio) -> None:
        super().__init__(studio.window)
        self.setWindowTitle("Start from a pattern")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._studio = studio
        self._found: list[Template] = []
        self.list = QListWidget()
        self.list.setAccessibleName("Patterns")
        self.list.setFixedWidth(studio.theme.px(220))
        self.picture, self.about = QLabel(), QLabel()
        self.picture.setFixedSize(PICTURE)
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setWordWrap(True)
        wear(self.about, role="muted")
        self.new, self.here, self.delete = QPushButton("New graph"), QPushButton("Put it in"), QPushButton("Delete")
        self._lay_out()
        self.list.currentRowChanged.connect(self._show)
        self.list.itemActivated.connect(lambda _: self._start())
        self.new.clicked.connect(self._start)
        self.here.clicked.connect(self._insert)
        self.delete.clicked.connect(self._ask_delete)
        self._fill()

    def _lay_out(self) -> None:
        heading = QLabel("Start from a pattern")
        wear(heading, role="heading")
        right = QVBoxLayout()
        right.setSpacing(10)
        right.addWidget(self.picture)
        right.addWidget(self.about)
        right.addStretch(1)
        middle = QHBoxLayout()
        middle.setSpacing(20)
        middle.addWidget(self.list)
        middle.addLayout(right, 1)
        row = QHBoxLayout()
        row.addWidget(self.delete)
        row.addStretch(1)
        row.addWidget(self.here)
        row.addWidget(self.new)
        wear(self.new, look="primary")
        wear(self.delete, look="danger")
        self.new.setDefault(True)
        self.here.setToolTip("Adds its nodes to the graph that is shown")
        column = dialog_layout(self, 12)
        column.addWidget(heading)
        column.addLayout(middle, 1)
        column.addLayout(row)

    def _fill(self) -> None:
        self._found = templates(self._studio.services.home)
        self.list.clear()
        for each in self._found:
            icon = "note" if each.own else "template"
            self.list.addItem(QListWidgetItem(self._studio.icons.icon(icon, "muted", 16), each.title))
        self.list.setCurrentRow(0)

    @property
    def chosen(self) -> Template:
        """The one that is selected."""
        return self._found[max(0, self.list.currentRow())]

    def _show(self, row: int) -> None:
        if not 0 <= row < len(self._found):
            return
        from gui.canvas.picture import Picture

        ratio = self.devicePixelRatioF()
        image = Picture(self.chosen.graph, self._studio.services.kinds, dark=self._studio.theme.dark).image(ratio)
        wanted = QSize(round(PICTURE.width() * ratio), round(PICTURE.height() * ratio))
        smooth = Qt.TransformationMode.SmoothTransformation
        picture = QPixmap.fromImage(image.scaled(wanted, Qt.AspectRatioMode.KeepAspectRatio, smooth))
        picture.setDevicePixelRatio(ratio)
        self.picture.setPixmap(picture)
        count = len(self.chosen.graph.nodes)
        self.about.setText(self.chosen.graph.description or f"{count} nodes of your own.")
        self.delete.setVisible(self.chosen.own)

    def _start(self) -> None:
        template = self.chosen
        self.accept()
        self._studio.filing.start(started(template))

    def _insert(self) -> None:
        template = self.chosen
        self.accept()
        insert(self._studio, template.graph, f"Add “{template.title}”")

    def _ask_delete(self) -> None:
        template = self.chosen

        def answered(answer: str) -> None:
            if answer == "Delete":
                try:
                    forget(template)
                except BatonError as error:
                    self._studio.session.say_error(error)
                self._fill()

        ask(self, f"Delete the template “{template.title}”?", "Graphs made of it stay.", ["Cancel", "Delete"], answered,
            "Delete")  # fmt: skip

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Delete and self.chosen.own:
            self._ask_delete()
        else:
            super().keyPressEvent(event)


def show_templates(studio: Studio) -> TemplatesDialog:
    """Opens it."""
    dialog = TemplatesDialog(studio)
    dialog.open()
    return dialog


def keep_selection(studio: Studio) -> NameDialog:
    """Asks how what is selected shall be called as a template, and keeps it."""
    session = studio.session
    graph, nodes = session.graph, session.selection

    def named(title: str) -> None:
        try:
            keep(studio.services.home, graph, nodes, title)
        except BatonError as error:
            session.say_error(error)
        except OSError as error:
            session.say_error(BatonError(f"The template cannot be written: {error.strerror}."))
        else:
            session.said.emit("info", f"“{title}” is kept.", "File › New from a pattern… starts from it.")

    text = "The selected nodes and the edges between them can then be put into any graph."
    first = next((graph.nodes[node].name for node in graph.nodes if node in nodes), "")
    return ask_name(studio.window, "Save as a template", text, first, "Save", named)
