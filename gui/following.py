"""Where the things of a running graph lead: the button of a node, the cell of an item, a row of the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.bridge.faces import LOG

if TYPE_CHECKING:
    from gui.studio import Studio


def press(studio: Studio, node: str) -> None:
    """Does what the button of a node in the graph shown says."""
    if studio.canvas.display.face(node).button == LOG:
        show_log(studio, studio.session.run_key(node))
    else:
        studio.window.show_panel("questions")


def show_log(studio: Studio, key: str) -> None:
    """Shows what the log says about a node of the watched run and all inside it."""
    from gui.panels.log import Log

    panel = studio.panels.widget("log")
    if isinstance(panel, Log):
        panel.show_node(key)
    studio.window.show_panel("log")


def look_inside(studio: Studio, node: str, number: int) -> None:
    """Enters a map or loop of the graph shown, at one of its items or passes."""
    session = studio.session
    place = (*session.inside, node)
    session.scopes.choose(place, number)
    if session.enter(place):
        session.scope_changed.emit()
