"""The files that ship with Baton (icons and fonts), and how to find them."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parent


def path(name: str) -> Path:
    """Where a shipped file is.

    Args:
        name: relative to this folder, with forward slashes: `icons/agent.svg`.

    Raises:
        FileNotFoundError: nothing of that name ships.
    """
    found = ROOT.joinpath(*name.split("/"))
    if ".." in found.parts or not found.is_relative_to(ROOT) or not found.is_file():
        raise FileNotFoundError(f"No file {name!r} ships with Baton.")
    return found


def names(folder: str, ending: str) -> list[str]:
    """The shipped files of one folder, sorted, without their ending: `names("icons", ".svg")` -> `["add", ...]`."""
    return sorted(found.stem for found in ROOT.joinpath(folder).glob(f"*{ending}"))
