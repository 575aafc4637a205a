"""The outline: the graph as a tree, with what stands inside containers; selects, and is walked by keys."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QItemSelectionModel, QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QStackedWidget, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from engine.files.inside import Inside, every
from engine.graph.changes import Difference
from engine.graph.graph import Graph
from engine.graph.records import Node
from gui.panel import Panel, PanelWidget
from gui.studio import Studio
from gui.widgets.empty_state import EmptyState

KEY = Qt.ItemDataRole.UserRole
PAUSE_MS = 120


class Outline(PanelWidget):
    """Follows the document while it can be seen."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        super().__init__(around)
        self._studio = studio
        self.tree = _Tree(studio)
        self.rows: dict[str, QTreeWidgetItem] = {}
        text = "Press Tab on the canvas to add a node: it is listed here, with what stands inside it."
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState(studio.icons, "graph", "Nothing here yet", text))
        self._stack.addWidget(self.tree)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.addWidget(self._stack)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(PAUSE_MS)
        self._soon.timeout.connect(self._build)
        self._stale = True
        session = studio.session
        session.edited.connect(self._edited)
        session.replaced.connect(self._later)
        session.selection_changed.connect(self._follow)
        session.entered.connect(self._follow)
        studio.theme.changed.connect(self._later)
        self.tree.itemSelectionChanged.connect(self._chosen)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._build()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._soon.stop()

    def _edited(self, difference: Difference, _after: Graph) -> None:
        if difference.keys("nodes"):
            self._later()

    def _later(self) -> None:
        """Whatever changes while nobody looks is read once somebody does."""
        self._stale = True
        if self.isVisible():
            self._soon.start()

    def _build(self) -> None:
        self._stale = False
        with QSignalBlocker(self.tree):
            folded = {key for key, row in self.rows.items() if row.childCount() and not row.isExpanded()}
            self.tree.clear()
            self.rows = {}
            for inside, graph in sorted(every(self._studio.session.whole), key=lambda each: len(each[0])):
                above = self.rows.get("/".join(inside))
                rows = [self._row(inside, node) for node in in_order(graph)]
                if above is not None:
                    above.addChildren(rows)
                elif not inside:
                    self.tree.addTopLevelItems(rows)
            for key, row in self.rows.items():
                row.setExpanded(key not in folded)
        self._stack.setCurrentIndex(1 if self.rows else 0)
        self._follow()

    def _row(self, inside: Inside, node: Node) -> QTreeWidgetItem:
        kind = self._studio.session.kinds.get(node.kind)
        icon, title = (kind.icon, kind.title) if kind else ("unknown", node.kind)
        row = QTreeWidgetItem([node.name])
        row.setIcon(0, self._studio.icons.icon(icon, f"kind:{icon}", 16))
        row.setData(0, KEY, "/".join((*inside, node.id)))
        row.setToolTip(0, title)
        row.setData(0, Qt.ItemDataRole.AccessibleTextRole, f"{node.name}, {title}")
        self.rows["/".join((*inside, node.id))] = row
        return row

    def _follow(self) -> None:
        """Selects what the canvas has selected."""
        if not self.isVisible():
            self._stale = True
            return
        session = self._studio.session
        with QSignalBlocker(self.tree):
            self.tree.clearSelection()
            found = [self.rows.get("/".join((*session.inside, node))) for node in session.selection]
            for row in filter(None, found):
                row.setSelected(True)
            if len(found) == 1 and found[0] is not None:
                # By itself it would select, or not, as the keys that are held say: Ctrl takes away.
                self.tree.setCurrentItem(found[0], 0, QItemSelectionModel.SelectionFlag.NoUpdate)
                self.tree.scrollToItem(found[0])

    def _chosen(self) -> None:
        """Shows on the canvas what was chosen here; of several places the current one's graph is shown."""
        session, current = self._studio.session, self.tree.currentItem()
        keys = [row.data(0, KEY) for row in self.tree.selectedItems()]
        if not keys or current is None:
            return
        place = current.data(0, KEY).rpartition("/")[0]
        nodes = [node for each in keys for inside, _, node in [each.rpartition("/")] if inside == place]
        inside = tuple(filter(None, place.split("/")))
        if inside == session.inside:
            session.select(nodes)
        else:
            session.enter(inside, nodes)
        self._studio.canvas.reveal_selection()


class _Tree(QTreeWidget):
    """The rows. Enter sets a node up, F2 renames it, Delete removes it: as on the canvas."""

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self.setHeaderHidden(True)
        self.setAccessibleName("Outline of the graph")
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setIndentation(14)
        self.setUniformRowHeights(True)
        self.itemDoubleClicked.connect(lambda _: studio.window.edit_selected())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        verbs = {
            Qt.Key.Key_Return: "edit.set_up", Qt.Key.Key_Enter: "edit.set_up", Qt.Key.Key_Delete: "edit.delete",
            Qt.Key.Key_Backspace: "edit.delete",
        }  # fmt: skip
        verb = verbs.get(Qt.Key(event.key()))
        if verb:
            self._studio.actions[verb].trigger(self._studio)
        elif event.key() == Qt.Key.Key_Escape:
            self._studio.canvas.setFocus()
        else:
            super().keyPressEvent(event)


def in_order(graph: Graph) -> Iterator[Node]:
    """The nodes as one reads the canvas: by columns from the left, from above in each."""
    places = graph.places
    yield from sorted(graph.nodes.values(), key=lambda node: places.get(node.id, (float("inf"), 0.0)))


PANEL = Panel("outline", "Outline", "left", 1, Outline)
