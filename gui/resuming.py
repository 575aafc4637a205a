"""Goes on with stored runs: after a crash, a failure, a stop or a pause, and from a node of the run that is watched."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engine.base.errors import BatonError
from engine.base.values import Value
from engine.run.view import View
from gui.leaving import before_leaving
from gui.session import Basis
from gui.stored import journal, listed, look, stored
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
    studio: Studio, run: str = "", *, answers: Mapping[str, Value] | None = None, budget_usd: float | None = None,
    budget_tokens: int | None = None,
) -> None:  # fmt: skip
    """Goes on with a stored run, the watched one by default, with answers to its questions or a higher budget; first
    its graph is brought to the canvas."""
    session = studio.session
    run = run or (session.run_view.run if session.run_view else "")
    graph, _ = stored(studio, run)
    if session.running or graph is None or not graph.nodes.keys().isdisjoint(session.whole.nodes):
        session.resume(run, answers, budget_usd, budget_tokens)
        return

    def opened() -> None:
        file = Path(journal(studio).find(run).file)
        if not (file.is_file() and studio.filing.load(file)):
            studio.filing.restore(graph, None)
        session.resume(run, answers, budget_usd, budget_tokens)

    before_leaving(studio, opened)


def can_run_from(studio: Studio) -> bool:
    """Whether a node is selected that the watched run has been past, and that a new run could begin at."""
    session, key = studio.session, selected_key(studio)
    view = session.run_view
    known = view is not None and (key in view.nodes or not session.inside)
    return bool(key) and known and not session.running and view is not None and bool(view.started) and view.run != ""


def selected_key(studio: Studio) -> str:
    """What the watched run calls the one selected node; "" for none, or several."""
    session = studio.session
    return session.run_key(next(iter(session.selection))) if len(session.selection) == 1 else ""


def can_run_only(studio: Studio) -> bool:
    """Whether the one selected node can be run without what follows: it stands in no container."""
    return can_run_from(studio) and not studio.session.inside


def run_from(studio: Studio, key: str = "", *, only: bool = False) -> None:
    """A new run that does a node (by its key; the selected one by default) anew, and, but for `only`, all that follows
    from it."""
    view = studio.session.run_view
    if view is not None:
        basis = Basis(view.run, from_node=key or selected_key(studio), only=only)
        studio.launch.start_from(basis, rehearse=view.rehearsal)


def run_edited(studio: Studio, key: str, outputs: Mapping[str, Value]) -> None:
    """A new run in which a node gave something else: what follows from it is done anew."""
    view = studio.session.run_view
    if view is not None:
        studio.launch.start_from(Basis(view.run, edited={key: outputs}), rehearse=view.rehearsal)


def failed_items(view: View | None) -> int:
    """How many items of maps failed in a run."""
    nodes = view.nodes.values() if view is not None else ()
    return sum(part.status == "failed" for node in nodes for part in node.parts.values())


def can_retry(studio: Studio) -> bool:
    """Whether items failed in the watched run though it went on; one that failed is gone on with (`can_resume`)."""
    view = studio.session.run_view
    over = view is not None and not studio.session.running and view.finished and view.status in OVER
    return over and failed_items(view) > 0


def retry_failed(studio: Studio) -> None:
    """Does again what failed: in the same run, or in a new one where the run went on without it."""
    view = studio.session.run_view
    if view is None:
        return
    if view.status == "failed":
        resume(studio)
    else:
        studio.launch.start_from(Basis(view.run, failed=True), rehearse=view.rehearsal)


def run_again(studio: Studio, run: str) -> None:
    """Runs the document with what a stored run was given."""
    from engine.run.past import Past

    try:
        past = Past.load(journal(studio), run)
        inputs, rehearsal = past.inputs, past.rehearsal
    except BatonError as error:
        studio.session.say_error(error)
        return
    names = {node.config.get("name") or key for key, node in studio.session.whole.nodes.items() if node.kind == "input"}
    studio.launch.start_with({name: value for name, value in inputs.items() if name in names}, rehearse=rehearsal)


def offer(studio: Studio) -> None:
    """Asks what to do about the run that was interrupted last, unless that was asked before; no more once it goes on,
    however it was told to."""
    known = studio.state.get(DISMISSED, [])
    cut = next((run for run in listed(studio, LOOKED_AT) if run.status == "interrupted" and run.id not in known), None)
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

    def going_on() -> None:
        view = studio.session.run_view
        if studio.session.running and view is not None and view.run == cut.id:
            studio.session.run_changed.disconnect(going_on)
            studio.window.bar.take_back(text)

    studio.session.run_changed.connect(going_on)
    studio.window.bar.ask("warning", text, ("Resume", "Look", "Dismiss"), chosen)
