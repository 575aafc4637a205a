"""The View menu: zoom, panels, light and dark."""

from __future__ import annotations

from engine.base.errors import BatonError
from gui.action import Action
from gui.bodies import is_container
from gui.dialogs.scopes import numbered, show_scopes
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


ACTIONS = [
    Action("view.enter", "Go inside", _enter, ("Ctrl+Down",), _container, "View", 0, "subgraph", context=True),
    Action("view.up", "Go up", lambda s: s.session.go_up(), ("Ctrl+Up",), lambda s: bool(s.session.inside), "View", 0,
           "chevron_up", context=True),
    Action("view.item", lambda s: f"Choose the {numbered(s.session)}…", show_scopes, (),
           lambda s: bool(s.session.scopes.parts(s.session.inside)), "View", 0, "search"),
    Action("view.frame", "Zoom to the selection", lambda s: s.canvas.frame_selection(), ("F",),
           lambda s: bool(s.session.selection), "View", 1, "frame", "canvas"),
    Action("view.all", "Zoom to everything", lambda s: s.canvas.frame_all(), ("Home", "1", "Shift+F"), _nodes, "View",
           1, "fit", "canvas", context=True),
    Action("view.full_size", "Full size", lambda s: s.canvas.zoom_to(1.0), ("0",), menu="View", section=1,
           place="canvas"),
    Action("view.zoom_in", "Zoom in", lambda s: s.canvas.zoom_by(STEP), ("Ctrl++", "Ctrl+="), menu="View", section=1,
           icon="zoom_in"),
    Action("view.zoom_out", "Zoom out", lambda s: s.canvas.zoom_by(1 / STEP), ("Ctrl+-",), menu="View", section=1,
           icon="zoom_out"),
    _panel("left", "Library", "Ctrl+1", "panel_left"),
    _panel("bottom", "Timeline and log", "Ctrl+2", "panel_bottom"),
    _panel("right", "Inspector", "Ctrl+3", "panel_right"),
    *(_look(look) for look in LOOKS),
]  # fmt: skip
