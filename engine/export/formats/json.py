"""The graph file itself, as an export: what a teammate opens in Baton."""

from __future__ import annotations

from engine.base.errors import FileProblem
from engine.files.format import dumps
from engine.files.open import loads
from engine.graph.changes import between
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds


class JsonFile:
    """Writes `NAME.baton.json`."""

    name = "json"
    title = "Graph file"
    suffix = ".baton.json"

    def export(self, graph: Graph, kinds: Kinds) -> str:
        """The text of the file."""
        return dumps(graph)

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """Loads the file again: it must hold the same graph in the same order."""
        try:
            again = loads(data)
        except FileProblem as problem:
            return problem.message
        left, right = again.with_tables(head=_head(again)), graph.with_tables(head=_head(graph))
        return "the file reads as another graph." if between(left, right) else ""


def _head(graph: Graph) -> dict[str, object]:
    return {key: value for key, value in graph.head.items() if key != "baton"}


EXPORTER = JsonFile()
