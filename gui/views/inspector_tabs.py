"""The tabs of the inspector that show a node's run: its output, its messages, its tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from engine.base.values import as_text
from engine.run.view import NodeView
from gui.theme.icons import Icons
from gui.theme.wear import wear
from gui.views.json_tree import JsonTree
from gui.views.messages import Said
from gui.views.plain_text import PlainText
from gui.widgets.empty_state import EmptyState

TALLEST = 24


class OutputTab(QWidget):
    """What the node gave, port by port; while it runs, the text as it streams; when it failed, why."""

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self._icons = icons
        self.empty = EmptyState(icons, "output", "No output yet", "Run the graph to see what this node gives.")
        self.why = QLabel()
        self.why.setWordWrap(True)
        self.why.setTextFormat(self.why.textFormat().PlainText)
        self.text = PlainText(icons, "Text")
        self.trees: dict[str, JsonTree] = {}
        self._titles: list[QLabel] = []
        self._shown: Any = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 12, 0, 12)
        self._column.setSpacing(10)
        self._column.addWidget(self.why)
        self._column.addWidget(self.text, 1)
        self._column.addWidget(self.empty, 1)
        self._column.addStretch(0)
        self.show_node(None)

    def show_node(self, node: NodeView | None) -> None:
        """Shows a node of a run; None shows what to do next."""
        outputs = dict(node.outputs) if node else {}
        streaming = node.text if node and not outputs else ""
        words = next((value for value in outputs.values() if isinstance(value, str)), streaming)
        if node is not None and node.text_length > len(node.text) and words == streaming and streaming:
            words = f"… {words}"
        why = _why(node) if node else ""
        self.why.setText(why)
        self.why.setVisible(bool(why))
        wear(self.why, role="error" if node and node.status in ("failed", "handled") else "warning")
        self.text.setVisible(bool(words))
        self.text.set_text(words)
        name = next((port for port, value in outputs.items() if isinstance(value, str)), "")
        self.text.title.setText(name or ("Writing…" if streaming else "Text"))
        data = {port: value for port, value in outputs.items() if not isinstance(value, str)}
        more = {port: value for port, value in outputs.items() if isinstance(value, str) and port != name}
        self._show_trees({**data, **more})
        self.empty.set_words("No output yet", _soon(node))
        self.empty.setVisible(not (outputs or words or why))

    def _show_trees(self, data: dict[str, Any]) -> None:
        if data == self._shown:
            return
        self._shown = data
        for old in (*self.trees.values(), *self._titles):
            self._column.removeWidget(old)
            old.deleteLater()
        self.trees, self._titles = {}, []
        for port, value in data.items():
            if isinstance(value, dict | list) and value:
                title = QLabel(port)
                wear(title, role="field")
                tree = self.trees[port] = JsonTree()
                tree.set_value(value)
                self._titles.append(title)
                self._column.insertWidget(self._column.count() - 1, title)
                self._column.insertWidget(self._column.count() - 1, tree, 1)
            else:
                line = QLabel(f"{port}: {as_text(value) or 'nothing'}"[:500])
                line.setTextFormat(line.textFormat().PlainText)
                self._titles.append(line)
                self._column.insertWidget(self._column.count() - 1, line)


class SaidTab(QScrollArea):
    """Messages one below the other, each with a copy button."""

    def __init__(self, icons: Icons, icon: str, title: str, text: str) -> None:
        super().__init__()
        self._icons = icons
        self.blocks: list[PlainText] = []
        self._shown: Sequence[Said] = ()
        page = QWidget()
        wear(page, role="page")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(0, 12, 6, 12)
        self._column.setSpacing(12)
        self.empty = EmptyState(icons, icon, title, text)
        self._column.addWidget(self.empty, 1)
        self._column.addStretch(0)
        self.setWidgetResizable(True)
        self.setWidget(page)

    def show_said(self, said: Sequence[Said]) -> None:
        """Shows these messages; the same ones again cost nothing."""
        if list(said) == list(self._shown):
            return
        self._shown = list(said)
        while len(self.blocks) > len(said):
            old = self.blocks.pop()
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        for index, each in enumerate(said):
            if index == len(self.blocks):
                block = PlainText(self._icons, each.who, lines=TALLEST)
                self.blocks.append(block)
                self._column.insertWidget(index + 1, block)
            self.blocks[index].title.setText(each.who)
            self.blocks[index].set_text(each.text)
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
        return f"{node.status}: {node.reason.replace('_', ' ')}" if node.reason else node.status
    if node.status == "waiting":
        return f"waits for {', '.join(node.waits_for) or node.reason}"
    return node.degraded
