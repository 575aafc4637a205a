"""Baton's engine for Python users: load, save, check, run, export; headless, the same for studio and command line.

Names are imported when they are first used, so that `import engine` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.base.errors import BatonError, FileProblem, NodeError, NotTrusted, Refused, WrongUse
    from engine.export.registry import exporter
    from engine.export.share import exported
    from engine.files.open import open_graph
    from engine.files.save import save_graph
    from engine.graph.graph import Graph
    from engine.kinds.registry import Kinds
    from engine.plan.capabilities import capabilities
    from engine.plan.check import check
    from engine.plan.trust import TrustStore
    from engine.run.control import Run, RunOptions
    from engine.run.events import Event
    from engine.run.result import Result
    from engine.run.services import Services
    from engine.run.stream import Stream
    from engine.run.thread import RunThread

__all__ = [
    "BatonError", "Event", "FileProblem", "Graph", "Kinds", "NodeError", "NotTrusted", "Refused", "Result", "Run",
    "RunOptions", "RunThread", "Services", "Stream", "TrustStore", "WrongUse", "capabilities", "check",
    "exported", "exporter", "open_graph", "save_graph",
]  # fmt: skip

_HOMES = {
    "engine.base.errors": ("BatonError", "FileProblem", "NodeError", "NotTrusted", "Refused", "WrongUse"),
    "engine.export.registry": ("exporter",),
    "engine.export.share": ("exported",),
    "engine.files.open": ("open_graph",),
    "engine.files.save": ("save_graph",),
    "engine.graph.graph": ("Graph",),
    "engine.kinds.registry": ("Kinds",),
    "engine.plan.capabilities": ("capabilities",),
    "engine.plan.check": ("check",),
    "engine.plan.trust": ("TrustStore",),
    "engine.run.control": ("Run", "RunOptions"),
    "engine.run.events": ("Event",),
    "engine.run.result": ("Result",),
    "engine.run.services": ("Services",),
    "engine.run.stream": ("Stream",),
    "engine.run.thread": ("RunThread",),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'engine' has no attribute {name!r}")


def __dir__() -> list[str]:
    """What there is, for completion: names that were not used yet too."""
    return sorted({*globals(), *__all__})
