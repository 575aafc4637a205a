"""Stored runs in a window: one is looked at on the canvas, or its graph is opened as a copy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from engine.base.errors import BatonError
from engine.files.open import loads
from engine.graph.graph import Graph
from engine.run.events import Event
from engine.run.journal import Journal

if TYPE_CHECKING:
    from gui.studio import Studio

OTHER = "This run was of another graph, so the canvas cannot show it."


def journal(studio: Studio) -> Journal:
    """The user's stored runs."""
    return Journal(studio.services.home.runs)


def look(studio: Studio, run: str) -> None:
    """Watches a stored run on the canvas."""
    session = studio.session
    if session.running:
        session.said.emit("info", "A run is going on.", "Stop it to look at another one.")
        return
    graph, events = stored(studio, run)
    if graph is None or not events:
        session.said.emit("warning", "Nothing is stored of this run.", "It ended before its first event.")
        return
    session.show_run(events, graph)
    if _akin(graph, session.whole):
        studio.window.bar.take_back(OTHER)
    else:
        _offer_graph(studio, run)


def open_graph(studio: Studio, run: str) -> None:
    """Opens the graph that a run ran on, as an unsaved copy, and watches the run there."""
    graph, events = stored(studio, run)
    if graph is None:
        return
    shown = graph

    def opened() -> None:
        studio.filing.restore(shown, None)
        if events:
            studio.session.show_run(events, shown)

    studio.filing.before_leaving(opened)


def stored(studio: Studio, run: str) -> tuple[Graph | None, Sequence[Event]]:
    """The graph and the events of a run, as far as they are stored; what goes wrong is said."""
    try:
        text = journal(studio).graph(run)
        return (loads(text) if text else None), journal(studio).events(run)
    except BatonError as error:
        studio.session.say_error(error)
        return None, []


def _akin(graph: Graph, shown: Graph) -> bool:
    """Whether at least half of the nodes of a run are those shown: graphs have many a `draft` and `report`."""
    same = sum(1 for node in graph.nodes.values() if (own := shown.nodes.get(node.id)) and own.kind == node.kind)
    return 2 * same >= len(graph.nodes)


def _offer_graph(studio: Studio, run: str) -> None:
    def chosen(words: str) -> None:
        if words:
            open_graph(studio, run)

    studio.window.bar.ask("info", OTHER, ("Open that graph as a copy",), chosen)
