"""The whole way of an export: clean, write, open again in memory and compare (architecture.md, An export)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.base.errors import BatonError
from engine.base.secrets import Redactor
from engine.export.clean import clean
from engine.export.contract import Exporter, Verifying
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written, and what a teammate needs to run it."""

    data: bytes
    needs: tuple[str, ...]


def exported(
    graph: Graph, exporter: Exporter, kinds: Kinds, *, folder: Path | None = None, redactor: Redactor | None = None
) -> Export:
    """A graph in a format, checked against the graph before anybody says that it is done.

    Args:
        folder: where the graph's file stands.
        redactor: knows the user's keys, so that none of them leaves.

    Raises:
        Refused: it contains a key.
        BatonError: it cannot be made, or what was made does not hold the graph.
    """
    ready = clean(graph, kinds, folder=folder, redactor=redactor)
    made = exporter.export(ready.graph, kinds)
    data = made.encode("utf-8") if isinstance(made, str) else bytes(made)
    wrong = exporter.verify(data, ready.graph, kinds) if isinstance(exporter, Verifying) else _empty(data)
    if wrong:
        raise BatonError(f"The export to {exporter.title} failed its own check: {wrong}", "Nothing was written.")
    return Export(data, ready.needs)


def _empty(data: bytes) -> str:
    return "" if data else "it is empty."
