"""Kind `subgraph`: another graph as one node, embedded or from a file beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from engine.base.errors import ErrorClass, NodeError
from engine.base.values import Value
from engine.kinds.contract import ERROR, Call, Kind, NodeConfig, Outputs, Port, Ports, ScopeResult
from engine.kinds.fields import Hint


class SubgraphConfig(NodeConfig):
    """Settings of a sub-graph node: `graph` names a file, `body` is an embedded graph."""

    graph: str | None = Field(None, title="File", description="A graph beside this one.")
    body: Mapping[str, Any] | None = Field(None, title="Body", json_schema_extra=Hint("graph").extra())


class Subgraph(Kind[SubgraphConfig]):
    name: ClassVar[str] = "subgraph"
    title = "Sub-graph"
    group = "flow"
    icon = "subgraph"
    hint = "another graph as one node"
    Config = SubgraphConfig
    container = True
    starter: ClassVar[dict[str, Any]] = {"body": {"nodes": [], "edges": []}}

    def ports(self, config: SubgraphConfig) -> Ports:
        inputs, outputs = body_ports(config.body or {})
        return Ports(inputs, (*outputs, ERROR))

    def summary(self, config: SubgraphConfig) -> str:
        if config.graph:
            return config.graph
        count = len((config.body or {}).get("nodes", ()))
        return f"{count} node{'' if count == 1 else 's'}"

    def bodies(self, config: SubgraphConfig) -> tuple[Mapping[str, Any] | str, ...]:
        found = config.graph or config.body
        return () if found is None else (found,)

    async def run(self, call: Call[SubgraphConfig]) -> Outputs:
        inputs = {name: value for name, value in call.values().items() if call.has(name)}
        return what_it_gave(await call.body(inputs, call.node))


def what_it_gave(result: ScopeResult) -> Mapping[str, Value]:
    """The outputs of a body that ran once.

    Raises:
        NodeError: it failed, with the class of the first node that failed in it.
    """
    if result.status != "failed":
        return result.outputs
    error = result.error or {}
    error_class: ErrorClass = error.get("class", "internal")
    where = f"“{error['node']}” inside: " if error.get("node") else ""
    raise NodeError(error_class, f"{where}{error.get('message', 'its body failed')}")


def body_ports(body: Mapping[str, Any]) -> tuple[tuple[Port, ...], tuple[Port, ...]]:
    """The ports that a body gives its container: one for each of its input and output nodes, by their names."""
    inputs: dict[str, Port] = {}
    outputs: dict[str, Port] = {}
    for node in body.get("nodes", ()):
        config = node.get("config") or {}
        name = str(config.get("name") or node.get("id", ""))
        if node.get("kind") == "input":
            has_default = "default" in config
            inputs[name] = Port(name, config.get("type", "text"), required=not has_default)
        elif node.get("kind") == "output":
            outputs[name] = Port(name)
    return tuple(inputs.values()), tuple(outputs.values())


KIND = Subgraph()
