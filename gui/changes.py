"""Two versions of a graph held against each other in a window of their own, and older versions brought back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.graph.compare import together
from engine.graph.conflicts import Conflict, Side, conflicts_of, settle
from engine.graph.details import details
from engine.graph.graph import Graph
from gui.bridge.changed import counted

if TYPE_CHECKING:
    from gui.studio import Studio


def compare(studio: Studio, old: Graph, new: Graph, names: tuple[str, str]) -> Studio | None:
    """Shows what leads from one graph to another, in another window; nothing of either can be changed there.

    Args:
        names: what people call the two.
    """
    other = studio.open_window()
    if other is None:
        return None
    found = details(old, new)
    other.session.show(together(old, new))
    other.session.show_changes(found)
    other.window.show_panel("changes")
    legend = "Green was added, red with a dashed border removed, yellow changed."
    other.window.bar.ask("info", f"From {names[0]} to {names[1]}: {counted(found)}. {legend}")
    return other


def restore(studio: Studio, graph: Graph, name: str) -> bool:
    """Makes the document what it was in a version, as one step that can be undone. False when it was refused."""
    session = studio.session
    session.enter(())
    return session.commit(graph, f"Restore “{name}”", foreign=True)


def choose(studio: Studio, conflict: Conflict, side: Side) -> bool:
    """Settles what two people changed differently, as one step. False when it was refused."""
    from engine.base.errors import BatonError

    session = studio.session
    session.enter(())
    try:
        after = settle(session.whole, conflict, side)
    except BatonError as error:
        session.say_error(error)
        return False
    return session.commit(after, f"Choose {side} for {conflict.node or conflict.what}", foreign=True)


def offer_conflicts(studio: Studio) -> None:
    """Says that something has to be chosen, where a merge left it open."""
    count = len(conflicts_of(studio.session.whole))
    if not count:
        return
    studio.panels.widget("changes")  # it counts them on its tab from now on
    things = "One thing was" if count == 1 else f"{count} things were"

    def chosen(words: str) -> None:
        if words:
            studio.window.show_panel("changes")

    studio.window.bar.ask("warning", f"{things} changed differently by two people.", ("Choose",), chosen)
