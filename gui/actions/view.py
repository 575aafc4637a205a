"""The View menu: zoom, panels, light and dark."""

from __future__ import annotations

from engine.base.errors import BatonError
from engine.graph import marks
from gui.action import Action, nothing
from gui.bodies import is_container
from gui.canvas.camera import FARTHEST, NEAREST, Camera
from gui.dialogs.scopes import numbered, show_scopes
from gui.panel import SIDES, Side
from gui.studio import Studio

ORDER = 30
STEP = 1.25
LOOKS = {"system": "As the system", "dark": "Dark", "light": "Light"}


def _nodes(studio: Studio) -> bool:
    return bool(studio.session.graph.nodes)


def _panel(name: str, title: str, key: str, icon: str) -> Action:
    return Action(
        f"view.{name}", title, lambda s: s.window.toggle_side(name), (key,), menu="View", section=2, icon=icon,
        checked=lambda s: s.window.side_shown(name),
    )  # fmt: skip


def _moves(studio: Studio) -> list[Action]:
    """Each panel to each other side, and all back."""
    found = [
        _move(panel.name, panel.title, side) for panel in studio.panels.all for side in SIDES
        if studio.panels.side_of(panel) != side
    ]  # fmt: skip
    return [*found, Action("view.panels_back", "All panels back in their places", _panels_back, section=1)]


def _move(name: str, title: str, side: Side) -> Action:
    return Action(f"view.move.{name}.{side}", f"{title} {SIDES[side]}", lambda s: s.window.move_panel(name, side))


def _panels_back(studio: Studio) -> None:
    for panel in studio.panels.all:
        if studio.panels.side_of(panel) != panel.side:
            studio.window.move_panel(panel.name, None)


def _set_look(studio: Studio, look: str) -> None:
    settings = studio.services.settings.model_copy(update={"appearance": look})
    studio.take_settings(settings)
    try:
        studio.services.home.save_settings(settings)
    except OSError as error:
        studio.session.say_error(BatonError(f"The settings cannot be written: {error.strerror}."))


def _look(look: str) -> Action:
    return Action(
        f"view.look.{look}", f"Colours: {LOOKS[look].lower()}", lambda s: _set_look(s, look),
        menu="View", section=3, icon={"dark": "moon", "light": "sun"}.get(look, ""),
        checked=lambda s: s.theme.appearance == look,
    )  # fmt: skip


def _container(studio: Studio) -> bool:
    chosen = studio.session.selection
    return len(chosen) == 1 and is_container(studio.session, next(iter(chosen)))


def _enter(studio: Studio) -> None:
    session = studio.session
    session.enter((*session.inside, *session.selection))


def _bookmark(studio: Studio) -> None:
    """Marks what is seen; named after the selected node or frame, else by a number."""
    session, canvas = studio.session, studio.canvas
    graph, (x, y) = session.graph, canvas.camera.to_scene((canvas.width() / 2, canvas.height() / 2))
    names = [graph.nodes[node].name for node in session.selection]
    names += [graph.frames[mark].title for mark in session.mark_selection if mark in graph.frames]
    wanted = names[0] if len(names) == 1 and names[0] else f"View {len(graph.bookmarks) + 1}"
    number = 2
    name = wanted
    while name in graph.bookmarks:
        name, number = f"{wanted} {number}", number + 1
    if session.commit(marks.bookmark(graph, name, (x, y, canvas.camera.zoom)), "Bookmark"):
        session.said.emit("info", f"“{name}” is bookmarked.", f"Alt+{len(graph.bookmarks) + 1} goes back to it.")


def _visit(studio: Studio, name: str) -> None:
    x, y, zoom = studio.session.graph.bookmarks[name]
    zoom = min(NEAREST, max(FARTHEST, zoom))
    studio.canvas.set_camera(Camera(zoom=zoom).centred((x, y), studio.canvas.view_size))


def _bookmarks(studio: Studio) -> list[Action]:
    names = studio.session.graph.bookmarks
    return [*map(_visiting, names), *map(_forgetting, names)]


def _visiting(name: str) -> Action:
    return Action(f"view.visit.{name}", name, lambda s: _visit(s, name), icon="note")


def _forgetting(name: str) -> Action:
    def forget(studio: Studio) -> None:
        studio.session.commit(marks.forget_bookmark(studio.session.graph, name), "Forget bookmark")

    return Action(f"view.forget.{name}", f"Forget “{name}”", forget, section=1, icon="delete")


def _numbered(number: int) -> Action:
    """Alt and a digit: for the palette and the keys alone."""

    def visit(studio: Studio) -> None:
        _visit(studio, list(studio.session.graph.bookmarks)[number - 1])

    return Action(f"view.bookmark_{number}", f"Go to bookmark {number}", visit, (f"Alt+{number}",),
                  lambda s: len(s.session.graph.bookmarks) >= number)  # fmt: skip


ACTIONS = [
    Action("view.enter", "Go inside", _enter, ("Ctrl+Down",), _container, "View", 0, "subgraph", context=True),
    Action("view.up", "Go up", lambda s: s.session.go_up(), ("Ctrl+Up",), lambda s: bool(s.session.inside), "View", 0,
           "chevron_up", context=True),
    Action("view.item", lambda s: f"Choose the {numbered(s.session)}…", show_scopes, (),
           lambda s: bool(s.session.scopes.parts(s.session.inside)), "View", 0, "search"),
    Action("view.frame", "Zoom to the selection", lambda s: s.canvas.frame_selection(), ("F",),
           lambda s: s.canvas.selected_area() is not None, "View", 1, "frame", "canvas"),
    Action("view.all", "Zoom to everything", lambda s: s.canvas.frame_all(), ("Home", "1", "Shift+F"), _nodes, "View",
           1, "fit", "canvas", context=True),
    Action("view.full_size", "Full size", lambda s: s.canvas.zoom_to(1.0), ("0",), menu="View", section=1,
           place="canvas"),
    Action("view.zoom_in", "Zoom in", lambda s: s.canvas.zoom_by(STEP), ("Ctrl++", "Ctrl+="), menu="View", section=1,
           icon="zoom_in"),
    Action("view.zoom_out", "Zoom out", lambda s: s.canvas.zoom_by(1 / STEP), ("Ctrl+-",), menu="View", section=1,
           icon="zoom_out"),
    Action("view.bookmark", "Bookmark this view", _bookmark, ("Ctrl+Shift+B",), _nodes, "View", 1, "note"),
    Action("view.bookmarks", "Bookmarks", nothing, (), lambda s: bool(s.session.graph.bookmarks), "View", 1, "note",
           choices=_bookmarks),
    *(_numbered(number) for number in range(1, 10)),
    _panel("left", "Library", "Ctrl+1", "panel_left"),
    _panel("bottom", "Timeline and log", "Ctrl+2", "panel_bottom"),
    _panel("right", "Inspector", "Ctrl+3", "panel_right"),
    Action("view.outline", "Outline", lambda s: s.window.show_panel("outline"), ("Ctrl+4",), menu="View", section=2,
           icon="graph"),
    Action("view.move_panel", "Move a panel", nothing, menu="View", section=2, icon="panel_left", choices=_moves),
    *(_look(look) for look in LOOKS),
]  # fmt: skip
