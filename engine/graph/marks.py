"""What stands on the canvas beside the nodes, and what a person can do to it: frames, notes and bookmarks. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from engine.base.ids import unique_id
from engine.graph.graph import Graph, Outlook, Place
from engine.graph.records import Frame, Note

Rect = tuple[float, float, float, float]


def add_frame(graph: Graph, rect: Rect, title: str = "", color: str = "") -> tuple[Graph, str]:
    """Draws a titled box behind the nodes. Returns the graph and the frame's id."""
    frame = Frame(_free(graph, "frame"), title, rect, color)
    return put_frame(graph, frame), frame.id


def add_note(graph: Graph, rect: Rect, text: str = "") -> tuple[Graph, str]:
    """Puts free text on the canvas. Returns the graph and the note's id."""
    note = Note(_free(graph, "note"), text, rect)
    return put_note(graph, note), note.id


def put_frame(graph: Graph, frame: Frame) -> Graph:
    """Adds a frame or changes the one with its id."""
    return graph.with_tables(frames={**graph.frames, frame.id: frame})


def put_note(graph: Graph, note: Note) -> Graph:
    """Adds a note or changes the one with its id."""
    return graph.with_tables(notes={**graph.notes, note.id: note})


def rect_of(graph: Graph, mark: str) -> Rect | None:
    """Where a frame or note stands; None when it is not there."""
    found = graph.frames.get(mark) or graph.notes.get(mark)
    return found.rect if found else None


def set_rect(graph: Graph, mark: str, rect: Rect) -> Graph:
    """Moves or resizes a frame or note."""
    if mark in graph.frames:
        return put_frame(graph, replace(graph.frames[mark], rect=rect))
    return put_note(graph, replace(graph.notes[mark], rect=rect)) if mark in graph.notes else graph


def move_marks(graph: Graph, marks: Iterable[str], way: Place) -> Graph:
    """Moves frames and notes alone; what stands in a frame is moved by who calls."""
    for mark in marks:
        rect = rect_of(graph, mark)
        if rect is not None:
            graph = set_rect(graph, mark, shifted_rect(rect, way))
    return graph


def set_words(graph: Graph, mark: str, words: str) -> Graph:
    """Gives a frame another title, or a note another text."""
    if mark in graph.frames:
        return put_frame(graph, replace(graph.frames[mark], title=words))
    return put_note(graph, replace(graph.notes[mark], text=words)) if mark in graph.notes else graph


def paint(graph: Graph, frames: Iterable[str], color: str) -> Graph:
    """Gives frames a colour: a name of the theme, or `#rrggbb`; "" is the usual one."""
    for frame in frames:
        if frame in graph.frames:
            graph = put_frame(graph, replace(graph.frames[frame], color=color))
    return graph


def remove_marks(graph: Graph, ids: Iterable[str]) -> Graph:
    """Removes frames and notes by id; what stands in a frame stays."""
    gone = set(ids)
    return graph.with_tables(
        frames={key: frame for key, frame in graph.frames.items() if key not in gone},
        notes={key: note for key, note in graph.notes.items() if key not in gone},
    )


def bookmark(graph: Graph, name: str, outlook: Outlook) -> Graph:
    """Marks a view to go back to, or moves the mark of that name."""
    return graph.with_tables(bookmarks={**graph.bookmarks, name: outlook})


def forget_bookmark(graph: Graph, name: str) -> Graph:
    """Takes a bookmark away."""
    return graph.with_tables(bookmarks={key: view for key, view in graph.bookmarks.items() if key != name})


def added_marks(graph: Graph, part: Graph, way: Place) -> Mapping[str, Mapping[str, Any]]:
    """The tables of frames and notes with those of another graph added, under new ids where they are taken."""
    frames, notes = dict(graph.frames), dict(graph.notes)
    for frame in part.frames.values():
        frame_id = unique_id(frame.id, {**frames, **notes})
        frames[frame_id] = replace(frame, id=frame_id, rect=shifted_rect(frame.rect, way))
    for note in part.notes.values():
        note_id = unique_id(note.id, {**frames, **notes})
        notes[note_id] = replace(note, id=note_id, rect=shifted_rect(note.rect, way))
    return {"frames": frames, "notes": notes}


def shifted_rect(rect: Rect, way: Place) -> Rect:
    """A box, moved."""
    return rect[0] + way[0], rect[1] + way[1], rect[2], rect[3]


def _free(graph: Graph, wanted: str) -> str:
    """An id that no frame and no note has: the two are selected by their ids alone."""
    return unique_id(wanted, {**graph.frames, **graph.notes})
