"""LangGraph: what `get_graph().to_json()` gives. It holds steps and arrows only; what they do stays in its code."""

from __future__ import annotations

from typing import Any

from engine.export.drafting import Draft
from engine.export.flowchart import END, START, Arrow, Sort, Step, draw
from engine.export.foreign import objects, part, text_of
from engine.export.importing import Found, Imported


class LangGraph:
    """Reads nodes by their names, edges, and which of them are conditional."""

    name = "langgraph"
    title = "LangGraph"

    def recognises(self, found: Found) -> bool:
        """By its nodes: a `type` of its own kind, edges with a source and a target, no places."""
        nodes, edges = objects(found.object.get("nodes")), objects(found.object.get("edges"))
        plain = all("position" not in node and "parameters" not in node for node in nodes)
        known = any(node.get("type") in ("runnable", "schema") or node.get("id") == START for node in nodes)
        return bool(nodes) and plain and known and all("source" in edge and "target" in edge for edge in edges)

    def read(self, found: Found) -> Imported:
        """The graph that it draws."""
        draft = Draft(self.title, found.title)
        steps = {str(node.get("id")): _step(node) for node in objects(found.object["nodes"])}
        arrows = [
            Arrow(str(edge["source"]), str(edge["target"]), text_of(edge.get("data")), bool(edge.get("conditional")))
            for edge in objects(found.object.get("edges"))
        ]
        draw(draft, steps, arrows)
        return draft.finish()


def _step(node: dict[str, Any]) -> Step:
    key = str(node.get("id"))
    title = text_of(part(node, "data", "name")) or key
    made_of = part(node, "data", "id")
    tools = isinstance(made_of, list) and made_of and str(made_of[-1]).endswith("ToolNode")
    sorts: dict[str, Sort] = {START: "start", END: "end", "tools": "tools"}
    sort = "tools" if tools else sorts.get(key, "step")
    return Step({START: "Start", END: "End"}.get(key, title), sort)


IMPORTER = LangGraph()
