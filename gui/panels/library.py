"""The library: kinds to drag onto the canvas, saved graphs to open, one search over both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from engine.kinds.registry import AnyKind
from gui.matching import rank
from gui.panel import Panel, PanelWidget
from gui.saved import saved_graphs, title_of
from gui.studio import Studio
from gui.theme.icons import Icons
from gui.widgets.search_field import SearchField

MIME = "application/x-baton-kind"
GROUPS = {"flow": "Flow", "work": "Work"}
ENTRY, OPEN = Qt.ItemDataRole.UserRole + 1, Qt.ItemDataRole.UserRole + 2
"""What a row stands for, and whether that is the graph that is shown."""
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: a heading (only a title), a kind, or a graph's file."""

    title: str
    hint: str = ""
    icon: str = ""
    kind: AnyKind | None = None
    path: Path | None = None

    @property
    def heading(self) -> bool:
        return self.kind is None and self.path is None


class Library(PanelWidget):
    """Search and list."""

    def __init__(self, studio: Studio, around: QWidget | None = None) -> None:
        super().__init__(around)
        self._studio = studio
        self.search = SearchField(studio.icons, "Add a node…", "Tab")
        self.model = _Model(self)
        self.list = _List(self)
        self.list.setModel(self.model)
        self.list.setItemDelegate(_Delegate(studio.icons, self.list))
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 13, 8, 8)
        column.setSpacing(6)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self.search.textChanged.connect(self._fill)
        self.search.returnPressed.connect(self._take_first)
        self.search.left_down.connect(lambda step: self._enter() if step > 0 else None)
        self.list.doubleClicked.connect(self._take_kind)
        self.list.clicked.connect(self._take_graph)
        studio.session.saved_changed.connect(self._fill)
        studio.theme.changed.connect(self.list.doItemsLayout)
        self._fill()

    def entries(self) -> list[Entry]:
        """What is listed now."""
        return [self.model.item(row).data(ENTRY) for row in range(self.model.rowCount())]

    def take(self, entry: Entry) -> None:
        """Adds a node of the kind in the middle of the canvas, or opens the graph."""
        if entry.kind is not None:
            canvas = self._studio.canvas
            canvas.add_kind(entry.kind.name, canvas.scene_centre(), covering=False)
            canvas.setFocus()
        elif entry.path is not None:
            self._studio.filing.open(entry.path)

    def _fill(self) -> None:
        typed = self.search.text()
        found: list[Entry] = []
        kinds = list(self._studio.session.kinds)
        for group, title in GROUPS.items():
            mine = [Entry(k.title, k.hint, k.icon, kind=k) for k in kinds if k.group == group]
            found += _under(title, rank(typed, sorted(mine, key=_usual), lambda e: f"{e.title} {e.hint}"))
        paths = dict.fromkeys([*saved_graphs(), *self._studio.state.recent])
        graphs = [Entry(title_of(path), path=path) for path in paths]
        found += _under("Saved graphs", rank(typed, graphs, lambda e: e.title))
        self.model.clear()
        for entry in found or [Entry("Nothing fits. Try another word.")]:
            self.model.appendRow(_item(entry, self._is_open(entry)))

    def _is_open(self, entry: Entry) -> bool:
        return entry.path is not None and entry.path in (self._studio.session.path, self._studio.filing.sample)

    def _take_first(self) -> None:
        for entry in self.entries():
            if not entry.heading:
                self.search.clear()
                self.take(entry)
                return

    def _enter(self) -> None:
        self.list.setFocus()
        first = next((row for row, entry in enumerate(self.entries()) if not entry.heading), -1)
        self.list.setCurrentIndex(self.model.index(first, 0))

    def _take_kind(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY)
        if entry.kind is not None:
            self.take(entry)

    def _take_graph(self, index: QModelIndex) -> None:
        entry = index.data(ENTRY)
        if entry.path is not None:
            self.take(entry)


def _usual(entry: Entry) -> int:
    """The order of the design; kinds from elsewhere come last."""
    order = ("input", "router", "merge", "map", "loop", "review", "subgraph", "output", "agent", "manager", "tool")
    name = entry.kind.name if entry.kind else ""
    return order.index(name) if name in order else len(order)


