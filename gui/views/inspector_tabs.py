"""The tabs of the inspector that show a node's run: its output, its messages, its tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from engine.run.view import NodeView
from gui.theme.icons import Icons
from gui.theme.wear import wear
from gui.views.json_tree import JsonTree
from gui.views.messages import Said
from gui.views.plain_text import PlainText
from gui.views.said_list import SaidList
from gui.views.value_view import ValueView
from gui.widgets.empty_state import EmptyState
from gui.widgets.scrolled import BAR, Scrolled

STREAM = "text"
"""The name of what is still being written, before a port has it."""


class OutputTab(QWidget):
    """What the node gave, port by port; while it runs, the text as it streams; when it failed, why.

    Signals: `link_asked` with an address; `edit_asked` with a port whose value is to be changed.
    """

    link_asked = Signal(str)
    edit_asked = Signal(str)

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self._icons = icons
        self.empty = EmptyState(icons, "output", "No output yet", "Run the graph to see what this node gives.")
        self.why = QLabel()
        self.why.setWordWrap(True)
        self.why.setTextFormat(self.why.textFormat().PlainText)
        self.values: dict[str, ValueView] = {}
        self._mode = "Text"
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 12, BAR, 12)
        self._column.setSpacing(10)
        self._column.addWidget(self.why)
        self._column.addWidget(self.empty, 1)
        self._column.addStretch(0)
        self.show_node(None)

    def show_node(self, node: NodeView | None, *, editable: bool = False, blamed: str = "") -> None:
        """Shows a node of a run; None shows what to do next.

        Args:
            editable: its outputs can be changed for a new run that begins with them.
            blamed: what people call the node whose failure it was skipped for.
        """
        outputs: dict[str, Any] = dict(node.outputs) if node else {}
        if node is not None and not outputs and node.text:
            outputs = {STREAM: ("… " if node.text_length > len(node.text) else "") + node.text}
        why = f"Skipped, because “{blamed}” failed." if blamed else _why(node) if node else ""
        self.why.setText(why)
        self.why.setVisible(bool(why))
        wear(self.why, role="error" if node and node.status in ("failed", "handled") else "warning")
        self._keep_only(outputs)
        for port, value in outputs.items():
            view = self.values.get(port) or self._made(port)
            view.set_value(value)
            view.title.setText("Writing…" if node and node.status == "running" and not node.outputs else port)
            view.edit.setVisible(editable)
        self.empty.set_words("No output yet", _soon(node))
        self.empty.setVisible(not (outputs or why))

    def _keep_only(self, outputs: dict[str, Any]) -> None:
        for port in [port for port in self.values if port not in outputs]:
            old = self.values.pop(port)
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()

    def _made(self, port: str) -> ValueView:
        made = self.values[port] = ValueView(self._icons, port, mode=self._mode)
        made.link_asked.connect(self.link_asked)
        made.edit_asked.connect(lambda: self.edit_asked.emit(port))
        for name, button in made.modes.items():
            button.clicked.connect(lambda _=False, name=name: setattr(self, "_mode", name))
        self._column.insertWidget(self._column.count() - 1, made, 1)
        return made


class SaidTab(Scrolled):
    """Messages one below the other, each with its buttons, and on demand the request that they were part of."""

    def __init__(self, icons: Icons, icon: str, title: str, text: str) -> None:
        super().__init__()
        self._raw: Any = None
        self.raw_button, self.raw = QPushButton("Show the raw request"), JsonTree()
        wear(self.raw_button, look="link")
        self.raw_button.clicked.connect(self._toggle_raw)
        self.raw.setMinimumHeight(240)
        self._list = SaidList(icons)
        page = QWidget()
        wear(page, role="page")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 12, 0, 12)
        self._column.setSpacing(12)
        self.empty = EmptyState(icons, icon, title, text)
        self._column.addWidget(self.empty, 100)
        self._column.addWidget(self._list)
        self._column.addWidget(self.raw_button)
        self._column.addWidget(self.raw)
        self.raw_button.hide()
        self.raw.hide()
        self._column.addStretch(1)
        self.setWidget(page)

    def show_raw(self, request: Any) -> None:
        """Offers a request as it was sent; None offers nothing."""
        if request is not self._raw:
            self._raw = request
            self.raw.hide()
            self.raw_button.setText("Show the raw request")
        self.raw_button.setVisible(request is not None)

    def _toggle_raw(self) -> None:
        shown = self.raw.isHidden()
        if shown:
            self.raw.set_value(dict(self._raw))
        self.raw.setVisible(shown)
        self.raw_button.setText("Hide the raw request" if shown else "Show the raw request")

    @property
    def blocks(self) -> Sequence[PlainText]:
        """What is shown, one for each message."""
        return self._list.blocks

    def show_said(self, said: Sequence[Said]) -> None:
        """Shows these messages; the same ones again cost nothing."""
        self._list.show_said(said)
        self.empty.setVisible(not said)


def _soon(node: NodeView | None) -> str:
    """What to expect where there is no output yet."""
    if node is None or node.status == "pending":
        return "Run the graph to see what this node gives."
    if node.status == "running":
        return f"{node.done} of {node.total} done." if node.total else "It is at work: what it gives appears here."
    return "It gave nothing." if node.settled else "It waits for its turn."


def _why(node: NodeView) -> str:
    if node.status in ("failed", "handled", "retry"):
        return node.reason
    if node.status in ("skipped", "cancelled"):
        return f"{node.status}: {node.why}" if node.why else node.status
    if node.status == "waiting":
        return f"waits for {', '.join(node.waits_for) or node.reason}"
    return node.degraded
