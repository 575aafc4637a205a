"""Code for LangGraph: a StateGraph with a node for each node of the graph, ready for its checkpoints and tools."""

from __future__ import annotations

from engine.export.formats.python import Python
from engine.export.standalone.program import program
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds


class LangGraph(Python):
    """Writes `NAME_langgraph.py`; `graph` in it is the compiled graph, for a `langgraph.json` too."""

    name = "langgraph"
    title = "LangGraph program"
    suffix = "_langgraph.py"
    flow = "OnLangGraph"

    def inexact(self, graph: Graph, kinds: Kinds) -> tuple[str, ...]:
        """What the program does otherwise."""
        races = [
            f"“{node.id}” waits for all its branches: a node of LangGraph begins when all before it have ended."
            for node in graph.nodes.values()
            if node.config.get("join") in ("first", "quorum", "first_success")
            or node.config.get("strategy") == "first_success"
        ]
        return (*program(graph, kinds, self.flow)[1], *races)


EXPORTER = LangGraph()
