"""The Arrange menu: in line, at equal distances, frames and notes, sub-graphs, muted and bypassed nodes."""

from __future__ import annotations

from engine.base.errors import BatonError
from engine.graph import align, commands, marks
from engine.graph.records import Aside
from engine.plan import nest
from gui.action import Action, nothing
from gui.canvas.geometry import Rect, snapped
from gui.canvas.marks import framed
from gui.canvas.paint_mark import COLOURS
from gui.dialogs.peek import show_peek
from gui.studio import Studio

ORDER = 25
FRAME, NOTE = (400.0, 240.0), (224.0, 112.0)
"""Width and height of an empty frame and of a new note."""


def _some(studio: Studio) -> bool:
    return bool(studio.session.selection)


def _several(studio: Studio) -> bool:
    return len(studio.session.selection) > 1


def _frames(studio: Studio) -> list[str]:
    return [mark for mark in studio.session.mark_selection if mark in studio.session.graph.frames]


def _bent(studio: Studio) -> list[str]:
    session = studio.session
    chosen = {edge.key for node in session.selection for edge in session.graph.incoming(node)} | session.edge_selection
    chosen |= {edge.key for node in session.selection for edge in session.graph.outgoing(node)}
    return [key for key in session.graph.bends if key in chosen]


def _boxes(studio: Studio) -> dict[str, align.Box]:
    items = studio.canvas.scene.nodes
    return {node: _numbers(items[node].rect) for node in studio.session.selection}


def _numbers(rect: Rect) -> align.Box:
    return rect.x, rect.y, rect.w, rect.h


def _align(studio: Studio, side: align.Side) -> None:
    session = studio.session
    after = commands.move(session.graph, align.aligned(_boxes(studio), side))
    session.commit(after, f"Align {len(session.selection)} nodes")


def _distribute(studio: Studio, axis: align.Axis) -> None:
    session = studio.session
    after = commands.move(session.graph, align.distributed(_boxes(studio), axis))
    session.commit(after, f"Distribute {len(session.selection)} nodes")


def _set_aside(studio: Studio, aside: Aside) -> None:
    session = studio.session
    chosen = session.selection
    back = _are(studio, aside)
    verb = {"muted": "Mute", "bypassed": "Bypass"}.get(aside, "")
    what = "node" if len(chosen) == 1 else f"{len(chosen)} nodes"
    after = commands.set_aside(session.graph, chosen, "" if back else aside)
    session.commit(after, f"{'Bring back' if back else verb} {what}")


def _are(studio: Studio, aside: Aside) -> bool:
    """Whether all that is selected is set aside in this way."""
    nodes = studio.session.graph.nodes
    return bool(studio.session.selection) and all(nodes[node].aside == aside for node in studio.session.selection)


def _add_frame(studio: Studio) -> None:
    session, canvas = studio.session, studio.canvas
    area = canvas.selected_area()
    rect = framed(area) if area is not None else _numbers(_free(studio, *FRAME))
    after, frame = marks.add_frame(session.graph, rect)
    if session.commit(after, "Add frame"):
        session.select(marks=[frame])
        canvas.write_on(frame)


def _add_note(studio: Studio) -> None:
    session, canvas = studio.session, studio.canvas
    after, note = marks.add_note(session.graph, _numbers(_free(studio, *NOTE)))
    if session.commit(after, "Add note"):
        session.select(marks=[note])
        canvas.reveal_selection()
        canvas.write_on(note)


def _free(studio: Studio, width: float, height: float) -> Rect:
    """A box at the pointer, or in the middle of the view."""
    there = studio.canvas.pointer_scene() or studio.canvas.scene_centre()
    return Rect(snapped(there.x() - width / 2), snapped(there.y() - height / 2), width, height)


def _colours(studio: Studio) -> list[Action]:
    def choice(name: str) -> Action:
        def paint(studio: Studio) -> None:
            session = studio.session
            session.commit(marks.paint(session.graph, _frames(studio), name), "Colour frame")

        title = name.capitalize() or "As usual"
        shown = next((studio.session.graph.frames[frame].color for frame in _frames(studio)), "")
        return Action(f"arrange.colour.{name or 'usual'}", title, paint, checked=lambda _: shown == name)

    return [choice(name) for name in COLOURS]


