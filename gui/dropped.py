"""What is dropped on the canvas from outside: a graph's file, a picture with a graph in it, or a graph as text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF

from engine.base.errors import BatonError
from engine.files import clip
from engine.files.open import loads
from engine.graph import commands
from engine.graph.graph import Graph

if TYPE_CHECKING:
    from gui.studio import Studio

PICTURE_CAP = 64 * 1024 * 1024


def take_drop(studio: Studio, data: QMimeData, at: QPointF) -> None:
    """Opens the first file, or puts the nodes of a text where they were dropped."""
    files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if files and files[0].suffix.lower() == ".png":
        _open_picture(studio, files[0])
    elif files:
        studio.filing.open(files[0])
    else:
        insert_text(studio, data.text(), at)


def insert_text(studio: Studio, text: str, at: QPointF) -> None:
    """Adds the nodes of a graph that came as text, its top left corner at a canvas point."""
    session = studio.session
    part = clip.paste(text)
    if part is None or not part.nodes:
        session.said.emit("info", "There is no graph in this text.", "Drop a graph file, or nodes copied as text.")
        return
    left = min((x for x, _ in part.places.values()), default=0.0)
    top = min((y for _, y in part.places.values()), default=0.0)
    after, ids = commands.insert(session.graph, part, (round(at.x() - left), round(at.y() - top)))
    count = "1 node" if len(ids) == 1 else f"{len(ids)} nodes"
    if session.commit(after, f"Drop {count}", foreign=True):
        session.select(ids.values())


def _open_picture(studio: Studio, path: Path) -> None:
    """Opens the graph inside a picture that Baton made, as a copy."""
    from gui.canvas.picture import graph_text

    try:
        if path.stat().st_size > PICTURE_CAP:
            raise BatonError(f"{path.name} is too large for a picture of a graph.")
        text = graph_text(path.read_bytes())
        graph: Graph | None = loads(text) if text else None
    except (BatonError, OSError) as error:
        problem = error if isinstance(error, BatonError) else BatonError(f"{path.name} cannot be read.")
        studio.session.say_error(problem)
        return
    if graph is None:
        studio.session.said.emit("info", f"There is no graph in {path.name}.", "Pictures shared from Baton hold one.")
        return
    studio.filing.before_leaving(lambda: studio.filing.restore(graph, None))
