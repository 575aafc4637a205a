"""Kind `subgraph`: another graph as one node, embedded or from a file beside this one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field

from engine.kinds.containers import arrived, bodies_of, body_ports, what_it_gave
from engine.kinds.contract import ERROR, Call, Kind, Outputs, Ports, SpendingConfig
from engine.kinds.fields import Hint


class SubgraphConfig(SpendingConfig):
    """Settings of a sub-graph node: `graph` names a file, `body` is an embedded graph."""

    graph: str | None = Field(None, title="File", description="A graph beside this one.")
    body: Mapping[str, Any] | None = Field(
        None, title="Body", description="The graph that runs as this one node.", json_schema_extra=Hint("graph").extra()
    )
    description: str = Field(
        "", title="What it is good at", json_schema_extra=Hint("text", "In a team", semantic=False).extra(),
        description="For the manager that may delegate to it.",
    )  # fmt: skip


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
        return bodies_of(config)

    async def run(self, call: Call[SubgraphConfig]) -> Outputs:
        return what_it_gave(await call.body(arrived(call), call.node))


KIND = Subgraph()
