"""A bundle: the graph with its sub-graphs, cassettes and sample data in one `.zip` that Baton opens again."""

from __future__ import annotations

from engine.base.errors import FileProblem
from engine.export.contract import Around
from engine.export.formats.json import EXPORTER as GRAPH_FILE
from engine.files.bundle import Bundle, read_bundle, write_bundle
from engine.files.format import dumps
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds


class BundleFile:
    """Writes `NAME.zip`."""

    name = "bundle"
    title = "Bundle with all its files (.zip)"
    suffix = ".zip"

    def pack(self, graph: Graph, around: Around) -> bytes:
        """The bundle with everything that was found beside the graph."""
        return write_bundle(Bundle(around.main, around.files, around.needs, graph.name, around.roles))

    def export(self, graph: Graph, kinds: Kinds) -> bytes:
        """The bundle of a graph that stands alone."""
        main = "graph.baton.json"
        return self.pack(graph, Around(main, (), {main: dumps(graph).encode("utf-8")}, {main: "graph"}))

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """Opens the bundle as a teammate would: it must hold the same graph, and each file as its manifest says."""
        try:
            bundle = read_bundle(data)
        except FileProblem as problem:
            return problem.message
        return GRAPH_FILE.verify(bundle.files[bundle.main], graph, kinds)


EXPORTER = BundleFile()