def _under(title: str, entries: list[Entry]) -> list[Entry]:
    return [Entry(title), *entries] if entries else []


def _item(entry: Entry, is_open: bool) -> QStandardItem:
    item = QStandardItem(entry.title)
    item.setEditable(False)
    item.setData(entry, ENTRY)
    item.setData(f"{entry.title}, {entry.hint}" if entry.hint else entry.title, Qt.ItemDataRole.AccessibleTextRole)
    if entry.heading:
        item.setFlags(Qt.ItemFlag.ItemIsEnabled)
    item.setDragEnabled(entry.kind is not None)
    item.setData(is_open, OPEN)
    return item


class _Model(QStandardItemModel):
    def mimeTypes(self) -> list[str]:
        return [MIME]

    def mimeData(self, indexes: list[QModelIndex]) -> QMimeData:  # type: ignore[override]  # Qt's stubs say Sequence
        data = QMimeData()
        for index in indexes:
            entry: Entry = index.data(ENTRY)
            if entry.kind is not None:
                data.setData(MIME, entry.kind.name.encode())
        return data


class _List(QListView):
    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self.setAccessibleName("Library")
        self.setDragEnabled(True)
        self.setDragDropMode(QListView.DragDropMode.DragOnly)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self._library.take(self.currentIndex().data(ENTRY))
        else:
            super().keyPressEvent(event)


class _Delegate(QStyledItemDelegate):
    """Paints headings, kinds with their hint, and graphs."""

    def __init__(self, icons: Icons, parent: QListView) -> None:
        super().__init__(parent)
        self._icons = icons

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        entry: Entry = index.data(ENTRY)
        height = (34 if index.row() else 24) if entry.heading else 39 if entry.kind is not None else 25
        return QSize(120, self._icons.theme.px(height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry: Entry = index.data(ENTRY)
        theme = self._icons.theme
        box = QRectF(option.rect)
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if entry.heading:
            painter.setFont(theme.font("tiny"))
            painter.setPen(theme.colour("faint"))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
            painter.drawText(box.adjusted(9, 0, 0, -5), flags, entry.title.upper())
        else:
            is_open = bool(index.data(OPEN))
            self._ground(painter, box, state, is_open)
            self._entry(painter, box, entry, is_open)
        painter.restore()

    def _ground(self, painter: QPainter, box: QRectF, state: QStyle.StateFlag, is_open: bool) -> None:
        hover = bool(state & QStyle.StateFlag.State_MouseOver)
        focused = bool(state & QStyle.StateFlag.State_Selected) and bool(state & QStyle.StateFlag.State_HasFocus)
        if is_open or hover or focused:
            painter.setPen(self._icons.theme.colour("accent") if focused else Qt.PenStyle.NoPen)
            painter.setBrush(self._icons.theme.colour("selected" if is_open else "hover"))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    def _entry(self, painter: QPainter, box: QRectF, entry: Entry, is_open: bool) -> None:
        theme, left = self._icons.theme, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font("body" if entry.kind else "small"))
        metrics = painter.fontMetrics()
        if entry.kind is None:
            painter.setPen(theme.colour("text" if is_open else "muted"))
            room = box.adjusted(9, 0, -8, 0)
            painter.drawText(
                room, left, metrics.elidedText(entry.title, Qt.TextElideMode.ElideRight, int(room.width()))
            )
            return
        side = theme.px(16)
        icon = QRectF(box.left() + 9, box.center().y() - side / 2, side, side)
        self._icons.paint(painter, entry.icon, icon, f"kind:{entry.icon}")
        words = box.adjusted(9 + side + 10, 0, -6, 0)
        painter.setPen(theme.colour("text"))
        upper, lower = words.adjusted(0, 4, 0, -words.height() / 2 + 2), words.adjusted(0, words.height() / 2, 0, -3)
        painter.drawText(upper, left, metrics.elidedText(entry.title, Qt.TextElideMode.ElideRight, int(words.width())))
        painter.setFont(theme.font("tiny"))
        painter.setPen(theme.colour("faint"))
        hint = painter.fontMetrics().elidedText(entry.hint, Qt.TextElideMode.ElideRight, int(words.width()))
        painter.drawText(lower, left, hint)


PANEL = Panel("library", "Library", "left", 0, Library)
