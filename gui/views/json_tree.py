"""A JSON value as a tree, filled level by level, so that a large value opens at once. Text is shown inert (T7)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem

MOST = 1000
"""Children shown of one value; the rest is counted."""
VALUE = Qt.ItemDataRole.UserRole + 1


class JsonTree(QTreeWidget):
    """Names at the left, values at the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setAccessibleName("Data")
        self.setUniformRowHeights(True)
        self.setIndentation(14)
        self.itemExpanded.connect(_fill)

    def set_value(self, value: Any) -> None:
        """Shows a value, its first level open."""
        self.clear()
        for name, item in _children(value):
            self.addTopLevelItem(_item(name, item))
        if not isinstance(value, dict | list):
            self.addTopLevelItem(_item("value", value))
        self.resizeColumnToContents(0)


def _children(value: Any) -> Iterator[tuple[str, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for index, (name, item) in enumerate(pairs):
        if index == MOST:
            yield "…", f"{len(value) - MOST} more"
            return
        yield str(name), item


def _item(name: str, value: Any) -> QTreeWidgetItem:
    nested = isinstance(value, dict | list)
    item = QTreeWidgetItem([name, _short(value)])
    item.setData(0, VALUE, value)
    if nested and value:
        item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
    return item


def _fill(item: QTreeWidgetItem) -> None:
    if item.childCount() == 0:
        for name, value in _children(item.data(0, VALUE)):
            item.addChild(_item(name, value))


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{len(value)}}}"
    if isinstance(value, list):
        return f"[{len(value)}]"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = " ".join(text[:300].split())
    return line if len(text) <= 300 else line + " …"
