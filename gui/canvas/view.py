"""The canvas: a widget that shows a session's graph and its run, and hands the mouse and the keys to gestures."""

from __future__ import annotations

from collections.abc import Collection
from math import inf
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)  # fmt: skip
from PySide6.QtWidgets import QWidget

from gui.bridge.captions import ModelName
from gui.canvas import dropping, hover, keys, wheel
from gui.canvas.gesture import Gesture, Pointer, load
from gui.canvas.gestures.bend import toggle_bend
from gui.canvas.placing import WireEnd
from gui.canvas.stage import Stage
from gui.canvas.tip import Tip
from gui.canvas.writing import Writing
from gui.theme.icons import Icons
from gui.theme.theme import Theme

if TYPE_CHECKING:
    from gui.session import Session


PAINT_S: Final = 0.005
"""For how long a frame paints what changed: what a burst or a zoom leaves is painted in the frames after it."""
REST_MS: Final = 4
"""Between such frames: what hands do comes in between."""


class Canvas(Stage):
    """The node editor of one window. For its arguments see `Stage`."""

    node_activated = Signal(str)
    """Enter or a double click on a node."""
    menu_requested = Signal(QPoint, QPointF)
    """Global and canvas position; what lies there is selected."""
    dropped = Signal(object, QPointF)
    """QMimeData of files or text that were dropped, and where on the canvas."""

    def __init__(
        self, session: Session, theme: Theme, icons: Icons, parent: QWidget | None = None,
        *, model_name: ModelName | None = None,
    ) -> None:  # fmt: skip
        super().__init__(session, theme, icons, parent, model_name=model_name)
        self._begins = load()
        self._gesture: Gesture | None = None
        self._button = Qt.MouseButton.NoButton
        session.changed.connect(self._interrupt)
        session.replaced.connect(self._interrupt)
        session.entered.connect(self._interrupt)
        self._hover = hover.NOTHING
        self._space = self._space_used = self._on_button = False
        self._whole = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setTimerType(Qt.TimerType.PreciseTimer)
        self._rest.setInterval(REST_MS)
        self._rest.timeout.connect(self.update)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setMinimumSize(200, 160)
        self.setAccessibleName("Canvas")
        self.setAccessibleDescription("The graph: arrows walk along wires, Enter edits, Tab adds a node.")

    def add_kind(self, kind: str, at: QPointF, wire: WireEnd | None = None, *, covering: bool = True) -> str:
        """Adds a node of a kind at a canvas point, joined to a wire that was dropped. Returns its id, or ""."""
        return dropping.add_kind(self, kind, (at.x(), at.y()), wire=wire, covering=covering)

    def add_behind(self, kind: str, nodes: Collection[str]) -> str:
        """Adds a node of a kind behind others and joins them to it. Returns its id, or ""."""
        return dropping.add_behind(self, kind, nodes)

    def write_on(self, mark: str) -> None:
        """Opens a frame's title, or a note's text, to be written where it stands."""
        Writing(self, mark)

    def delete_selection(self) -> None:
        """Removes what is selected; a removed link of a chain leaves its neighbours joined."""
        keys.delete(self)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        self._fit_pending = False
        p = QPainter(self)
        self.layers.paint(
            p, self.view_size, self.camera, gesture=self._gesture or self._hanging, hover=self._hover, tip=self._tip,
            seconds=inf if self._whole else PAINT_S,
        )  # fmt: skip
        p.end()
        if self.layers.behind:
            self._rest.start()

    def grab(self, rectangle: QRect | None = None) -> QPixmap:
        """A picture of it, with all that a frame would leave to the next ones."""
        self._whole = True
        try:
            return super().grab() if rectangle is None else super().grab(rectangle)
        finally:
            self._whole = False

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._fit_pending:
            self._fit()
        self.motion.wake()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fit_pending and self.isVisible():
            self._fit()
        else:
            before = event.oldSize()
            self._keep_framed((before.width(), before.height()))
        self._place_map()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self._gesture is not None:
            return
        press, self._button = self._pointer(event), event.button()
        self._space_used = self._space_used or press.space
        self._set_hover(hover.NOTHING)
        self._gesture = next((found for begin in self._begins if (found := begin(self, press))), None)
        self._show_cursor()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._pointer(event)
        if self._gesture is not None:
            self._gesture.move(at)
        else:
            self._point_at(at)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() != self._button:
            return
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.release(self._pointer(event))
            self._show_cursor()
            self.update()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        at = self._pointer(event)
        if event.button() != Qt.MouseButton.LeftButton or self.minimap.holds(at.view, self.view_size):
            return
        item, part = self.scene.node_at(at.scene), self.under.part(at.scene)
        if part is not None:
            self.part_activated.emit(part[0], part[1])
        elif item is not None:
            self.node_activated.emit(item.id)
        elif not toggle_bend(self, at.scene):
            grip = self.under.mark(at.scene)
            if grip:
                self.write_on(grip.mark)
            else:
                self.ask_to_add(at.view, at.scene)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self._gesture is not None or event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return
        view = float(event.pos().x()), float(event.pos().y())
        point = self.camera.to_scene(view)
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self._select_under(point)
        self.menu_requested.emit(event.globalPos(), QPointF(*point))

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.set_camera(wheel.turned(self.camera, event))
        self._set_hover(hover.NOTHING)
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._set_hover(hover.NOTHING)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            self._explain(event)
            return True
        return super().event(event)

    # Keys

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab adds a node here; Shift+Tab leaves, so that the keyboard is never caught."""
        return False if forward else super().focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self._gesture is not None:
            self._interrupt()
        elif event.key() == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self._space, self._space_used = True, False
                self._show_cursor()
        elif not keys.press(self, event):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() != Qt.Key.Key_Space:
            super().keyReleaseEvent(event)
        elif not event.isAutoRepeat() and self._space:
            self._space = False
            self._show_cursor()
            if not self._space_used:
                self.ask_to_add_at_pointer()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        super().focusOutEvent(event)

    # Drops

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if dropping.takes(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Shows the wire that a node would be spliced into."""
        at = event.position()
        self._set_hover(dropping.aim(self, event.mimeData(), (at.x(), at.y())))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._set_hover(hover.NOTHING)

    def dropEvent(self, event: QDropEvent) -> None:
        self._set_hover(hover.NOTHING)
        dropping.drop(self, event)

    # Helpers

    def _interrupt(self, *_: object) -> None:
        """Ends a gesture without effect: Escape, or the document changed under it."""
        self.hang(None)
        gesture, self._gesture = self._gesture, None
        if gesture is not None:
            gesture.cancel()
            self._show_cursor()

    def _pointer(self, event: QMouseEvent) -> Pointer:
        view = event.position().x(), event.position().y()
        return Pointer(view, self.camera.to_scene(view), event.button(), event.modifiers(), self._space)

    def _point_at(self, at: Pointer) -> None:
        found = hover.hovered(self.under, self.scene, at.scene)
        if self.minimap.holds(at.view, self.view_size):
            found = hover.NOTHING
        self._on_button = bool(found.node) and self.under.button(at.scene) != ""
        self._set_hover(found)
        self._show_cursor()
        part = self.under.part(at.scene) if found.node and found.socket is None else None
        text = part[2] if part else hover.words(found, self.scene, self.display)
        self.set_tip(Tip(text, at.view) if text else None)

    def _set_hover(self, found: hover.Hover) -> None:
        if found == hover.NOTHING:
            self.set_tip(None)
        if found != self._hover:
            self._hover = found
            self._show_cursor()
            self.update()

    def _explain(self, event: QHelpEvent) -> None:
        """Says why a node is as it is, when the pointer has rested on it."""
        reason = self.display.face(self._hover.node).reason if self._hover.node else ""
        if reason and self._hover.socket is None and self._gesture is None:
            self.set_tip(Tip(reason, (event.pos().x(), event.pos().y()), "line"))

    def _select_under(self, point: tuple[float, float]) -> None:
        item, edge, mark = self.scene.node_at(point), self.under.edge(point), self.under.mark(point)
        if item is None:
            marks = [mark.mark] if mark and not edge else []
            if not (marks and mark and mark.mark in self.session.mark_selection):
                self.session.select(edges=[edge[0].key] if edge else [], marks=marks)
        elif item.id not in self.session.selection:
            self.session.select([item.id])

    def _show_cursor(self) -> None:
        shape = self._gesture.cursor if self._gesture else None
        if shape is None and self._space:
            shape = Qt.CursorShape.OpenHandCursor
        if shape is None and self._on_button:
            shape = Qt.CursorShape.PointingHandCursor
        if shape is None and self._hover.socket is not None:
            shape = Qt.CursorShape.CrossCursor
        if shape is None and self._gesture is None:
            shape = self._hover.cursor
        self.setCursor(shape if shape is not None else Qt.CursorShape.ArrowCursor)
