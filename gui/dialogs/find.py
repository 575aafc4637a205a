"""Find: every place where a text stands in the graph, in titles, settings, frames and notes, inside containers too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QPoint

from engine.files.inside import Inside, every
from engine.graph.graph import Graph
from gui.dialogs.finder import Finder, Found
from gui.studio import Studio

WIDTH: Final = 520
MOST: Final = 200
"""Places shown at most."""
BEFORE, AFTER = 24, 60
"""Characters shown around a place."""


def show_find(studio: Studio) -> Finder:
    """Opens it over the canvas."""
    places = list(every(studio.session.whole))
    kinds = {kind.name: kind.icon for kind in studio.session.kinds}

    def search(text: str) -> list[Found]:
        wanted = text.strip().casefold()
        if not wanted:
            return []
        found = (hit for inside, graph in places for hit in _in_graph(studio, inside, graph, wanted, kinds))
        return [hit for hit, _ in zip(found, range(MOST), strict=False)]

    finder = Finder(studio.window, studio.icons, "Find a text in the graph…", [], WIDTH, search=search)
    finder.left.connect(studio.canvas.setFocus)
    canvas = studio.canvas
    finder.popup(canvas.mapToGlobal(QPoint((canvas.width() - finder.sizeHint().width()) // 2, 16)))
    return finder


def texts_in(value: Any, at: str = "") -> Iterator[tuple[str, str]]:
    """Every text inside a JSON value with the place where it stands; what stands in a body belongs to its own nodes."""
    if isinstance(value, str):
        yield at, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if key != "body":
                yield from texts_in(item, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item, at)


def _in_graph(studio: Studio, inside: Inside, graph: Graph, wanted: str, kinds: Mapping[str, str]) -> Iterator[Found]:
    trail = " › ".join(inside)
    for node in graph.nodes.values():
        named = ("", f"{node.title} {node.id}" if node.title else node.id)
        for place, text in (named, *texts_in(node.config)):
            if (at := text.casefold().find(wanted)) >= 0:
                key, icon = "/".join((*inside, node.id)), kinds.get(node.kind, "unknown")
                hint = f"{place}: {_around(text, at)}" if place else ""
                yield Found(node.name, partial(_show, studio, key), hint, trail, icon, f"kind:{node.kind}")
                break
    marks = [(mark.id, mark.title, "frame") for mark in graph.frames.values()]
    marks += [(mark.id, mark.text, "note") for mark in graph.notes.values()]
    for mark, text, icon in marks:
        if (at := text.casefold().find(wanted)) >= 0:
            yield Found(_around(text, at), partial(_show_mark, studio, inside, mark), icon, trail, icon)


def _around(text: str, at: int) -> str:
    """The words around a place of a text, on one line."""
    start = max(0, at - BEFORE)
    return ("…" if start else "") + " ".join(text[start : at + AFTER].split())


def _show(studio: Studio, key: str) -> None:
    studio.session.show_node(key)
    studio.canvas.reveal_selection()
    studio.canvas.setFocus()


def _show_mark(studio: Studio, inside: Inside, mark: str) -> None:
    if studio.session.inside == inside or studio.session.enter(inside):
        studio.session.select(marks=[mark])
        studio.canvas.frame_selection()
