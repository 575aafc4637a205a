"""Imports what a first run needs while nobody waits: off the window's thread, after the first paint."""

from __future__ import annotations

import importlib
import threading

LATER = (
    "engine.run.control",
    "engine.plan.check",
    "networkx",
    "jinja2",
    "engine.models.http",
    "engine.models.rehearsal.model",
)


def warm_up() -> threading.Thread:
    """Starts importing; what cannot be imported is said when it is needed."""
    thread = threading.Thread(target=_import, name="warm-up", daemon=True)
    thread.start()
    return thread


def _import() -> None:
    for name in LATER:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
