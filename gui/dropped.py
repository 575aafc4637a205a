"""What is dropped on the canvas from outside: a graph's file, a picture with a graph in it, a bundle, or text."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPointF

from engine.base.errors import BatonError
from engine.files import bundle, clip, png, svg
from engine.files.open import loads, read_file
from engine.graph import commands

if TYPE_CHECKING:
    from gui.studio import Studio


def take_drop(studio: Studio, data: QMimeData, at: QPointF) -> None:
    """Opens the first file, or puts the nodes of a text where they were dropped."""
    files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if files:
        open_any(studio, files[0])
    else:
        insert_text(studio, data.text(), at)


def insert_text(studio: Studio, text: str, at: QPointF) -> None:
    """Adds the nodes of a graph that came as text, its top left corner at a canvas point."""
    session = studio.session
    part = clip.paste(text)
    if part is None and studio.opening.text(text):
        return
    if part is None or not part.nodes:
        session.said.emit("info", "There is no graph in this text.", "Drop a graph file, or nodes copied as text.")
        return
    left = min((x for x, _ in part.places.values()), default=0.0)
    top = min((y for _, y in part.places.values()), default=0.0)
    after, ids = commands.insert(session.graph, part, (round(at.x() - left), round(at.y() - top)))
    count = "1 node" if len(ids) == 1 else f"{len(ids)} nodes"
    if session.commit(after, f"Drop {count}", foreign=True):
        session.select(ids.values())


def open_any(studio: Studio, path: Path) -> None:
    """Opens a graph's file, one in a picture (as a copy), a bundle (unpacked beside it), or another tool's file."""
    ways = {".png": _open_picture, ".svg": _open_picture, ".zip": _open_bundle}
    way = ways.get(path.suffix.lower())
    if way is None:
        studio.opening.file(path)
        return
    try:
        way(studio, path)
    except (BatonError, OSError) as error:
        problem = error if isinstance(error, BatonError) else BatonError(f"{path.name} cannot be read.")
        studio.session.say_error(problem)


def _open_picture(studio: Studio, path: Path) -> None:
    if path.stat().st_size > png.PICTURE_CAP:
        raise BatonError(f"{path.name} is too large for a picture of a graph.")
    data = path.read_bytes()
    text = png.graph_in(data) if path.suffix.lower() == ".png" else svg.graph_in(data.decode("utf-8", "replace"))
    if not text:
        studio.session.said.emit("info", f"There is no graph in {path.name}.", "Pictures shared from Baton hold one.")
        return
    graph = loads(text)
    studio.filing.before_leaving(lambda: studio.filing.restore(graph, None))


def _open_bundle(studio: Studio, path: Path) -> None:
    """Unpacks a bundle into a new folder beside it, once everything in it was looked at, and opens its graph."""

    def unpacked() -> Path:
        found = bundle.read_bundle(read_file(path)[0])
        names = (path.with_name(f"{path.stem}{f'-{number}' if number > 1 else ''}") for number in count(1))
        return bundle.unpack(found, next(name for name in names if not name.exists()))

    def then(opened: Path) -> None:
        studio.session.said.emit("info", f"Unpacked into {opened.parent}.", "")
        studio.filing.open(opened)

    studio.opening.elsewhere(unpacked, then)
