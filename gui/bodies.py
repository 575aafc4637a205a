"""Containers as the studio sees them: whether a node is one, and a picture of what is inside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QPixmap

from engine.files.format import graph_from_json
from gui.session import Session

if TYPE_CHECKING:
    from gui.studio import Studio


def is_container(session: Session, node: str) -> bool:
    """Whether a node of the graph shown has a graph inside it, drawn already or not."""
    found = session.graph.nodes.get(node)
    kind = session.kinds.get(found.kind) if found else None
    return kind is not None and kind.container


def body_picture(studio: Studio, body: Mapping[str, Any]) -> QPixmap:
    """A body as it would stand on the canvas.

    Raises:
        FileProblem: it is no graph.
    """
    from gui.canvas.picture import Picture

    ratio = studio.window.devicePixelRatioF()
    picture = Picture(graph_from_json(body), studio.session.kinds, dark=studio.theme.dark)
    drawn = QPixmap.fromImage(picture.image(ratio))
    drawn.setDevicePixelRatio(ratio)
    return drawn
