"""Open Agent Spec: the graph as a Flow that its runtimes load, with a word on everything that it cannot say."""

from __future__ import annotations

import json
from typing import Any

from engine.export.agent_flow import flow_of
from engine.export.formats.python import refuse_circle
from engine.graph.graph import Graph
from engine.kinds.registry import Kinds


class AgentSpec:
    """Writes `NAME.agentspec.json`."""

    name = "agentspec"
    title = "Open Agent Spec"
    suffix = ".agentspec.json"

    def export(self, graph: Graph, kinds: Kinds) -> str:
        """The Flow, with the components that it refers to. Raises Refused for a graph with a cycle."""
        refuse_circle(graph, kinds)
        return json.dumps(flow_of(graph, kinds)[0], ensure_ascii=False, indent=2) + "\n"

    def inexact(self, graph: Graph, kinds: Kinds) -> tuple[str, ...]:
        """What the Flow says otherwise, or not."""
        return flow_of(graph, kinds)[1]

    def verify(self, data: bytes, graph: Graph, kinds: Kinds) -> str:
        """Every reference must lead to a component."""
        flow = json.loads(data)
        known = flow["$referenced_components"].keys()
        missing = [name for name in _references(flow) if name not in known]
        return f"it refers to {missing[0]}, which is not in it." if missing else ""


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$component_ref"]] if "$component_ref" in value else []
        return own + [name for item in value.values() for name in _references(item)]
    return [name for item in value for name in _references(item)] if isinstance(value, list) else []


EXPORTER = AgentSpec()
