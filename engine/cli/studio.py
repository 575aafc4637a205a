"""`baton` and `baton FILE`: opens the studio, the only part that needs Qt, through the entry point `baton.studio`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from engine.base.errors import WrongUse
from engine.base.extras import install
from engine.base.signals import give_back
from engine.base.suggest import nearest

GROUP = "baton.studio"


def open_studio(args: list[str], commands: Iterable[str]) -> int:
    """Opens a window, with a file if one is named. Returns its exit code.

    Raises:
        WrongUse: an unknown option or command, no such file, no display, or Qt is not there.
    """
    return open_target(_file(args, commands))


def open_target(target: str = "") -> int:
    """Opens a window, with a file or an https address if one is named. Returns its exit code.

    Raises:
        WrongUse: no display, or Qt is not there.
    """
    if not display():
        graph = target or "FILE"
        raise WrongUse("There is no display to open the studio on.", f"Run the graph here: baton run {graph}")
    start = _studio()
    give_back()
    return int(start([target] if target else []) or 0)


def _file(args: list[str], commands: Iterable[str]) -> str:
    first = args[0] if args else ""
    if args and not first:
        raise WrongUse("The name of the file is empty.", "Name a graph file, or none for a new graph.")
    if first.startswith("-"):
        raise WrongUse(f"There is no option {first}.", "See baton --help.")
    if first and not Path(first).exists():
        near = nearest(first, commands) if "/" not in first and "." not in first else ""
        if near or ("." not in first and "/" not in first):
            raise WrongUse(f"There is no command or file “{first}”.", f"Did you mean baton {near}?" if near else
                           "See baton --help.")  # fmt: skip
        raise WrongUse(f"There is no file {first}.", "Check its name, or start baton and make a new graph.")
    if len(args) > 1:
        raise WrongUse("The studio opens one file at a time.", "Name one graph file.")
    return first


def display() -> bool:
    """Whether a window could appear; what Qt was told to use is taken as given."""
    if os.environ.get("QT_QPA_PLATFORM") or sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _studio() -> Callable[[list[str]], Any]:
    for point in entry_points(group=GROUP):
        try:
            found: Callable[[list[str]], Any] = point.load()
        except ImportError as error:
            if "cannot open shared object" in str(error):
                library = str(error).split(":")[0]
                raise WrongUse(f"Qt needs the library {library}, which this system lacks.",
                               "baton doctor prints the command that installs it.") from error  # fmt: skip
            if (error.name or "").split(".")[0] in ("PySide6", "qasync", "shiboken6"):
                hint = f"Install it: {install('studio')}, or run graphs in the terminal: baton run FILE"
                raise WrongUse("The studio needs Qt, which is not installed.", hint) from error
            raise
        return found
    raise WrongUse("The studio is not part of this installation.", f"Install it: {install('studio')}")
