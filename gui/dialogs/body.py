"""The graph inside a container, to be looked at: as a small picture for its form, and as a large one in a window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QScrollArea, QVBoxLayout

from engine.files.format import graph_from_json
from gui.canvas.picture import Picture
from gui.studio import Studio

SHARE = 0.85
"""How much of its window the large picture may cover."""


def body_picture(studio: Studio, body: Mapping[str, Any]) -> QPixmap:
    """A body as it would stand on the canvas.

    Raises:
        FileProblem: it is no graph.
    """
    ratio = studio.window.devicePixelRatioF()
    picture = Picture(graph_from_json(body), studio.session.kinds, dark=studio.theme.dark)
    drawn = QPixmap.fromImage(picture.image(ratio))
    drawn.setDevicePixelRatio(ratio)
    return drawn


def show_body(studio: Studio, node: str) -> QDialog:
    """Opens a window with the body of a node.

    Raises:
        FileProblem: it is no graph.
    """
    holder = studio.session.graph.nodes[node]
    drawn = body_picture(studio, holder.config["body"])
    dialog = QDialog(studio.window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(f"Inside “{holder.name}”")
    picture = QLabel()
    picture.setPixmap(drawn)
    picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
    picture.setAccessibleName(dialog.windowTitle())
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setWidget(picture)
    outer = QVBoxLayout(dialog)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(area)
    size = drawn.deviceIndependentSize().toSize() + QSize(4, 4)
    dialog.resize(size.boundedTo(studio.window.size() * SHARE))
    dialog.open()
    return dialog


def has_body(studio: Studio, node: str) -> bool:
    """Whether a node is a container with a graph drawn inside it."""
    found = studio.session.graph.nodes.get(node)
    kind = studio.session.kinds.get(found.kind) if found else None
    body = found.config.get("body") if found and kind and kind.container else None
    return isinstance(body, Mapping) and bool(body.get("nodes"))
