"""Makes ready for a first run while nobody waits: off the window's thread, after the first paint."""

from __future__ import annotations

import contextlib
import gc
import importlib
import linecache
import sys
import threading
from typing import Final

from engine.base.garbage import collect_seldom

LATER = (
    "engine.run.control",
    "engine.plan.check",
    "networkx",
    "jinja2",
    "engine.models.http",
    "engine.models.rehearsal.model",
    "gui.fixes",
)
SWITCH_S: Final = 0.001
"""How long another thread may go on when the window wants its turn: Python's own 5 ms are a third of a frame, and a
frame may have to ask several times."""


def warm_up() -> threading.Thread:
    """Starts importing; what cannot be imported is said when it is needed."""
    thread = threading.Thread(target=_import, name="warm-up", daemon=True)
    thread.start()
    return thread


def _import() -> None:
    try:
        for name in LATER:
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    finally:
        settle()


def settle() -> None:
    """What stands by now stays: the collector, which would hold up a frame or six, does not go over it again, and
    looks at little when it looks. And threads give way to each other sooner."""
    linecache.clearcache()  # PySide looked at the source of each module
    gc.freeze()
    gc.enable()
    collect_seldom()
    sys.setswitchinterval(SWITCH_S)
