"""Goes on with stored runs: after a crash, a failure, a stop or a pause, and from a node of the run that is watched."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.base.errors import BatonError
from engine.base.values import Value
from gui.stored import journal, look, stored
from gui.views.run_table import ago

if TYPE_CHECKING:
    from gui.studio import Studio

OVER = ("completed", "completed_with_warnings", "running")
"""Runs that cannot be gone on with."""
LOOKED_AT = 50
DISMISSED = "dismissed_runs"


def can_resume(studio: Studio) -> bool:
    """Whether the watched run can be gone on with."""
    view = studio.session.run_view
    return view is not None and not studio.session.running and bool(view.started) and view.status not in OVER


def resume(
    studio: Studio, run: str = "", budget_usd: float | None = None, answers: Mapping[str, Value] | None = None
) -> None:  # fmt: skip
    """Goes on with a stored run, the watched one by default, with answers to its questions; first its graph is
    brought to the canvas."""
    session = studio.session
    run = run or (session.run_view.run if session.run_view else "")
    graph, _ = stored(studio, run)
    if session.running or graph is None or not graph.nodes.keys().isdisjoint(session.whole.nodes):
        session.resume(run, budget_usd, answers)
        return

    def opened() -> None:
        file = Path(journal(studio).find(run).file)
        if not (file.is_file() and studio.filing.load(file)):
            studio.filing.restore(graph, None)
        session.resume(run, budget_usd, answers)

    studio.filing.before_leaving(opened)


def can_run_from(studio: Studio) -> bool:
    """Whether a node is selected that the watched run has been past, and that a new run could begin at."""
    session = studio.session
    view = session.run_view
    one = len(session.selection) == 1 and not session.inside
    return one and view is not None and not session.running and bool(view.started) and view.run != ""


def run_from(studio: Studio) -> None:
    """A new run that does the selected node and all that follows from it anew."""
    view = studio.session.run_view
    if view is not None:
        (node,) = studio.session.selection
        studio.launch.start_from(view.run, node, rehearse=view.rehearsal)


def offer(studio: Studio) -> None:
    """Asks what to do about the run that was interrupted last, unless that was asked before."""
    known = studio.state.get(DISMISSED, [])
    try:
        runs = journal(studio).runs(LOOKED_AT) if journal(studio).path.exists() else []
    except BatonError as error:
        studio.session.say_error(error)
        return
    cut = next((run for run in runs if run.status == "interrupted" and run.id not in known), None)
    if cut is None:
        return

    def chosen(words: str) -> None:
        studio.state.put(DISMISSED, [*known, cut.id][-LOOKED_AT:])
        if words == "Resume":
            resume(studio, cut.id)
        elif words == "Look":
            look(studio, cut.id)

    when = ago(time.time() - cut.created)
    text = f"A run of “{cut.name or 'Untitled'}”, started {when}, was interrupted. What was done is kept."
    studio.window.bar.ask("warning", text, ("Resume", "Look", "Dismiss"), chosen)
