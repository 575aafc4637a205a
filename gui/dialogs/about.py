"""What Baton is, which version, and where it keeps things."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from gui.dialogs.ask import Question, ask
from gui.studio import Studio


def show_about(studio: Studio) -> Question:
    """Opens it."""
    try:
        number = version("baton-studio")
    except PackageNotFoundError:
        number = "from source"
    text = (
        f"Version {number}. Draw agents and edges, run them, watch them, share them.\n\n"
        f"Settings, runs and recovery are kept in {studio.services.home.root}.\n"
        "Nothing is sent to anyone but the models that you set up."
    )
    return ask(studio.window, "Baton", text, ["Close"], lambda _: None)