def _straighten(studio: Studio) -> None:
    session = studio.session
    after = session.graph
    for edge in _bent(studio):
        after = commands.bend(after, edge, ())
    session.commit(after, "Straighten wires")


def _collapse(studio: Studio) -> None:
    session = studio.session
    try:
        after, made = nest.collapse(session.graph, session.kinds, session.selection)
    except BatonError as error:
        session.say_error(error)
        return
    if session.commit(after, "Make sub-graph"):
        session.select([made])


def _take_apart(studio: Studio) -> None:
    session = studio.session
    try:
        after, ids = nest.take_apart(session.graph, next(iter(session.selection)))
    except BatonError as error:
        session.say_error(error)
        return
    if session.commit(after, "Take sub-graph apart"):
        session.select(ids.values())


def _one_subgraph(studio: Studio) -> bool:
    chosen = studio.session.selection
    return len(chosen) == 1 and studio.session.graph.nodes[next(iter(chosen))].kind == "subgraph"


def _one_container(studio: Studio) -> bool:
    chosen = studio.session.selection
    return len(chosen) == 1 and isinstance(studio.session.graph.nodes[next(iter(chosen))].config.get("body"), dict)


def _side(side: align.Side, title: str, key: str) -> Action:
    return Action(f"arrange.{side}", title, lambda s: _align(s, side), (key,), _several, "Arrange", 1,
                  f"align_{side}", "canvas")  # fmt: skip


def _axis(axis: align.Axis, title: str, key: str) -> Action:
    return Action(
        f"arrange.{axis}", title, lambda s: _distribute(s, axis), (key,), lambda s: len(s.session.selection) > 2,
        "Arrange", 2, f"distribute_{axis}", "canvas",
    )  # fmt: skip


ACTIONS = [
    _side("left", "Align left", "Alt+A"),
    _side("centre", "Align centres", "Alt+H"),
    _side("right", "Align right", "Alt+D"),
    _side("top", "Align tops", "Alt+W"),
    _side("middle", "Align middles", "Alt+V"),
    _side("bottom", "Align bottoms", "Alt+S"),
    _axis("across", "Distribute across", "Alt+Shift+H"),
    _axis("down", "Distribute down", "Alt+Shift+V"),
    Action("arrange.frame", "Frame", _add_frame, ("Ctrl+G",), menu="Arrange", section=3, icon="frame", context=True),
    Action("arrange.colour", "Colour of the frame", nothing, (), lambda s: bool(_frames(s)), "Arrange", 3,
           context=True, choices=_colours),
    Action("arrange.note", "Note", _add_note, ("N",), menu="Arrange", section=3, icon="note", place="canvas",
           context=True),
    Action("arrange.straighten", "Straighten wires", _straighten, (), lambda s: bool(_bent(s)), "Arrange", 3,
           context=True),
    Action("arrange.collapse", "Make sub-graph of selection", _collapse, ("Ctrl+Shift+G",), _some, "Arrange", 4,
           "subgraph", context=True),
    Action("arrange.apart", "Take sub-graph apart", _take_apart, ("Ctrl+Shift+U",), _one_subgraph, "Arrange", 4,
           context=True),
    Action("arrange.peek", "Peek inside", show_peek, ("P",), _one_container, "Arrange", 4, "search", "canvas",
           context=True),
    Action("arrange.mute", "Mute", lambda s: _set_aside(s, "muted"), ("M",), _some, "Arrange", 5, "mute", "canvas",
           checked=lambda s: _are(s, "muted"), context=True),
    Action("arrange.bypass", "Bypass", lambda s: _set_aside(s, "bypassed"), ("Ctrl+B",), _some, "Arrange", 5,
           "bypass", "canvas", checked=lambda s: _are(s, "bypassed"), context=True),
]  # fmt: skip
