"""`baton version`: the version, for reports of bugs."""

from __future__ import annotations

from engine.cli.console import new_app, say

app = new_app()


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        say(f"baton {installed('baton-studio')}")
    except PackageNotFoundError:
        say("baton (not installed as a package)")
