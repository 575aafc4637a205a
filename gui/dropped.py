"""What is dropped on the canvas from outside: a graph's file, a picture with a graph, a bundle, a folder, or text."""

from __future__ import annotations

import glob
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QMimeData, QPointF

from engine.base.errors import BatonError
from engine.files import bundle, clip, png, svg
from engine.files.open import loads, read_file
from engine.graph import commands, marks
from gui.batch_offer import offer_table
from gui.canvas.geometry import snapped
from gui.dialogs.ask import ask
from gui.leaving import before_leaving

if TYPE_CHECKING:
    from gui.studio import Studio

READ: Final = frozenset({".txt", ".csv", ".tsv", ".jsonl", ".log", ".rst", ".html", ".xml"})
"""Endings of plain files that a node reads when they are dropped: a graph is never in them."""
DRAWN: Final = frozenset({".json", ".yaml", ".yml"})
"""Endings of graphs: one that is not known is said, since a graph was meant."""
MOST_FILES: Final = 12
"""Files that are taken at once."""
APART: Final = 112.0
"""Canvas units between the nodes of files that were dropped together."""
TABLES: Final = frozenset({".csv", ".jsonl", ".ndjson"})
"""Endings of tables whose rows can fill the inputs of the graph."""
HEAD: Final = 65_536
"""Bytes of the first line of a table that are looked at."""
EACH, NODE = "Run for each row", "Read it with a node"
MOST_NOTED: Final = 20_000
"""Characters of a dropped text that still become a note."""
NOTE_SIZE: Final = 264.0, 17.0, 24.0, 400.0
"""Width of such a note, height of a line, room around them, most height; canvas units."""
NOTE_LETTERS: Final = 36
"""Letters that stand on a line of it, roughly."""


def take_drop(studio: Studio, data: QMimeData, at: QPointF) -> None:
    """Takes what was dropped, files one after the other; text stands where it fell."""
    files = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    if not files:
        insert_text(studio, data.text(), at)
    elif len(files) == 1 and files[0].suffix.lower() in TABLES and _takes_rows(studio, files[0]):
        _ask_rows(studio, files[0], at)
    elif len(files) > MOST_FILES:
        studio.session.said.emit(
            "info", f"These are {len(files)} files.", "Drop their folder: one node reads them all."
        )
    else:
        for number, path in enumerate(files):
            _take_file(studio, path, QPointF(at.x(), at.y() + number * APART))


def _take_file(studio: Studio, path: Path, at: QPointF) -> None:
    """Opens a file, or adds a node that reads a folder or a text that is no graph."""
    ending = path.suffix.lower()
    if ending in READ or path.is_dir():
        read_from(studio, path, at)
    else:
        open_any(studio, path, None if ending in DRAWN else lambda: read_from(studio, path, at))


def _takes_rows(studio: Studio, path: Path) -> bool:
    """Whether the first line of a table names an input of the graph, so that its rows may be meant for that."""
    if studio.batching.active:
        return False
    nodes = studio.session.whole.nodes.values()
    inputs = [str(node.config.get("name") or node.id) for node in nodes if node.kind == "input"]
    try:
        with path.open("rb") as file:
            head = file.readline(HEAD).decode("utf-8", "replace")
    except OSError:
        return False
    return any(name in head for name in inputs)


def _ask_rows(studio: Studio, path: Path, at: QPointF) -> None:
    """A table is what a node reads, or what the graph is run for."""

    def answered(words: str) -> None:
        if words == EACH:
            studio.launch.when_ready(lambda: offer_table(studio, path))
        elif words == NODE:
            read_from(studio, path, at)

    ask(studio.window, f"What shall be done with {path.name}?", "It is a table.", [EACH, NODE, "Cancel"], answered)


def insert_text(studio: Studio, text: str, at: QPointF) -> None:
    """Adds the nodes of a graph that came as text, its top left corner at a canvas point; other text as a note."""
    session = studio.session
    part = clip.paste(text)
    if part is None and studio.opening.text(text):
        return
    if part is None:
        _note(studio, text.strip(), at)
        return
    corners = [*part.places.values(), *(frame.rect[:2] for frame in part.frames.values())]
    corners += [note.rect[:2] for note in part.notes.values()]
    left, top = min((x for x, _ in corners), default=0.0), min((y for _, y in corners), default=0.0)
    after, ids = commands.insert(session.graph, part, (round(at.x() - left), round(at.y() - top)))
    count = "1 node" if len(ids) == 1 else f"{len(ids)} nodes"
    if session.commit(after, f"Drop {count}", foreign=True):
        session.select(ids.values())


def _note(studio: Studio, text: str, at: QPointF) -> None:
    """Puts text on the canvas as a note, as high as its lines need up to a limit."""
    session = studio.session
    if not text or len(text) > MOST_NOTED:
        why = "There is nothing in this text." if not text else "This text is too long for a note."
        session.said.emit("info", why, "Drop a graph file, nodes copied as text, or a file that a node should read.")
        return
    lines = sum(1 + len(line) // NOTE_LETTERS for line in text.splitlines())
    width, line, around, most = NOTE_SIZE
    rect = snapped(at.x()), snapped(at.y()), width, min(most, snapped(around + line * lines))
    after, note = marks.add_note(session.graph, rect, text)
    if session.commit(after, "Drop text", foreign=True):
        session.select(marks=[note])


def read_from(studio: Studio, path: Path, at: QPointF) -> None:
    """Adds a node that reads a folder, or one file, at a canvas point. Nothing is read before a run."""
    session = studio.session
    folder, pattern = (path, "**/*") if path.is_dir() else (path.parent, glob.escape(path.name))
    beside = session.path.absolute().parent if session.path else None
    root = folder.relative_to(beside) if beside and folder.is_relative_to(beside) else folder
    config = {"root": root.as_posix(), "glob": pattern}
    place = snapped(at.x()), snapped(at.y())
    after, node = commands.add_node(session.graph, "files", place, title=path.name, config=config)
    if session.commit(after, f"Drop {path.name}", foreign=True):
        session.select([node])


def open_any(studio: Studio, path: Path, otherwise: Callable[[], object] | None = None) -> None:
    """Opens a graph's file, one in a picture (as a copy), a bundle (unpacked beside it), or another tool's file;
    `otherwise` is done with a text that is none of these."""
    ways = {".png": _open_picture, ".svg": _open_picture, ".zip": _open_bundle}
    way = ways.get(path.suffix.lower())
    if way is None:
        studio.opening.file(path, otherwise)
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
    before_leaving(studio, lambda: studio.filing.restore(graph, None))


def _open_bundle(studio: Studio, path: Path) -> None:
    """Unpacks a bundle into a new folder beside it, once everything in it was looked at, and opens its graph."""

    def unpacked() -> Path:
        found = bundle.read_bundle(read_file(path)[0])
        names = (path.with_name(f"{path.stem}{f'-{number}' if number > 1 else ''}") for number in count(1))
        return bundle.unpack(found, next(name for name in names if not name.exists()))

    def then(opened: Path) -> None:
        studio.session.said.emit("info", f"Unpacked into {opened.parent}.", "")
        studio.filing.open(opened)

    studio.opening.away(unpacked, then)
