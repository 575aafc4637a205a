"""What a screen reader hears of the canvas: each node a child with its name, kind, state and neighbours."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPoint, QRect, QSize
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QWindow
from PySide6.QtWidgets import QAccessibleWidget

if TYPE_CHECKING:
    from gui.canvas.stage import Stage


def words_for(canvas: Stage, node: str) -> str:
    """One node in words: kind, state and the reason for it, what leads to it and what follows."""
    graph = canvas.scene.graph
    record, face = graph.nodes[node], canvas.display.face(node)
    kind = canvas.session.kinds.get(record.kind)
    parts = [kind.title if kind else f"unknown kind {record.kind}"]
    parts += [word for word in (record.aside, face.status, face.reason) if word]
    for words, ends in (
        ("from", [edge.source for edge in graph.incoming(node)]),
        ("to", [edge.target for edge in graph.outgoing(node)]),
    ):
        names = [graph.nodes[end].name for end in dict.fromkeys(ends) if end in graph.nodes]
        if names:
            parts.append(f"{words} {', '.join(names)}")
    return ", ".join(parts)


class NodeAccess(QAccessibleInterface):
    """One node of a canvas."""

    def __init__(self, node: str, around: CanvasAccess) -> None:
        super().__init__()
        self._node, self._around = node, around

    @property
    def _canvas(self) -> Stage:
        return self._around.canvas

    def isValid(self) -> bool:
        return self._around.isValid() and self._node in self._canvas.scene.nodes

    def object(self) -> QObject | None:  # type: ignore[override]  # a node is no QObject, and Qt takes none for an answer
        return None

    def window(self) -> QWindow:
        return self._around.window()

    def parent(self) -> QAccessibleInterface:
        return self._around

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # it has none
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # it has none
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, _child: QAccessibleInterface) -> int:
        return -1

    def rect(self) -> QRect:
        item = self._canvas.scene.nodes.get(self._node)
        if item is None:
            return QRect()
        x, y, w, h = self._canvas.camera.rect_to_view(item.rect)
        return QRect(self._canvas.mapToGlobal(QPoint(round(x), round(y))), QSize(round(w), round(h)))

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        state = QAccessible.State()
        state.focusable = state.selectable = state.multiSelectable = True
        chosen = self._node in self._canvas.session.selection
        state.selected = chosen
        state.focused = chosen and self._canvas.hasFocus()
        return state

    def text(self, which: QAccessible.Text) -> str:
        if not self.isValid():
            return ""
        if which == QAccessible.Text.Name:
            return self._canvas.scene.graph.nodes[self._node].name
        return words_for(self._canvas, self._node) if which == QAccessible.Text.Description else ""

    def setText(self, which: QAccessible.Text, text: str) -> None:
        """Names are changed by the verb Rename."""


class CanvasAccess(QAccessibleWidget):
    """The canvas as a list of its nodes, in the order of the file."""

    def __init__(self, canvas: Stage) -> None:
        super().__init__(canvas, QAccessible.Role.List, canvas.accessibleName())
        self._seen = weakref.ref(canvas)  # Qt keeps what was made for a widget longer than the widget
        self._nodes: dict[str, NodeAccess] = {}

    @property
    def canvas(self) -> Stage:
        """Whose it is."""
        found = self._seen()
        assert found is not None  # nobody asks of a canvas that is gone
        return found

    def childCount(self) -> int:
        return len(self.canvas.scene.nodes)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]  # none beyond the last
        nodes = list(self.canvas.scene.nodes)
        return self._of(nodes[index]) if 0 <= index < len(nodes) else None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]  # none on the ground
        at = self.canvas.mapFromGlobal(QPoint(x, y))
        item = self.canvas.scene.node_at(self.canvas.camera.to_scene((at.x(), at.y())))
        return self._of(item.id) if item else None

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        name = next((node for node, made in self._nodes.items() if made is child), "")
        return list(self.canvas.scene.nodes).index(name) if name in self.canvas.scene.nodes else -1

    def _of(self, node: str) -> NodeAccess:
        found = self._nodes.get(node)
        if found is None:
            self._nodes = {key: made for key, made in self._nodes.items() if made.isValid()}
            found = self._nodes[node] = NodeAccess(node, self)
        return found


def listen() -> None:
    """Lets screen readers ask canvases; once for the application."""
    QAccessible.installFactory(_interface_for)


def tell_focus(canvas: Stage, node: str) -> None:
    """Tells a screen reader that listens which node the keyboard has come to."""
    if QAccessible.isActive():
        event = QAccessibleEvent(canvas, QAccessible.Event.Focus)
        event.setChild(list(canvas.scene.nodes).index(node))
        QAccessible.updateAccessibility(event)


def _interface_for(_key: str, thing: QObject | None) -> QAccessibleInterface | None:
    """The canvas itself keeps what is made for it, so that both end together."""
    from gui.canvas.stage import Stage

    if not isinstance(thing, Stage):
        return None
    thing.access = thing.access or CanvasAccess(thing)
    return thing.access
