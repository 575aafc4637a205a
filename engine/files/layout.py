"""The layout of a graph file: where things stand, how edges bend, frames, notes and bookmarks; apart from the logic."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from engine.base.errors import FileProblem
from engine.base.ids import unique_id
from engine.files.asking import FARTHEST, cut, expect, numbers, text_of, without
from engine.graph.graph import Bends, Graph, Outlook, Place
from engine.graph.records import Edge, Frame, Node, Note

_KEYS: Final = ("nodes", "bends", "frames", "notes", "bookmarks")


def layout_tables(layout: Any, nodes: Mapping[str, Node], edges: Mapping[str, Edge], at: str) -> dict[str, Any]:
    """The tables that the layout fills, and what it holds beside.

    Raises:
        FileProblem: it is no layout; `at` is the place that errors name.
    """
    expect(layout, dict, at)
    frames = {frame.id: frame for frame in _frames(layout.get("frames", []), f"{at}.frames")}
    notes = {note.id: note for note in _notes(layout.get("notes", []), f"{at}.notes")}
    return {
        "places": _places(layout.get("nodes", {}), nodes, f"{at}.nodes"),
        "bends": _bends(layout.get("bends", {}), edges, f"{at}.bends"),
        "frames": frames,
        "notes": _told_apart(notes, frames) if notes.keys() & frames.keys() else notes,
        "bookmarks": _bookmarks(layout.get("bookmarks", {}), f"{at}.bookmarks"),
        "layout_extra": without(layout, *_KEYS),
    }


def layout_json(graph: Graph) -> dict[str, Any]:
    """The file's `layout`, or nothing where nothing is placed."""
    nodes = {key: pair_json(place) for key, place in graph.places.items() if key in graph.nodes}
    bends = {key: bends_json(points) for key, points in graph.bends.items() if key in graph.edges}
    views = {name: pair_json(outlook) for name, outlook in graph.bookmarks.items()}
    if not (nodes or bends or graph.frames or graph.notes or views or graph.layout_extra):
        return {}
    return {
        "layout": {
            "nodes": nodes,
            **({"bends": bends} if bends else {}),
            "frames": [mark_json(frame) for frame in graph.frames.values()],
            "notes": [mark_json(note) for note in graph.notes.values()],
            **({"bookmarks": views} if views else {}),
            **graph.layout_extra,
        }
    }


def mark_json(mark: Frame | Note) -> dict[str, Any]:
    """A frame or a note as it stands in the file."""
    rect = pair_json(mark.rect)
    if isinstance(mark, Frame):
        color = {"color": mark.color} if mark.color else {}
        return {"id": mark.id, "title": mark.title, "rect": rect, **color, **mark.extra}
    return {"id": mark.id, "text": mark.text, "rect": rect, **mark.extra}


def bends_json(points: Bends) -> list[list[float]]:
    """The points that an edge is led through."""
    return [pair_json(point) for point in points]


def pair_json(coordinates: tuple[float, ...]) -> list[float]:
    """A position, a box or a view."""
    return [_short(number) for number in coordinates]


def _places(data: Any, nodes: Mapping[str, Node], place: str) -> dict[str, Place]:
    expect(data, dict, place)
    places: dict[str, Place] = {}
    for key, pair in data.items():
        x, y = numbers(pair, 2, f"{place}.{cut(key)}")
        if key in nodes:  # a place of a node that is gone says nothing
            places[key] = (x, y)
    return places


def _bends(data: Any, edges: Mapping[str, Edge], place: str) -> dict[str, Bends]:
    expect(data, dict, place)
    found = {key: points(pairs, f"{place}.{cut(key)}") for key, pairs in data.items()}
    return {key: line for key, line in found.items() if key in edges and line}


def points(data: Any, at: str) -> Bends:
    """The points that an edge is led through."""
    expect(data, list, at)
    pairs = [numbers(pair, 2, f"{at}[{index}]") for index, pair in enumerate(data)]
    return tuple((x, y) for x, y in pairs)


def _bookmarks(data: Any, place: str) -> dict[str, Outlook]:
    expect(data, dict, place)
    return {name: outlook(view, f"{place}.{cut(name)}") for name, view in data.items()}


def outlook(data: Any, at: str) -> Outlook:
    """A bookmarked view."""
    x, y, zoom = numbers(data, 3, at)
    return x, y, zoom


def _frames(items: Any, place: str) -> Iterator[Frame]:
    for at, item in _marks(items, place):
        x, y, width, height = numbers(item.get("rect"), 4, f"{at}.rect")
        title, color = item.get("title", ""), item.get("color", "")
        expect(title, str, f"{at}.title")
        expect(color, str, f"{at}.color")
        extra = without(item, "id", "title", "rect", "color")
        yield Frame(item["id"], title, (x, y, width, height), color, extra)


def _notes(items: Any, place: str) -> Iterator[Note]:
    for at, item in _marks(items, place):
        x, y, width, height = numbers(item.get("rect"), 4, f"{at}.rect")
        yield Note(item["id"], text_of(item, "text", at), (x, y, width, height), without(item, "id", "text", "rect"))


def _told_apart(notes: Mapping[str, Note], frames: Mapping[str, Frame]) -> dict[str, Note]:
    """Notes with other ids for those that a frame has too: frames and notes are selected by their ids alone."""
    found: dict[str, Note] = {}
    for key, note in notes.items():
        new = unique_id(key, {**frames, **notes, **found}) if key in frames else key
        found[new] = replace(note, id=new)
    return found


def _marks(items: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each frame or note with its place, its id looked at."""
    seen: set[str] = set()
    expect(items, list, place)
    for index, item in enumerate(items):
        at = f"{place}[{index}]"
        expect(item, dict, at)
        if text_of(item, "id", at) in seen:
            message = f"{at}.id: “{cut(item['id'])}” is there twice."
            raise FileProblem(message, "Give one of them another id.", place=f"{at}.id")
        seen.add(item["id"])
        yield at, item


def _short(number: float) -> float:
    """A coordinate as it is written: 240, not 240.0; never farther out than the loader accepts."""
    if math.isnan(number):
        return number
    near = max(-FARTHEST, min(FARTHEST, number))
    return int(near) if near == int(near) else near
