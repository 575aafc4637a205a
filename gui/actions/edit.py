"""The Edit menu: undo, the clipboard, selecting, renaming, adding, tidying."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication

from engine.files import clip
from engine.graph import arrange, commands, marks
from engine.graph.graph import Graph
from gui.action import Action
from gui.canvas.geometry import Rect, bounds
from gui.canvas.items import REACH
from gui.canvas.marks import framed, holds
from gui.studio import Studio

ORDER = 20
OFFSET = (32.0, 32.0)
"""How far a copy stands from what it was made of, in canvas units."""


def _some(studio: Studio) -> bool:
    return bool(studio.session.selection)


def _any(studio: Studio) -> bool:
    return any(studio.session.selected)


def _things(studio: Studio) -> bool:
    return bool(studio.session.selection or studio.session.mark_selection)


def _one(studio: Studio) -> bool:
    return len(studio.session.selection) + len(studio.session.mark_selection) == 1


def _nodes(studio: Studio) -> bool:
    return bool(studio.session.graph.nodes)


def _undo_title(studio: Studio) -> str:
    return f"Undo {studio.session.document.undo_stack.undo_label}".strip()


def _redo_title(studio: Studio) -> str:
    return f"Redo {studio.session.document.undo_stack.redo_label}".strip()


def _count(number: int) -> str:
    return "1 node" if number == 1 else f"{number} nodes"


def _what(part: Graph) -> str:
    """What a part of a graph is, in words: its nodes, or where it has none its frames and notes."""
    marks = len(part.frames) + len(part.notes)
    return _count(len(part.nodes)) if part.nodes or not marks else "1 mark" if marks == 1 else f"{marks} marks"


def _copy(studio: Studio) -> None:
    session = studio.session
    QGuiApplication.clipboard().setText(clip.copy(session.graph, session.selection, session.mark_selection))


def _cut(studio: Studio) -> None:
    _copy(studio)
    session = studio.session
    after = commands.remove(session.graph, session.selection, keep_chain=True)
    session.commit(marks.remove_marks(after, session.mark_selection), f"Cut {_count(len(session.selection))}")


def _delete(studio: Studio) -> None:
    studio.canvas.delete_selection()


def _paste(studio: Studio, *, keep_wires: bool = False) -> None:
    text = QGuiApplication.clipboard().text()
    part = clip.paste(text)
    if part is None and studio.opening.text(text):
        return
    if part is None:
        studio.session.said.emit("info", "There is no graph on the clipboard.", "Copy some nodes first.")
        return
    _insert(studio, part, "Paste", _paste_offset(studio, part), keep_wires=keep_wires)


def _paste_offset(studio: Studio, part: Graph) -> tuple[float, float]:
    """Brings the middle of what is pasted to the pointer, or beside the original when the pointer is elsewhere."""
    pointer = studio.canvas.pointer_scene()
    corners = [*part.places.values(), *(frame.rect[:2] for frame in part.frames.values())]
    corners += [note.rect[:2] for note in part.notes.values()]
    if pointer is None or not corners:
        return OFFSET
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return round(pointer.x() - (min(xs) + max(xs)) / 2), round(pointer.y() - (min(ys) + max(ys)) / 2)


def _insert(studio: Studio, part: Graph, verb: str, offset: tuple[float, float], *, keep_wires: bool) -> None:
    session = studio.session
    if not keep_wires:
        inner = {key: edge for key, edge in part.edges.items() if edge.source in part.nodes}
        part = part.with_tables(edges=inner)
    before = session.graph
    after, ids = commands.insert(before, part, offset)
    if session.commit(after, f"{verb} {_what(part)}", foreign=verb == "Paste"):
        fresh = (after.frames.keys() - before.frames.keys()) | (after.notes.keys() - before.notes.keys())
        session.select(ids.values(), (), fresh)


def _duplicate(studio: Studio) -> None:
    session = studio.session
    part = clip.paste(clip.copy(session.graph, session.selection, session.mark_selection))
    if part is not None:
        _insert(studio, part, "Duplicate", OFFSET, keep_wires=False)


def _select_all(studio: Studio) -> None:
    graph = studio.session.graph
    studio.session.select(graph.nodes, graph.edges, (*graph.frames, *graph.notes))


def _tidy(studio: Studio) -> None:
    session = studio.session
    chosen = session.selection if len(session.selection) > 1 else None
    places = arrange.arrange(session.graph, _sizes(studio), nodes=chosen, width=_tidy_width(studio))
    what = _count(len(chosen)) if chosen else "the graph"
    before = {node: studio.canvas.scene.place(node) for node in places}
    after = commands.straighten(commands.move(session.graph, places), places)
    if session.commit(after if chosen else _refitted(studio, after), f"Tidy {what}"):
        studio.canvas.glide_from(before)
        if not chosen:
            studio.canvas.frame_all()


def _sizes(studio: Studio) -> dict[str, tuple[float, float]]:
    """Width and height of each node as it is drawn, with the names beside its ports."""
    items = studio.canvas.scene.nodes.items()
    return {key: (item.area.right - item.x - REACH, item.rect.h) for key, item in items}


def _refitted(studio: Studio, after: Graph) -> Graph:
    """The graph with its frames around what stood in each of them before."""
    scene = studio.canvas.scene
    for frame in studio.session.graph.frames.values():
        area = Rect(*frame.rect)
        held = [item for item in scene.nodes_in(area) if holds(area, item.rect)]
        there = bounds([item.rect.moved(after.places[item.id][0] - item.x, after.places[item.id][1] - item.y)
                        for item in held if item.id in after.places])  # fmt: skip
        if there is not None:
            after = marks.set_rect(after, frame.id, framed(there))
    return after


def _tidy_width(studio: Studio) -> float:
    return float(max(1200, studio.canvas.width() * 1.25))


def _find(studio: Studio) -> None:
    from gui.dialogs.find import show_find

    show_find(studio)


def _connect(studio: Studio) -> None:
    from gui.dialogs.connect import show_connect

    show_connect(studio)


ACTIONS = [
    Action("edit.undo", _undo_title, lambda s: s.session.undo(), ("Ctrl+Z",),
           lambda s: bool(s.session.document.undo_stack.undo_label), "Edit", 1, "undo"),
    Action("edit.redo", _redo_title, lambda s: s.session.redo(), ("Ctrl+Shift+Z", "Ctrl+Y"),
           lambda s: bool(s.session.document.undo_stack.redo_label), "Edit", 1, "redo"),
    Action("edit.cut", "Cut", _cut, ("Ctrl+X",), _things, "Edit", 2, context=True),
    Action("edit.copy", "Copy", _copy, ("Ctrl+C",), _things, "Edit", 2, "copy", context=True),
    Action("edit.paste", "Paste", _paste, ("Ctrl+V",), menu="Edit", section=2, icon="paste", context=True),
    Action("edit.paste_wired", "Paste keeping wires", lambda s: _paste(s, keep_wires=True), ("Ctrl+Shift+V",),
           menu="Edit", section=2),
    Action("edit.duplicate", "Duplicate", _duplicate, ("Ctrl+D",), _things, "Edit", 2, "duplicate", context=True),
    Action("edit.delete", "Delete", _delete, ("Del", "Backspace"), _any, "Edit", 2, "delete", "canvas", context=True),
    Action("edit.select_all", "Select all", _select_all, ("Ctrl+A",), _nodes, "Edit", 3),
    Action("edit.find", "Find in the graph…", _find, ("Ctrl+F",), lambda s: bool(s.session.whole.nodes), "Edit", 3,
           "search"),
    Action("edit.add", "Add a node…", lambda s: s.window.add_node(), ("Tab",), menu="Edit", section=4, icon="add",
           place="canvas", context=True),
    Action("edit.connect", "Connect…", _connect, ("C",), _some, "Edit", 4, place="canvas", context=True),
    Action("edit.rename", "Rename", lambda s: s.window.rename(), ("F2",), _one, "Edit", 4, context=True),
    Action("edit.set_up", "Set up", lambda s: s.window.edit_selected(), ("Shift+Return",),
           lambda s: len(s.session.selection) == 1, "Edit", 4, "settings", "canvas", context=True),
    Action("edit.tidy", "Tidy up", _tidy, ("Ctrl+Shift+T",), _nodes, "Edit", 5, "tidy", context=True),
]  # fmt: skip
