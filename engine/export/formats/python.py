"""Standalone Python: one file that does what the graph does, with httpx and asyncio alone, for `uv run`."""

from __future__ import annotations

import ast

from engine.base.errors import Refused
from engine.export.standalone.program import program
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds
from engine.plan.facts import facts_of


class Python:
    """Writes `NAME.py`."""

    name = "python"
    title = "Python program"
    suffix = ".py"
    flow = "Flow"
    """The class of `engine.export.standalone.parts` that runs the graph."""

    def export(self, graph: Graph, kinds: Kinds) -> str:
        """The source.

        Raises:
            Refused: the graph has a cycle.
        """
        refuse_circle(graph, kinds)
        return program(graph, kinds, self.flow)[0]

    def inexact(self, graph: Graph, kinds: Kinds) -> tuple[str, ...]:
        """What the program does otherwise."""
        return program(graph, kinds, self.flow)[1]

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """The source must be Python, and every node must be a step of it."""
        try:
            tree = ast.parse(data.decode("utf-8"))
        except SyntaxError as error:
            return f"line {error.lineno} is not Python."
        steps = {
            call.args[0].value
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args
            and call.func.attr in ("step", "specialist", "given", "result") and isinstance(call.args[0], ast.Constant)
        }  # fmt: skip
        missing = [node for node in graph.nodes if node not in steps]
        return f"the node “{missing[0]}” is not in the program." if missing else ""


def refuse_circle(graph: Graph, kinds: Kinds) -> None:
    """Raises Refused for a graph with a cycle, of which nothing that runs can be made."""
    if len(facts_of(graph, kinds).order) != len(graph.nodes):
        raise Refused("The graph goes round in a circle.", "Wrap the circle in a loop.")


EXPORTER = Python()
