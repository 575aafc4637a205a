"""What is asked before the document of a window goes, so that nothing is lost by accident: runs, rows, edits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gui.dialogs.ask import ask

if TYPE_CHECKING:
    from gui.studio import Studio

Then = Callable[[], object]


def before_leaving(studio: Studio, then: Then) -> None:
    """Calls `then` when the document may go: at once if it is saved, else after Save or Discard."""
    if studio.session.running:
        text = "It is stopped first. Results that have arrived are kept."
        ask(studio.window, "A run is still going on.", text, ["Stop the run", "Cancel"],
            lambda answer: _stop_run(studio, then) if answer == "Stop the run" else None)  # fmt: skip
    elif studio.batching.active:
        text = "Its runs are stopped first. The results so far are kept, and can be gone on with."
        ask(studio.window, "Rows of a table are still run.", text, ["Stop them", "Cancel"],
            lambda answer: _stop_batch(studio, then) if answer == "Stop them" else None)  # fmt: skip
    elif studio.session.clean and not studio.filing.gone:
        then()
    else:
        _ask_to_save(studio, then)


def _stop_run(studio: Studio, then: Then) -> None:
    session = studio.session

    def ended() -> None:
        if not session.running:
            session.run_changed.disconnect(ended)
            before_leaving(studio, then)

    session.run_changed.connect(ended)
    session.stop()
    ended_already = not session.running
    if ended_already:
        ended()


def _stop_batch(studio: Studio, then: Then) -> None:
    studio.batching.stop_and(lambda: before_leaving(studio, then))


def _ask_to_save(studio: Studio, then: Then) -> None:
    def answered(answer: str) -> None:
        if answer == "Save":
            studio.filing.save(then)
        elif answer == "Discard":
            then()

    title, text = f"Save the changes to “{studio.filing.name}”?", "They are lost otherwise."
    if studio.filing.gone:
        title, text = f"Save “{studio.filing.name}” again?", "Its file is gone: what you see is lost otherwise."
    ask(studio.window, title, text, ["Save", "Cancel", "Discard"], answered, "Discard")
