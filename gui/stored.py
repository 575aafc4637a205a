"""Stored runs in a window: one is looked at on the canvas, or its graph is opened as a copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from engine.archive.replay import Replay
from engine.base.errors import BatonError
from engine.files.open import loads
from engine.graph.graph import Graph
from engine.run import checkpoint
from engine.run.events import Event
from engine.run.journal import Journal, StoredRun
from engine.run.view import View
from gui.leaving import before_leaving

if TYPE_CHECKING:
    from gui.studio import Studio

OTHER = "This run was of another graph, so the canvas cannot show it."
LONG: Final = 1_000_000
"""Bytes of events from which on reading and folding them would hold up the window."""
Found = tuple[Graph | None, Sequence[Event], Replay]
End = tuple[Graph, View]


def journal(studio: Studio) -> Journal:
    """The user's stored runs."""
    return Journal(studio.services.home.runs)


def listed(studio: Studio, most: int) -> list[StoredRun]:
    """The user's stored runs, newest first, at most so many; what goes wrong with them is said."""
    there = journal(studio)
    try:
        return there.runs(most) if there.path.exists() else []
    except BatonError as error:
        studio.session.say_error(error)
        return []


def look(studio: Studio, run: str, then: Callable[[], object] | None = None) -> None:
    """Watches a stored run on the canvas; one of very many events is read and folded off this thread, and its end is
    shown before that where it is at hand.

    Args:
        then: what to do once it is watched.
    """
    session, there = studio.session, journal(studio)
    if session.running:
        session.said.emit("info", "A run is going on.", "Stop it to look at another one.")
        return

    def shown(found: Found) -> None:
        if not session.running:  # one may have been started meanwhile
            _watch(studio, run, found)
        if then is not None and session.run_view is not None and session.run_view.run == run:
            then()

    def ended(found: End | None) -> None:
        if found is None:
            session.said.emit("info", "Opening a long run.", "")
            studio.opening.away(lambda: _read(there, run, keeps=True), shown)
        elif not session.running:
            _watch_end(studio, run, *found)
            studio.opening.away(lambda: _read(there, run), lambda found: session.fill_run(run, found[2]))
            if then is not None:
                then()

    try:
        if there.find(run).bytes > LONG:
            studio.opening.away(lambda: _end(there, run), ended)
        else:
            shown(_read(there, run))
    except BatonError as error:
        session.say_error(error)


def _read(there: Journal, run: str, *, keeps: bool = False) -> Found:
    """The graph, the events, and their replay folded to the end, which may be kept. From any thread."""
    text, events = there.graph(run), there.events(run)
    replay = Replay(events)
    view = replay.view_at(len(replay))
    if keeps:
        checkpoint.keep(there, view)
    return (loads(text) if text else None), events, replay


def _end(there: Journal, run: str) -> End | None:
    """The graph and what the run came to, where that was kept when it was folded before. From any thread."""
    view, text = checkpoint.kept(there, run), there.graph(run)
    return (loads(text), view) if view is not None and text else None


def _watch_end(studio: Studio, run: str, graph: Graph, view: View) -> None:
    studio.session.show_end(view, graph)
    _place(studio, run, graph)


def _watch(studio: Studio, run: str, found: Found) -> None:
    graph, events, replay = found
    session = studio.session
    if graph is None or not events:
        session.said.emit("warning", "Nothing is stored of this run.", "It ended before its first event.")
        return
    session.show_run(events, graph, replay)
    _place(studio, run, graph)


def _place(studio: Studio, run: str, graph: Graph) -> None:
    """Offers the graph of a run that was of another one than is shown."""
    if _akin(graph, studio.session.whole):
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

    before_leaving(studio, opened)


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
