"""Two stored runs held against each other: the newer one is watched, and what it did otherwise is marked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from engine.archive.compare import RunComparison, compare, run_order
from engine.base.errors import FileProblem
from engine.run.view import View
from gui.stored import stored

if TYPE_CHECKING:
    from gui.studio import Studio


def compare_runs(studio: Studio, one: str, two: str) -> None:
    """Watches the second of two stored runs and marks what it did otherwise than the first."""
    session = studio.session
    if session.running:
        session.said.emit("info", "A run is going on.", "Stop it to compare others.")
        return
    (before, earlier), (graph, events) = stored(studio, one), stored(studio, two)
    if before is None or graph is None or not earlier or not events:
        session.said.emit("warning", "One of these runs is not stored as a whole.", "Choose another one.")
        return
    try:
        first = View.of(earlier)
    except FileProblem as error:
        session.say_error(error)
        return
    if graph.nodes.keys().isdisjoint(session.whole.nodes):
        session.said.emit("info", "These runs were of another graph.", "Open its graph as a copy to see them.")
    session.show_run(events, graph)
    if session.run_view is not None:
        session.show_comparison(compare(first, session.run_view, run_order(before, graph)))
        studio.window.show_panel("compared")


def totals(compared: RunComparison) -> Iterator[str]:
    """Outcome, time, tokens and money of both runs, in words; what is the same in both is left out."""
    from gui.figures import money, seconds_text, tokens_text

    pairs = (
        ("outcome", *(each.replace("_", " ") for each in compared.status)),
        ("time", *("unknown" if each is None else seconds_text(each) for each in compared.seconds)),
        ("tokens", *map(tokens_text, compared.tokens)),
        ("money", *("unknown" if each is None else money(each) for each in compared.cost_usd)),
    )
    yield from (f"{name} {one} → {two}" for name, one, two in pairs if one != two)
    if compared.outputs:
        yield f"other outputs: {', '.join(compared.outputs)}"
